"""What is said in a film, kept line by line beside the caption file it comes from, and exchanged with it."""

import logging

from django.db import transaction

from . import webvtt
from .models import ComingCaptions, Cue, Lecture
from .uploading import keep_or_discard

logger = logging.getLogger(__name__)

EXCHANGED = "Undertexterna byttes vid den tid som var vald."


def read_upload(file, *, film_length):
    """Return what an uploaded caption file says; the file can then be read again. Raises BadCaptions."""
    webvtt.check_size(file.size)
    captions = webvtt.read(file.read(), film_length=film_length)
    file.seek(0)
    return captions


def cues_of(lecture, captions):
    """Return the lecture's cues as its captions would have them, none of them stored."""
    return [
        Cue(lecture=lecture, number=number, start=said.start, end=said.end, text=said.text)
        for number, said in enumerate(captions.lines if captions else (), start=1)
    ]


def keep_cues(lecture, captions):
    """Let the lecture's cues be what its captions say; call it in the transaction that stores the file."""
    lecture.cues.all().delete()
    Cue.objects.bulk_create(cues_of(lecture, captions), batch_size=500)


# At a time -------------------------------------------------------------------------------------------


def exchange_due():
    """Put in place the captions whose time has come; return how many. One that fails does not keep the others."""
    exchanged = 0
    for key in ComingCaptions.objects.published().values_list("pk", flat=True):
        try:
            exchanged += exchange(key)
        except Exception:
            logger.exception("Captions could not be put in place: %s", key)
    return exchanged


@transaction.atomic
def exchange(key):
    """Put captions in place, unless they have been taken back meanwhile; return whether they were put there."""
    coming = ComingCaptions.objects.published().select_for_update().filter(pk=key).first()
    if coming is None:
        return False
    lecture = Lecture.objects.select_for_update().get(pk=coming.lecture_id)
    before = lecture.captions.name
    put_on(lecture, coming)
    # The lecture's history tells who had chosen the time.
    lecture._history_user = coming.history.latest().history_user
    lecture._change_reason = EXCHANGED
    lecture.save()
    keep_cues(lecture, coming.read())
    keep_or_discard(lecture.captions, before)
    coming.delete()
    return True


def put_on(lecture, coming):
    """Let the lecture have the captions that wait, without saving it: as it will be, and as it is previewed."""
    lecture.captions, lecture.captions_by_machine = coming.file.name, coming.by_machine
    lecture.captions_reviewed_at, lecture.captions_reviewed_by = coming.reviewed_at, coming.reviewed_by
