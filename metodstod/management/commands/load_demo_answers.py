"""The demo's received answers, and the coordinators' work with them: invented, all under example.se."""

import json
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from feedback.marking import mark
from feedback.models import (
    Answer,
    InternalNote,
    Outcome,
    QuestionSet,
    Reply,
    SearchableText,
    StatusChange,
    Submission,
    Theme,
)
from lectures.models import Lecture, Meeting
from metodstod.models import County, FieldOfWork, Municipality, Team, User


class Command(BaseCommand):
    help = "Load the demo's received answers. Only in the demo, and only once."

    @transaction.atomic
    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("The demo's answers are loaded only with DEMO=1.")
        demo = json.loads((settings.BASE_DIR / "fixtures" / "demo_answers.json").read_text())
        question_set = QuestionSet.objects.current()
        if question_set is None or Outcome.objects.exists():
            return
        for group in demo["groups"]:
            self.receive(question_set, **group)
        for group in demo["silent"]:
            self.form(**group)
        for outcome in demo["outcomes"]:
            self.tell(**outcome)

    def form(self, *, name, municipality, workplace, field_of_work, email, person, days_ago, lectures_seen=3):
        member = User.objects.filter(email=email).first() or User.objects.create_user(
            email, name=person, workplace=workplace
        )
        team = Team.objects.create(
            name=name,
            municipality=Municipality.objects.get(code=municipality),
            workplace=workplace,
            field_of_work=FieldOfWork.objects.get(slug=field_of_work),
            created_by=member,
        )
        team.join(member)
        lectures = list(Lecture.objects.published()[:lectures_seen])
        held_on = timezone.localdate() - timedelta(days=days_ago + 5)
        meeting = Meeting(
            team=team, held_on=held_on, count_social_worker=5, count_manager=1, logged_by=member
        )
        meeting.log(lectures)
        return team, member, [lecture.title for lecture in lectures]

    def receive(
        self,
        question_set,
        *,
        days_ago,
        status,
        answers,
        marks,
        note,
        reply,
        follow_up_in,
        diary_number="",
        **group,
    ):
        team, member, seen = self.form(days_ago=days_ago, **group)
        staff = User.objects.coordinators(team.municipality.county).first()
        now = timezone.now()
        submission = Submission(
            team=team,
            municipality=team.municipality,
            team_name=team.name,
            workplace=team.workplace,
            field_of_work=team.field_of_work,
            lectures_seen=seen,
            question_set=question_set,
            submitted_by=member,
            submitted_at=now - timedelta(days=days_ago),
            status=status,
            assignee=staff if status != "new" else None,
            diary_number=diary_number,
            follow_up_on=follow_up_in and timezone.localdate() + timedelta(days=follow_up_in),
        )
        texts = [
            Answer(submission=submission, question=question, text=text)
            for question, text in zip(question_set.questions.all(), answers, strict=False)
        ]
        submission.seal([(answer.question.text, answer.text) for answer in texts]).save(force_insert=True)
        Answer.objects.bulk_create(texts)
        SearchableText.of(submission, texts).save(force_insert=True)
        for position, chosen, theme in marks:
            answer = texts[position - 1]
            mark([answer], {answer.pk: set(chosen)}, theme=Theme.objects.get(name=theme), by=staff)
        later = now - timedelta(days=max(days_ago - 3, 0))
        if status != "new":
            StatusChange.objects.create(submission=submission, before="new", after=status, at=later, by=staff)
        if note:
            InternalNote.objects.create(submission=submission, text=note, at=later, by=staff)
        if reply:
            Reply.objects.create(submission=submission, text=reply, at=later, by=staff)

    def tell(self, *, county, theme, heard, did, approved):
        county = County.objects.get(code=county)
        outcome = Outcome(county=county, heard=heard, did=did, theme=Theme.objects.filter(name=theme).first())
        outcome.write(by=User.objects.coordinators(county).first())
        lead = User.objects.filter(groups__name="programledare").first()
        if approved and lead:
            outcome.approve(by=lead)
