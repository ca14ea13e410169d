"""The table that leaves the desk: a row a submission, a column a question, and how it went later."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef

from .models import (
    MONTHS,
    Answer,
    Correction,
    FollowUp,
    FollowUpAnswer,
    Question,
    QuestionSet,
    Submission,
)

ROWS_AT_A_TIME = 500

# What is read from the submission and what it points at, in the order of a row.
PLAIN = {
    "pk": "pk",
    "reference": "reference",
    "submitted_at": "submitted_at",
    "county": "municipality__county__name",
    "municipality": "municipality__name",
    "team_name": "team_name",
    "workplace": "workplace",
    "field_of_work": "field_of_work__name",
    "lectures_seen": "lectures_seen",
    "status": "status",
    "assignee": "assignee__name",
    "assignee_email": "assignee__email",
    "follow_up_on": "follow_up_on",
    "diary_number": "diary_number",
    "hold_reason": "hold_reason",
    "fingerprint": "fingerprint",
}

COLUMNS = [
    *("Referens", "Inkom", "Län", "Kommun", "Arbetsgrupp", "Arbetsplats", "Verksamhetsområde"),
    *("Sedda föreläsningar", "Status", "Handläggare", "Följ upp", "Diarienummer", "Gallringsstopp"),
    *("Rättelser", "Kontrollsumma (SHA-256)"),
]


@dataclass(frozen=True)
class Asked:
    """What was asked: the heading, the keys of the questions under it, and whether its answer comes back to the group."""

    heading: str
    keys: tuple[int, ...]
    comes_back: bool


def questions_of(selection):
    """Return what was asked, in the order of the latest set.

    Questions that are the same, though in other words, stand in one column under the latest words.
    """
    selection = selection.order_by()
    sets = QuestionSet.objects.filter(Exists(selection.filter(question_set=OuterRef("pk"))))
    headings, found, back = {}, defaultdict(list), set()
    for question in Question.objects.filter(question_set__in=sets).order_by(
        "-question_set__number", "position"
    ):
        heading = headings.setdefault(question.origin_pk, question.text)
        found[heading].append(question.pk)
        if question.comes_back:
            back.add(heading)
    return [Asked(heading, tuple(keys), heading in back) for heading, keys in found.items()]


def coming_back(asked):
    """Return each time that a group is asked how it went, in words, with the questions that come back then."""
    back = [one for one in asked if one.comes_back]
    words = dict(FollowUp._meta.get_field("months").choices)
    return [(months, f"{words[months]} månader", back) for months in MONTHS] if back else []


def columns(asked):
    later = []
    for _, time, back in coming_back(asked):
        later.append(f"Uppföljning efter {time} besvarad")
        later += [f"Efter {time}: {one.heading}" for one in back]
    return COLUMNS + [one.heading for one in asked] + later


def rows(selection, asked):
    """Yield a row a submission; some hundreds at a time are in memory."""
    found = selection.values_list(*PLAIN.values()).iterator(chunk_size=ROWS_AT_A_TIME)
    statuses = dict(Submission.Status.choices)
    while piece := list(islice(found, ROWS_AT_A_TIME)):
        more = Surroundings([row[0] for row in piece])
        for row in piece:
            one = dict(zip(PLAIN, row, strict=True))
            yield [
                one["reference"],
                one["submitted_at"],
                one["county"],
                one["municipality"],
                one["team_name"],
                one["workplace"],
                one["field_of_work"] or "",
                ", ".join(one["lectures_seen"]),
                statuses[one["status"]],
                one["assignee"] or one["assignee_email"] or "",
                one["follow_up_on"],
                one["diary_number"],
                one["hold_reason"],
                " ".join(more.corrections[one["pk"]]),
                one["fingerprint"],
                *more.answers_to(one["pk"], asked),
                *more.how_it_went(one["pk"], asked),
            ]


class Surroundings:
    """What belongs to some submissions, fetched for all of them at once and kept by the submission's key."""

    def __init__(self, keys):
        self.texts, self.corrections = {}, defaultdict(list)
        self.answered, self.words = {}, {}
        answers = Answer.objects.filter(submission__in=keys)
        for submission, question, text in answers.values_list("submission", "question", "text"):
            self.texts[submission, question] = text
        corrections = Correction.objects.filter(submission__in=keys)
        for submission, text in corrections.values_list("submission", "text"):
            self.corrections[submission].append(text)
        asked = FollowUp.objects.filter(submission__in=keys, answered_at__isnull=False)
        for submission, months, at in asked.values_list("submission", "months", "answered_at"):
            self.answered[submission, months] = at
        words = FollowUpAnswer.objects.filter(follow_up__submission__in=keys)
        went = dict(FollowUpAnswer.Went.choices)
        for submission, months, question, how, text in words.values_list(
            "follow_up__submission", "follow_up__months", "answer__question", "went", "text"
        ):
            self.words[submission, months, question] = f"{went[how]}. {text}".strip()

    def answers_to(self, submission, asked):
        return [first(self.texts, [(submission, key) for key in one.keys]) for one in asked]

    def how_it_went(self, submission, asked):
        """Return, for each time, when it was answered and what was said of each plan."""
        found = []
        for months, _, back in coming_back(asked):
            found.append(self.answered.get((submission, months)))
            found += [first(self.words, [(submission, months, key) for key in one.keys]) for one in back]
        return found


def first(found, keys):
    return next((found[key] for key in keys if key in found), "")
