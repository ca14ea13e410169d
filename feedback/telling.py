"""What a group has submitted, told to a later step."""

from metodstod.told import Told

from .models import Answer, Submission


def tell(teams):
    """Return for each team's key the answers of its latest submission."""
    latest = {}
    for submission in Submission.objects.filter(team__in=teams).order_by("submitted_at", "pk"):
        latest[submission.pk] = submission.team_id
    newest = {team: pk for pk, team in latest.items()}
    told = {}
    answers = Answer.objects.filter(submission__in=newest.values()).select_related("question")
    for answer in answers.prefetch_related("passages__theme").order_by("question__position"):
        themes = frozenset(passage.theme.name for passage in answer.passages.all())
        told.setdefault(latest[answer.submission_id], []).append(
            Told(answer.question.position, answer.question.text, answer.text, themes)
        )
    return told
