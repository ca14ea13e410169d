"""Makes a variable that does not exist an error in our own templates, and only there.

Django's admin and allauth lean on unknown variables being empty; ours must not, since a misspelt name would go unseen.
"""

import sys
from pathlib import Path

from django.template.base import Node

OURS = Path(__file__).resolve().parent.parent
PACKAGES = Path(sys.prefix).resolve()


class UnknownVariable(Exception):
    """A template of ours shows a variable that its view did not give it."""


class RaiseInOurTemplates(str):
    """The value of the engine's `string_if_invalid`.

    Django asks whether it is true, whether it holds `%s`, and then formats it with the variable's name. In a template
    that is not ours it is the plain empty string that Django has by default, so filters work on it as they always do.
    """

    __slots__ = ()

    def __bool__(self):
        return self.template() is not None

    def __contains__(self, text):
        return text == "%s"

    def __mod__(self, variable):
        raise UnknownVariable(f"{self.template()}: {variable}")

    @staticmethod
    def template():
        """Return the name of the template being rendered if it is ours: that of the innermost node on the stack."""
        frame = sys._getframe(1)
        while frame:
            node = frame.f_locals.get("self")
            origin = getattr(node, "origin", None) if isinstance(node, Node) else None
            if origin is not None:
                path = Path(origin.name)
                return path if path.is_relative_to(OURS) and not path.is_relative_to(PACKAGES) else None
            frame = frame.f_back
        return None
