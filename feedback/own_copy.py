"""The group's own copy of what it sent: a tagged PDF, the same bytes each time."""

from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from metodstod.documents import pdf_response

from .models import Submission
from .room import own


@require_safe
@own
def own_copy(request, reference):
    """Give a member the copy. Staff have the diary's document in admin, where the reading is noted."""
    submissions = Submission.objects.visible_to(request.user).select_related(
        "municipality", "field_of_work", "submitted_by", "follows"
    )
    submission = get_object_or_404(submissions, reference=reference)
    if request.user.is_staff:
        return redirect("admin:feedback_submission_change", submission.pk)
    return pdf_response(
        "own_copy",
        content(submission),
        filename=f"aterkoppling-{submission.reference}.pdf",
        made_at=submission.submitted_at,
    )


def content(submission):
    particulars = [
        ("Referens", submission.reference),
        ("Inkom", submission.received),
        ("Arbetsgrupp", submission.team_name),
        ("Arbetsplats", f"{submission.workplace}, {submission.municipality}"),
        ("Verksamhetsområde", str(submission.field_of_work or "")),
        ("Skickat av", str(submission.submitted_by or "")),
        ("Tillägg till", submission.follows.reference if submission.follows else ""),
        ("Sedda föreläsningar", ", ".join(submission.lectures_seen) or "Inga antecknade"),
    ]
    return {
        "title": "Vår återkoppling",
        "reference": submission.reference,
        "particulars": [[name, value] for name, value in particulars if value],
        "answers": [
            [f"{answer.question.position}. {answer.question.text}", answer.text]
            for answer in submission.answers.select_related("question")
        ],
    }
