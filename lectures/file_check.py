"""What an uploaded picture or document is, by what it holds and not by its name."""

from zipfile import BadZipFile, ZipFile

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat

from metodstod.later import Later

PIL, Image = Later("PIL"), Later("PIL.Image")

PICTURES = {"JPEG": {"jpg", "jpeg"}, "PNG": {"png"}, "WEBP": {"webp"}}
SMALLEST_PICTURE = (320, 180)
MOST_PIXELS = 40_000_000
# What stands in an Office document's own list of what it holds.
OFFICE = {
    "docx": ("[Content_Types].xml", b"wordprocessingml.document.main"),
    "pptx": ("[Content_Types].xml", b"presentationml.presentation.main"),
    "odt": ("mimetype", b"application/vnd.oasis.opendocument.text"),
    "odp": ("mimetype", b"application/vnd.oasis.opendocument.presentation"),
}


def ending_of(file):
    return file.name.rpartition(".")[2].lower()


def check_size(file):
    if file.size > settings.LARGEST_FILE:
        raise ValidationError(
            f"Filen är {filesizeformat(file.size)}. Högst {filesizeformat(settings.LARGEST_FILE)} tas emot."
        )


def check_picture(file):
    """Raises ValidationError if the file is no picture that browsers show, whole and of a fair size."""
    check_size(file)
    try:
        with Image.open(file) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValidationError(
                    f"Bilden är {image.width} × {image.height} punkter, vilket är för stort."
                )
            image.load()
            kind, size = image.format, image.size
    except (PIL.UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        raise ValidationError("Filen är ingen bild, eller så är den trasig.") from None
    finally:
        file.seek(0)
    if ending_of(file) not in PICTURES.get(kind, ()):
        raise ValidationError(f"Filen heter .{ending_of(file)} men innehåller {kind}. Ge den rätt namn.")
    if size[0] < SMALLEST_PICTURE[0] or size[1] < SMALLEST_PICTURE[1]:
        raise ValidationError(f"Bilden är bara {size[0]} × {size[1]} punkter. Minst 320 × 180 behövs.")


def check_document(file):
    """Raises ValidationError if the file is not the kind of document that its name says."""
    check_size(file)
    ending = ending_of(file)
    if ending != "pdf" and ending not in OFFICE:
        raise ValidationError("Filen ska vara pdf, docx, odt, pptx eller odp.")
    try:
        good = is_pdf(file) if ending == "pdf" else is_office(file, *OFFICE[ending])
    except (BadZipFile, KeyError, OSError):
        good = False
    finally:
        file.seek(0)
    if not good:
        raise ValidationError(f"Filen heter .{ending} men är inget sådant dokument, eller så är den trasig.")


def is_pdf(file):
    if not file.read(8).startswith(b"%PDF-"):
        return False
    # A PDF that has been cut off lacks its end.
    file.seek(max(0, file.size - 2048))
    return b"%%EOF" in file.read()


def is_office(file, part, mark):
    with ZipFile(file) as archive:
        return mark in archive.read(part)
