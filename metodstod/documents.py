"""Documents to keep, made from a template in `templates/documents/`: tagged PDF (PDF/UA-1) in Swedish."""

import json
from functools import cache
from unicodedata import category

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.utils import timezone

from .later import Later

typst = Later("typst")
TEMPLATES = settings.BASE_DIR / "templates" / "documents"

# Shown where no font at hand has the character that was written: the document is made all the same.
NO_SUCH_CHARACTER = "□"

# Up to which character all are kept, tried in turn: everything, the alphabets of Europe, Latin letters alone.
KEPT_UP_TO = ("\U0010ffff", "\u052f", "\u017f")

# Dashes, quotation marks, bullets and the ellipsis, which lie further up.
PUNCTUATION = frozenset("–—‘’‚“”„†•…‰‹›€−")


@cache
def fonts():
    """Return the fonts: typst's own first, so that a document looks alike everywhere, then the system's."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=True)


def pdf(name, data, *, made_at=None):
    """Return the document `templates/documents/<name>.typ` as bytes of PDF/UA-1.

    `data` is a dictionary of plain values that the template shows as text, never as markup; `made_at`
    (aware, now unless given) is the document's date: the same data and date give the same bytes.
    """
    made_at = (made_at or timezone.now()).replace(microsecond=0)
    *more, least = KEPT_UP_TO
    for kept in more:
        try:
            return compiled(name, displayable(data, kept), made_at)
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise
    return compiled(name, displayable(data, least), made_at)


def compiled(name, data, made_at):
    return typst.compile(
        TEMPLATES / f"{name}.typ",
        root=TEMPLATES,
        font_paths=fonts(),
        sys_inputs={"data": json.dumps(data, cls=DjangoJSONEncoder)},
        pdf_standards="ua-1",
        timestamp=int(made_at.timestamp()),
    )


def displayable(value, kept):
    """Return the value without control characters, and with a mark for each character past the one named."""
    if isinstance(value, dict):
        return {key: displayable(one, kept) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [displayable(one, kept) for one in value]
    if isinstance(value, str):
        characters = (one for one in value if one in "\n\t" or category(one)[0] != "C")
        return "".join(one if one <= kept or one in PUNCTUATION else NO_SUCH_CHARACTER for one in characters)
    return value


def pdf_response(name, data, *, filename, made_at=None):
    """Return the document as a download; `filename` is plain ASCII and ends with `.pdf`."""
    response = HttpResponse(pdf(name, data, made_at=made_at), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response
