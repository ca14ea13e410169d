"""Fill an empty PostgreSQL with invented work, to measure how the portal does at any size; nothing in it is anyone's."""

import random
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections, transaction
from django.utils import timezone

from feedback.marking import sentences
from feedback.models import Answer, Passage, QuestionSet, SearchableText, Submission, Theme
from lectures.models import Cue, Lecture, Provider
from metodstod.models import FieldOfWork, Membership, Municipality, Team, User
from metodstod.references import new_reference

CUES_A_LECTURE = 40
ROWS_A_PIECE = 20_000

# Words of the field, the commonest first; one in a hundred thousand submissions holds the rare one.
WORDS = [
    "vi",
    "behöver",
    "mer",
    "tid",
    "för",
    "samtal",
    "om",
    "samverkan",
    "med",
    "polisen",
    "och",
    "vården",
    "i",
    "vår",
    "kommun",
    "barn",
    "unga",
    "familjer",
    "stöd",
    "skydd",
    "boende",
    "utsatthet",
    "sexköp",
    "människohandel",
    "våld",
    "placering",
    "utredning",
    "kollegor",
    "handledning",
    "rutiner",
    "lagen",
    "material",
    "film",
    "mikamottagningen",
    "uppföljning",
    "chef",
    "beslut",
    "grupp",
    "arbetsplats",
    "frågor",
    "trygghet",
    "kontakt",
    "språk",
    "tolk",
]
RARE_WORD = "sinkadus"


class Command(BaseCommand):
    help = "Fill an empty PostgreSQL database with invented submissions, groups and lectures, for measuring."

    def add_arguments(self, parser):
        parser.add_argument("--submissions", type=int, required=True, metavar="N")
        parser.add_argument("--teams", type=int, default=10_000)
        parser.add_argument("--lectures", type=int, default=1_000)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same texts")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    @transaction.atomic
    def handle(self, *, submissions, teams, lectures, seed, yes, **options):
        if connection.vendor != "postgresql":
            raise CommandError("Filling goes by COPY and needs PostgreSQL: see DATABASE_URL.")
        if Team.objects.exists() or User.objects.exists():
            raise CommandError("There are people or work groups in this database, so it is left as it is.")
        question_set = QuestionSet.objects.current()
        if question_set is None:
            raise CommandError("There are no questions to answer yet: run load_content first.")
        name = connection.settings_dict["NAME"]
        if not (yes or input(f"Fill {name} with {submissions} invented submissions? [y/N] ").strip() == "y"):
            raise CommandError("Nothing was done.")
        with connection.cursor() as cursor:
            # A page's limits are too short for this.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        filling = Filling(random.Random(seed), question_set)  # noqa: S311  nothing here is secret
        started = time.monotonic()
        with indexes_made_last(User, Team, Membership, Lecture, Cue, Submission, Answer, SearchableText):
            for what, act in (
                ("people, work groups", lambda: filling.teams(teams)),
                ("lectures", lambda: filling.lectures(lectures)),
                ("submissions", lambda: filling.submissions(submissions)),
            ):
                self.stdout.write(f"{what} ...")
                act()
            self.stdout.write("indexes ...")
        self.stdout.write("marked passages ...")
        filling.passages()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write(f"Filled in {time.monotonic() - started:.0f} s.")


class Filling:
    """What is invented, from one source of chance."""

    def __init__(self, chance, question_set):
        self.chance, self.question_set = chance, question_set
        self.questions = list(question_set.questions.all())
        self.municipalities = list(Municipality.objects.all())
        self.fields_of_work = [*FieldOfWork.objects.all(), None]
        self.now = timezone.now()
        # To make each anew would take most of the time; two or three of some thousands are seldom the same.
        self.sentences = [self.sentence(chance.randint(5, 14)) for _ in range(4000)]
        self.references = set()

    def sentence(self, words):
        return " ".join(self.chance.choices(WORDS, k=words)).capitalize() + "."

    def teams(self, count):
        people = [
            User(
                email=f"person{number}@{self.chance.choice(self.municipalities).code}.example.se",
                name=f"Person {number}",
                municipality=self.municipalities[number % len(self.municipalities)],
                admitted_at=self.now,
                password="!",  # noqa: S106  no password opens anything here
            )
            for number in range(count)
        ]
        copy(User, people)
        people = list(User.objects.filter(email__startswith="person").select_related("municipality"))
        self.groups = [
            Team(
                name=f"Arbetsgrupp {number}",
                municipality=person.municipality,
                workplace=f"Enhet {number % 40}",
                field_of_work=self.chance.choice(self.fields_of_work),
                created_by=person,
                created_at=self.now,
            )
            for number, person in enumerate(people)
        ]
        copy(Team, self.groups)
        copy(
            Membership,
            (
                Membership(team=team, user=person, is_contact=True, joined_at=self.now)
                for team, person in zip(self.groups, people, strict=True)
            ),
        )
        self.people = people

    def lectures(self, count):
        provider = Provider.objects.first()
        first = Lecture.objects.count()
        lectures = [
            Lecture(
                title=f"Påhittad föreläsning {number}",
                slug=f"pahittad-{number}",
                position=first + number,
                summary=self.sentence(20),
                provider=provider,
                length=timedelta(minutes=self.chance.randint(10, 90)),
                published_at=self.now - timedelta(days=1),
            )
            for number in range(count)
        ]
        copy(Lecture, lectures)
        stored = Lecture.objects.filter(slug__startswith="pahittad-").only("pk")
        copy(
            Cue,
            (
                Cue(
                    lecture=lecture,
                    number=number,
                    start=number * 5000,
                    end=number * 5000 + 4500,
                    text=self.sentence(9),
                )
                for lecture in stored
                for number in range(CUES_A_LECTURE)
            ),
        )

    def submissions(self, count):
        """Invent submissions in pieces, each with its answers and its searchable text."""
        numbers = iter(range(count))
        while piece := [self.submission(number, count) for number in islice(numbers, ROWS_A_PIECE)]:
            answers = [[self.answer(one, question) for question in self.questions] for one in piece]
            if RARE_WORD not in answers[0][0].text:
                answers[0][0].text += f" Det var en {RARE_WORD}."
            for one, texts in zip(piece, answers, strict=True):
                one.seal([(answer.question.text, answer.text) for answer in texts])
            copy(Submission, piece)
            copy(Answer, (answer for some in answers for answer in some))
            copy(SearchableText, map(SearchableText.of, piece, answers))
            if sys.stdout.isatty():
                sys.stdout.write(".")
                sys.stdout.flush()

    def submission(self, number, count):
        place = number % len(self.groups)
        team = self.groups[place]
        return Submission(
            reference=self.new_reference(),
            team=team,
            municipality=team.municipality,
            team_name=team.name,
            workplace=team.workplace,
            field_of_work=team.field_of_work,
            lectures_seen=[],
            question_set=self.question_set,
            # The latest came just now, the first ten years ago.
            submitted_at=self.now - timedelta(days=3650) * (1 - number / count),
            submitted_by=self.people[place],
            status=self.chance.choices(Submission.Status.values, weights=[1, 1, 1, 7])[0],
        )

    def passages(self):
        """Mark a tenth of the submissions as coordinators do: a sentence of most of their answers, with some themes more common than others."""
        themes = list(Theme.objects.all())
        weights = range(len(themes), 0, -1)
        found = list(Submission.objects.order_by("submitted_at", "pk").values_list("pk", flat=True))
        marked = iter(self.chance.sample(found, len(found) // 10) if themes else ())
        while piece := list(islice(marked, ROWS_A_PIECE // 10)):
            passages = []
            answers = Answer.objects.filter(submission__in=piece).select_related("submission")
            for answer in answers.order_by("pk"):
                if self.chance.random() < 0.8:
                    start, end = self.chance.choice(sentences(answer.text))
                    [theme] = self.chance.choices(themes, weights)
                    passages.append(Passage.of(answer, theme=theme, start=start, end=end, at=self.now))
            copy(Passage, passages)

    def new_reference(self):
        """Draw one that is not taken: among a million some would be the same."""
        while (reference := new_reference()) in self.references:
            pass
        self.references.add(reference)
        return reference

    def answer(self, submission, question):
        return Answer(
            submission=submission,
            question=question,
            text=" ".join(self.chance.choices(self.sentences, k=self.chance.randint(1, 4))),
        )


@contextmanager
def indexes_made_last(*models):
    """Take the models' plain indexes and references away for a while: made and checked in one go they take a part of the time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE"
        )  # No table is altered while a row waits to be checked.
        again = [statement for model in models for statement in taken_away(cursor, model._meta.db_table)]
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        # Indexes first: to check a reference may want one.
        for statement in sorted(again, key=lambda statement: statement.startswith("ALTER")):
            cursor.execute(statement)


def taken_away(cursor, table):
    """Take away the table's references and the indexes that forbid nothing; return the statements that make them again."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
        [table],
    )
    references = {connection.ops.quote_name(name): definition for name, definition in cursor.fetchall()}
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique AND NOT indisexclusion",
        [table],
    )
    indexes = dict(cursor.fetchall())
    table = connection.ops.quote_name(table)
    for name in references:
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name in indexes:
        cursor.execute(f"DROP INDEX {name}")
    return [
        *(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
            for name, definition in references.items()
        ),
        *indexes.values(),
    ]


def copy(model, objects):
    """Store the objects by COPY, which is many times as quick as INSERT; keys that the database counts up it counts."""
    fields = [
        field for field in model._meta.concrete_fields if not field.get_internal_type().endswith("AutoField")
    ]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    here = connections[connection.alias]  # Not looked up anew for every value.
    table = connection.ops.quote_name(model._meta.db_table)
    with (
        here.cursor() as cursor,
        cursor.cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as rows,
    ):
        for one in objects:
            rows.write_row([field.get_db_prep_save(getattr(one, field.attname), here) for field in fields])
