"""What has been received as the diary keeps it: a PDF each, and a bundle of them with their checksums."""

import hashlib
import io
import zipfile
from itertools import islice

from django.utils import timezone
from django.utils.formats import date_format

from metodstod.documents import pdf
from metodstod.exports import csv_pieces

MOST_AT_ONCE = 500  # each takes a tenth of a second or two to make
READ_AT_A_TIME = 50


def document(submission):
    """Return the submission as the diary keeps it: PDF/UA-1, the same bytes each time that nothing has changed."""
    county = submission.municipality.county
    return pdf("diary", diary_data(submission, county), made_at=submission.submitted_at)


def diary_data(submission, county):
    return {
        "reference": submission.reference,
        "subject": submission.subject,
        "particulars": [
            ["Inkom", submission.received],
            ["Avsändare", sender(submission)],
            ["Mottagare", county.authority or county.name],
            ["Ärende", submission.subject],
            ["Referens", submission.reference],
            ["Diarienummer", submission.diary_number or "Inte satt"],
            ["Sedda föreläsningar", ", ".join(submission.lectures_seen) or "Inga antecknade"],
        ],
        "answers": [[answer.question.text, answer.text] for answer in submission.answers.all()],
        "corrections": [
            [f"{timezone.localdate(correction.at):%Y-%m-%d}", correction.text]
            for correction in submission.corrections.all()
        ],
        "later": [
            {"time": how_late(one), "words": [said(word) for word in one.answers.all()]}
            for one in sorted(submission.follow_ups.all(), key=lambda one: one.months)
            if one.answered_at
        ],
        "fingerprint": submission.fingerprint,
    }


def how_late(follow_up):
    day = date_format(timezone.localtime(follow_up.answered_at), "j F Y")
    return f"Efter {follow_up.get_months_display()} månader, {day}"


def said(word):
    """Return the plan's question, and how it went with it."""
    return [word.answer.question.text, f"{word.get_went_display()}. {word.text}".strip()]


def sender(submission):
    group = f"Arbetsgruppen {submission.team_name}, {submission.workplace}, {submission.municipality}"
    person = submission.submitted_by
    return f"{group}, genom {person} ({person.email})" if person else group


class Pieces(io.RawIOBase):
    """A file to the zip module that cannot be sought in; keeps what it is given until it is taken."""

    def __init__(self):
        self.written = []

    def writable(self):
        return True

    def write(self, data):
        self.written.append(bytes(data))
        return len(data)

    def take(self):
        data, self.written = b"".join(self.written), []
        return data


def one_by_one(selection):
    """Yield the submissions with all that a document holds, and forget each when the next is asked for."""
    for submission in selection.with_content().iterator(chunk_size=READ_AT_A_TIME):
        yield submission
        # The answers point back at it: without this all would stay in memory until Python looks for such rings.
        submission._prefetched_objects_cache.clear()


def bundle(selection):
    """Yield a zip file with a document a submission, and last a list of them with their checksums."""
    pieces, listed = Pieces(), []
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as bundle:
        for submission in islice(one_by_one(selection), MOST_AT_ONCE):
            data = document(submission)
            name = f"{submission.reference}.pdf"
            bundle.writestr(name, data)
            listed.append(
                [
                    name,
                    submission.submitted_at,
                    sender(submission),
                    submission.subject,
                    submission.diary_number,
                    submission.fingerprint,
                    hashlib.sha256(data).hexdigest(),
                ]
            )
            yield pieces.take()
        columns = [
            *("Fil", "Inkom", "Avsändare", "Ärende", "Diarienummer"),
            *("Svarens kontrollsumma (SHA-256)", "Filens kontrollsumma (SHA-256)"),
        ]
        bundle.writestr("innehall.csv", "".join(csv_pieces(columns, listed)))
    yield pieces.take()
