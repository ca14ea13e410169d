"""The login code, kept only as a keyed digest: whoever reads the sessions' table cannot log in with what it holds.

The steps are django-allauth's. The code is in the mail alone; the session of the browser that asked holds its digest,
so that no other browser can use it.
"""

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core.internal.cryptokit import normalize_user_code
from django.utils.crypto import salted_hmac


def digest(code):
    """Return what is kept of a code. Eight digits can be tried one by one, but not without the portal's secret."""
    return salted_hmac("metodstod.login_code", normalize_user_code(code), algorithm="sha256").hexdigest()


class DigestedCode(LoginCodeVerificationProcess):
    """allauth's own, but for the code in the session."""

    def generate_code(self):
        code = super().generate_code()
        self.state["code"] = digest(code)
        return code

    @classmethod
    def begin(cls, request, user, email):
        """Send a code to the address, and bind it to the browser's session."""
        login = Login(user=user, email=email)
        login.state["stages"] = {"current": LoginByCodeStage.key}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=user, email=email) | {"initiated_by_user": True})
        process = cls(stage=stage)
        process.send()
        process.persist()

    @classmethod
    def resume(cls, stage):
        """Return the process that waits for its code, or None when the code is too old."""
        return cls(stage=stage).abort_if_invalid()
