"""Plant known weaknesses, one at a time, and see that a test of the suite fails for each.

    .venv/bin/python tests/planted.py [words of a weakness ...]

Each is a few lines changed in a copy of the tree; the tree itself is not touched. First the tests named for the chosen
weaknesses must pass without any of them. The command fails when a planted weakness passes unseen.
`tests/test_conventions.py` holds that each still has its place in the code.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "__pycache__", ".*_cache")


class Weakness(NamedTuple):
    name: str
    file: str
    sound: str
    weak: str
    test: str


WEAKNESSES = [
    Weakness(
        "foreign row: staff see every county's groups",
        "metodstod/models/teams.py",
        "return self.filter(municipality__in=user.place_keys)",
        "return self.all()",
        "tests/metodstod/test_admin.py::test_coordinator_reads_groups_of_own_county_with_their_members",
    ),
    Weakness(
        "foreign invitation: whoever knows its number may accept it",
        "metodstod/models/teams.py",
        "if user.email != self.email or (accept and not user.is_admitted):",
        "if accept and not user.is_admitted:",
        "tests/metodstod/test_invitations.py",
    ),
    Weakness(
        "lost acknowledgement: the draft is gone whether or not the submission is stored",
        "feedback/submitting.py",
        "@transaction.atomic\ndef submit(",
        "def submit(",
        "tests/feedback/test_submitting.py::test_mail_and_submission_come_together_or_not_at_all",
    ),
    Weakness(
        "race: tries are written by one who has not seen the latest",
        "metodstod/limits.py",
        "filter(key=key, times=found[0])",
        "filter(key=key)",
        "tests/metodstod/test_limits.py::test_tries_are_counted_once_each_by_whatever_thread",
    ),
    Weakness(
        "doubled: a form sent again counts as new",
        "metodstod/forms.py",
        "return stored, stored.pk == thing.pk",
        "return stored, True",
        "tests/metodstod/test_forms.py::test_row_is_written_once_for_a_key",
    ),
    Weakness(
        "inline mail: sent from the request",
        "metodstod/mail.py",
        'async_task("metodstod.mail.deliver", str(mail.pk), task_name=f"mail {mail.purpose}")',
        "deliver(str(mail.pk))",
        "tests/metodstod/test_limits.py::test_code_is_sent_by_the_queue_and_never_by_the_request",
    ),
    Weakness(
        "host poisoning: links in mail lead to the host that was asked for",
        "metodstod/mail.py",
        'return settings.SITE_URL.rstrip("/") + path',
        'return "http://" + __import__("allauth.core.context").core.context.request.get_host() + path',
        "tests/metodstod/test_headers.py::test_links_in_mail_are_the_settings_whatever_host_was_asked",
    ),
    Weakness(
        "open redirect: any `next` is followed",
        "metodstod/accounts.py",
        'return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)',
        "return True",
        "tests/metodstod/test_headers.py::test_own_page_leads_nowhere_else_when_it_is_saved",
    ),
    Weakness(
        "login code in the clear: readable in the sessions' table",
        "metodstod/login_code.py",
        'self.state["code"] = digest(code)',
        'self.state["code"] = code',
        "tests/metodstod/test_limits.py::test_code_is_nowhere_but_in_the_mail",
    ),
    Weakness(
        "guessing: several tries at once count as one",
        "metodstod/accounts.py",
        'take("code_try", f"{self._process.state[\'email\']} {self._process.code}")',
        "pass",
        "tests/metodstod/test_accounts.py::test_code_is_tried_five_times_also_at_once",
    ),
    Weakness(
        "no second factor: a code by mail is enough for staff",
        "metodstod/second_factor.py",
        'return any(record.get("method") == "mfa" for record in records)',
        "return True",
        "tests/metodstod/test_second_factor.py::test_staff_session_begun_before_the_app_was_added_must_prove_it",
    ),
    Weakness(
        "factor of a thief: a session left open may choose the first factor",
        "metodstod/second_factor.py",
        'if has_factor(request.user) or is_fresh(request, "code", "socialaccount", "mfa"):',
        "if True:",
        "tests/metodstod/test_second_factor.py::test_first_factor_is_added_only_just_after_a_code",
    ),
    Weakness(
        "sign-on: any address that the provider names is believed",
        "metodstod/sign_on.py",
        'verified = claims.get("email_verified") is True',
        "verified = True",
        "tests/metodstod/test_sign_on.py::test_nobody_else_comes_in_by_the_sign_on",
    ),
    Weakness(
        "session without end",
        "metodstod/sessions.py",
        "            logout(request)\n",
        "            pass\n",
        "tests/metodstod/test_sessions.py::test_member_is_logged_out_after_four_idle_hours",
    ),
    Weakness(
        "forged form: no token is asked for",
        "metodstod/settings.py",
        '    "django.middleware.csrf.CsrfViewMiddleware",\n',
        "",
        "tests/metodstod/test_headers.py::test_form_from_another_site_is_refused",
    ),
    Weakness(
        "inline script: the policy lets it run",
        "metodstod/settings.py",
        '"script-src": [SELF]',
        '"script-src": [SELF, "\'unsafe-inline\'"]',
        "tests/metodstod/test_headers.py::test_policy_lets_nothing_inline_and_nothing_from_elsewhere",
    ),
    Weakness(
        "false sender: a header of the visitor's own is believed",
        "metodstod/settings.py",
        'BEHIND_PROXY = env.bool("BEHIND_PROXY", False)',
        "BEHIND_PROXY = True",
        "tests/metodstod/test_headers.py::test_sender_cannot_say_that_it_is_another",
    ),
    Weakness(
        "access log that can be rewritten",
        "metodstod/migrations/0002_access_log_append_only.py",
        'run({"sqlite": ON_SQLITE, "postgresql": ON_POSTGRESQL})',
        'run({"sqlite": (), "postgresql": ()})',
        "tests/metodstod/test_access_log.py::test_row_cannot_be_changed_or_removed_even_past_the_models",
    ),
    Weakness(
        "formula in a spreadsheet",
        "metodstod/exports.py",
        'return f"\'{value}"',
        "return value",
        "tests/metodstod/test_exports.py::test_no_cell_is_a_formula",
    ),
    Weakness(
        "identity number stored",
        "metodstod/forms.py",
        "for span in find_identity_numbers(value):",
        "for span in []:",
        "tests/metodstod/test_forms.py::test_identity_number_is_refused_with_its_place_and_offered_to_be_masked",
    ),
    Weakness(
        "address in the log",
        "metodstod/logs.py",
        'mask_identity_numbers(EMAIL.sub("[adress]", first))',
        "mask_identity_numbers(first)",
        "tests/metodstod/test_logs.py::test_what_a_library_writes_is_cut_and_cleaned",
    ),
]


def without_a_place():
    """Return the names of the weaknesses whose sound lines do not stand exactly once in their file."""
    return [one.name for one in WEAKNESSES if (ROOT / one.file).read_text().count(one.sound) != 1]


def passes(tree, *tests):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=1800)
    # 1 is a failed test; anything else would be a fault of the trial, and proves nothing.
    if done.returncode not in {0, 1}:
        sys.exit(f"the tests could not be run:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.returncode == 0


def main():
    chosen = [one for one in WEAKNESSES if not sys.argv[1:] or any(word in one.name for word in sys.argv[1:])]
    if missing := without_a_place():
        sys.exit(f"no longer in the code: {', '.join(missing)}")
    unseen = []
    with tempfile.TemporaryDirectory(prefix="metodstod-planted-") as place:
        tree = Path(place) / "tree"
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED, symlinks=True)
        if not passes(tree, *dict.fromkeys(one.test for one in chosen)):
            sys.exit("The tests fail without any weakness: put that right first.")
        for one in chosen:
            file = tree / one.file
            sound = file.read_text()
            file.write_text(sound.replace(one.sound, one.weak))
            seen = not passes(tree, one.test)
            file.write_text(sound)
            sys.stdout.write(f"{'seen  ' if seen else 'UNSEEN'} {one.name}\n")
            sys.stdout.flush()
            unseen += [] if seen else [one.name]
    sys.stdout.write(f"{len(chosen) - len(unseen)} of {len(chosen)} seen\n")
    sys.exit(1 if unseen else 0)


if __name__ == "__main__":
    main()
