"""What step 2 holds about people: who sent answers, where an address stands in what was written, and what staff did.

A group's draft is its own and closed to the authority: what a person has written there is read in the group's room.
"""

from django.db.models import Q
from django.utils import timezone

from metodstod.about_a_person import Holding

from .diary import said
from .models import (
    Correction,
    Disposal,
    InternalNote,
    Outcome,
    Passage,
    Reminder,
    Reply,
    SavedSearch,
    StatusChange,
    Submission,
)
from .searching import holding


def submissions(by):
    return Submission.objects.visible_to(by).with_content().order_by("-submitted_at", "-pk")


def sent_or_named(email, person):
    """Those that the person has sent, and those whose answers, or words on how it went, hold the address."""
    work = Q(assignee=person) | Q(held_by=person) | Q(submitted_by=person)
    return holding(email) | work if person else holding(email)


def whole(submission):
    answers = {one.question.text: one.text for one in submission.answers.all() if one.text}
    later = {
        f"{question} ({one.get_months_display()} månader senare)": word
        for one in submission.follow_ups.all()
        for question, word in map(said, one.answers.all())
    }
    return {
        "referens": submission.reference,
        "inkom": submission.submitted_at,
        "kommun": submission.municipality.name,
        "arbetsgrupp": submission.team_name,
        "arbetsplats": submission.workplace,
        "skickad av": str(submission.submitted_by or ""),
        "handläggare": str(submission.assignee or ""),
        "diarienummer": submission.diary_number,
        **answers,
        **later,
        "rättelser": " ".join(
            f"{timezone.localdate(one.at)}: {one.text}" for one in submission.corrections.all()
        ),
    }


def beside(model):
    """Return a function that gives what has been written about the submissions that a member of staff sees."""

    def visible(by):
        rows = model.objects.filter(submission__in=Submission.objects.visible_to(by))
        return rows.select_related("submission__municipality__county")

    return visible


def at_submission(row):
    return ("admin:feedback_submission_change", row.submission_id)


def written(model, **fields):
    return Holding(
        model,
        beside(model),
        ("submission", "at", "text"),
        people=("by",),
        texts=("text",),
        county="submission.municipality.county",
        address=at_submission,
        **fields,
    )


HOLDINGS = (
    Holding(
        Submission,
        submissions,
        (),
        people=("submitted_by", "assignee", "held_by"),
        texts=("team_name", "workplace", "hold_reason"),
        county="municipality.county",
        sought=sent_or_named,
        described=whole,
        address=lambda row: ("admin:feedback_submission_correct", row.pk),
    ),
    written(InternalNote),
    written(Reply),
    written(Correction),
    Holding(
        StatusChange,
        beside(StatusChange),
        ("submission", "before", "after", "at"),
        people=("by",),
        county="submission.municipality.county",
        address=at_submission,
    ),
    Holding(
        Passage,
        lambda by: Passage.objects.visible_to(by).select_related("theme", "municipality__county"),
        ("theme", "at"),
        people=("by",),
        county="municipality.county",
        is_noted=False,
    ),
    Holding(
        Reminder,
        lambda by: Reminder.objects.filter(team__municipality__county__in=by.reach()).select_related("team"),
        ("team", "at"),
        people=("by",),
        is_noted=False,
    ),
    Holding(
        Disposal,
        lambda by: Disposal.objects.visible_to(by).select_related("county"),
        ("decision", "reason", "proposed_at", "approved_at", "carried_out_at"),
        people=("proposed_by", "approved_by"),
        county="county",
        address=lambda row: ("admin:feedback_disposal_change", row.pk),
    ),
    Holding(
        Outcome,
        lambda by: Outcome.objects.visible_to(by).select_related("county"),
        ("heard", "did", "approved_at"),
        people=("written_by", "approved_by"),
        texts=("heard", "did"),
        county="county",
        address=lambda row: ("admin:feedback_outcome_change", row.pk),
    ),
    Holding(
        SavedSearch,
        lambda by: SavedSearch.objects.filter(owner=by),
        ("name", "query", "tell"),
        people=("owner",),
        texts=("name", "query"),
        is_noted=False,
    ),
)

THE_GROUPS_OWN = "a draft is the group's own and closed to the authority"

PASSED_OVER = {
    "feedback.Draft": THE_GROUPS_OWN,
    "feedback.DraftAnswer": THE_GROUPS_OWN,
    "feedback.DraftVersion": THE_GROUPS_OWN,
    "feedback.Answer": "told with the submission",
    "feedback.FollowUpAnswer": "told with the submission",
    "feedback.SearchableText": "the submission's words once more",
    "feedback.Theme": "a list of words",
    "feedback.ReplyTemplate": "a text that begins many letters",
}
