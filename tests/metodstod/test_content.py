"""The programme's content as a new portal has it, and what happens to it when staff have been at work."""

import json
import re
import time
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command

from feedback.models import Question, QuestionSet
from lectures.models import Lecture, Material, Notice, Provider
from metodstod.models import (
    County,
    EmailDomain,
    Fact,
    FieldOfWork,
    Membership,
    Municipality,
    TargetGroup,
    Team,
    User,
)
from metodstod.sorting import swedish_key

QUESTIONS = [
    "Vilken nytta har ni haft av föreläsningarna?",
    "Är det något ni saknar i materialet?",
    "Vilka hinder eller utmaningar finns i er kommun eller verksamhet för att arbeta med målgrupperna?",
    "Hur planerar ni att ta arbetet vidare?",
    "Vad är nästa steg hos er?",
]
MIKA = "Mikamottagningen"
LECTURES = [
    (
        "Inledande presentation om Länsstyrelsens utökade metodstöd i samarbete med Göteborgs Stad",
        "0:10:40",
        "Länsstyrelsen",
        None,
    ),
    ("Vad är människohandel?", "0:40:04", "Regionkoordinatorerna", None),
    ("Köpare av sexuella tjänster - KAST", "1:04:27", "KAST-verksamheten", None),
    ("Sex mot ersättning och sexuellt självskadebeteende", "0:42:49", MIKA, None),
    (
        "Sex mot ersättning och sexuellt självskadebeteende - att upptäcka, bemöta och erbjuda stöd",
        "0:50:04",
        MIKA,
        None,
    ),
    ("Att erbjuda stöd – Barn och unga", "0:25:38", MIKA, "Barn och unga"),
    ("Att erbjuda stöd – Ekonomi och försörjning", "0:09:56", MIKA, "Ekonomi och försörjning"),
    ("Att erbjuda stöd – Missbruk", "0:11:34", MIKA, "Skadligt bruk och beroende"),
    ("Att erbjuda stöd – Funktionsstöd", "0:17:52", MIKA, "Funktionsstöd och socialpsykiatri"),
    ("Att erbjuda stöd – Behandling och trauma", "0:58:23", MIKA, "Behandling och trauma"),
]


@pytest.fixture
def content(db):
    call_command("load_content", verbosity=0)


def test_lectures_are_the_programmes_ten_in_its_order(content):
    lectures = Lecture.objects.published().select_related("provider", "field_of_work")

    assert [
        (
            lecture.title,
            str(lecture.length),
            lecture.provider.name,
            getattr(lecture.field_of_work, "name", None),
        )
        for lecture in lectures
    ] == LECTURES
    assert lectures.total_length() == timedelta(hours=5, minutes=31, seconds=27)
    assert {lecture.recorded_on for lecture in lectures} == {None}


def test_every_target_group_has_lectures_from_the_content(content):
    groups = TargetGroup.objects.prefetch_related("lectures")

    assert groups.count() == 4
    assert all(group.lectures.exists() and group.description for group in groups)
    assert "omtvistat" in TargetGroup.objects.get(slug="sex-mot-ersattning").description


def test_short_lists_have_the_programmes_entries(content):
    assert [field.name for field in FieldOfWork.objects.all()] == [
        "Barn och unga",
        "Ekonomi och försörjning",
        "Skadligt bruk och beroende",
        "Funktionsstöd och socialpsykiatri",
        "Behandling och trauma",
    ]
    assert Provider.objects.count() == 4


def test_questions_stand_word_for_word_in_a_published_set(content):
    question_set = QuestionSet.objects.current()

    assert question_set.number == 1
    assert [question.text for question in question_set.questions.all()] == QUESTIONS


def test_two_counties_take_part_of_twenty_one(content):
    halland, west = County.objects.participating()

    assert County.objects.count() == 21
    assert (halland.code, west.code) == ("13", "14")
    assert (halland.authority, halland.organisation_number) == ("Länsstyrelsen i Hallands län", "202100-2353")
    assert (halland.visiting_address, halland.postal_address) == (
        "Slottsgatan 2, Halmstad",
        "301 86 Halmstad",
    )
    assert (halland.governor, halland.contact_email) == ("Brittis Benzler", "sigun.lilja@lansstyrelsen.se")
    assert west.authority == "Länsstyrelsen i Västra Götalands län"
    assert (west.governor, west.contact_name, west.contact_email, west.organisation_number) == (
        "",
        "",
        "",
        "",
    )


def test_municipalities_lie_in_their_counties_in_swedish_order(content):
    municipalities = Municipality.objects.select_related("county")

    assert municipalities.filter(county__code="13").count() == 6
    assert municipalities.filter(county__code="14").count() == 49
    assert all(place.code[:2] == place.county.code for place in municipalities)
    assert all(place.sort_key == swedish_key(place.name) for place in municipalities)
    assert [place.name for place in municipalities][-3:] == ["Vänersborg", "Åmål", "Öckerö"]


def test_each_municipality_has_a_domain_that_staff_have_yet_to_review(content):
    assert EmailDomain.objects.filter(reviewed_at=None).count() == 55
    assert EmailDomain.objects.values("municipality").distinct().count() == 55
    assert Municipality.objects.for_email("namn@socialt.halmstad.se").name == "Halmstad"


def test_facts_that_are_not_sure_wait_for_staff(content):
    waiting = Fact.objects.filter(published=False)

    assert set(waiting.values_list("slug", flat=True)) == {
        "stodlinjen-for-man",
        "stodlinjen-for-transpersoner",
        "valj-att-sluta",
        "preventell",
        "manniskohandel-och-manniskoexploatering",
    }
    assert all(fact.source and fact.reviewed_at for fact in Fact.objects.all())


@pytest.mark.parametrize(
    ("slug", "phone"),
    [
        ("larmnumret", "112"),
        ("polisen", "114 14"),
        ("kvinnofridslinjen", "020-50 50 50"),
        ("bris", "116 111"),
        ("nationella-stodtelefonen", "020-390 000"),
        ("regionkoordinatorerna", ""),
    ],
)
def test_help_numbers_are_right(content, slug, phone):
    assert Fact.objects.published().get(slug=slug).phone == phone


def test_notices_say_what_is_new_since_the_recording(content):
    crime = Notice.objects.published().get(slug="kop-av-sexuell-handling")
    duty = Notice.objects.published().get(slug="orosanmalan-ny-socialtjanstlag")

    assert crime.valid_from == duty.valid_from == date(2025, 7, 1)
    assert crime.lectures.filter(slug="kopare-av-sexuella-tjanster").exists()
    assert "2024/25:124" in crime.source
    assert duty.lectures.filter(slug="stod-barn-och-unga").exists()
    assert "2025:400" in duty.source


def test_conversation_support_waits_for_its_file(content):
    material = Material.objects.published().get()

    assert material.title == "Samtalsstöd"
    assert not material.file
    assert material.url == ""


def test_loading_again_keeps_what_staff_have_edited(content):
    Lecture.objects.filter(slug="stod-missbruk").update(title="Ändrad titel")
    Lecture.objects.get(slug="stod-missbruk").target_groups.clear()
    County.objects.filter(code="14").update(contact_name="Ny Kontakt")
    Fact.objects.filter(slug="preventell").update(published=True)
    counts = [model.objects.count() for model in (Lecture, County, Fact, Municipality, Question, Notice)]

    call_command("load_content", verbosity=0)

    lecture = Lecture.objects.get(slug="stod-missbruk")
    assert lecture.title == "Ändrad titel"
    assert lecture.target_groups.count() == 0
    assert County.objects.get(code="14").contact_name == "Ny Kontakt"
    assert Fact.objects.get(slug="preventell").published
    assert counts == [
        model.objects.count() for model in (Lecture, County, Fact, Municipality, Question, Notice)
    ]


def test_loading_again_adds_what_is_missing(content):
    Fact.objects.get(slug="bris").delete()

    call_command("load_content", verbosity=0)

    assert Fact.objects.get(slug="bris").phone == "116 111"


def test_loading_again_gives_roles_the_release_s_permissions(content):
    role = Group.objects.get(name="samordnare")
    right = set(role.permissions.values_list("codename", flat=True))
    role.permissions.set(Permission.objects.filter(codename="delete_user"))

    call_command("load_content", verbosity=0)

    assert set(role.permissions.values_list("codename", flat=True)) == right


def test_loading_again_is_quick(content):
    # Work done, not time passed: the machine may be busy with something else.
    started = time.process_time()

    call_command("load_content", verbosity=0)

    assert time.process_time() - started < 1


def test_no_role_reaches_a_draft_or_deletes_people(content):
    forbidden = Permission.objects.filter(group__isnull=False).filter(
        content_type__model__in=["draft", "draftanswer"]
    ) | Permission.objects.filter(
        group__isnull=False,
        codename__in=["delete_user", "delete_submission", "delete_mail", "change_accesslog"],
    )

    assert set(Group.objects.values_list("name", flat=True)) == {
        "samordnare",
        "redaktör",
        "programledare",
        "statistikläsare",
        "arkivarie",
    }
    assert list(forbidden) == []


@pytest.mark.parametrize(
    ("role", "codename", "allowed"),
    [
        ("samordnare", "view_submission", True),
        ("samordnare", "admit_user", True),
        ("samordnare", "change_lecture", False),
        ("samordnare", "see_all_counties", False),
        ("samordnare", "view_mail", False),
        ("redaktör", "change_lecture", True),
        ("redaktör", "change_fact", True),
        ("redaktör", "view_submission", False),
        ("redaktör", "view_user", False),
        ("programledare", "see_all_counties", True),
        ("programledare", "change_user", True),
        ("programledare", "view_accesslog", True),
        ("statistikläsare", "see_figures", True),
        ("statistikläsare", "view_submission", False),
        ("statistikläsare", "view_consultation", False),
        ("arkivarie", "view_submission", True),
        ("arkivarie", "change_disposal", True),
        ("arkivarie", "change_submission", False),
    ],
)
def test_roles_may_do_what_their_work_needs(content, role, codename, allowed):
    may = Group.objects.get(name=role).permissions.filter(codename=codename).exists()

    assert may is allowed


def test_fixtures_hold_no_outside_person_but_the_public_contact():
    """Everybody in the demo is invented and under example.se; the one real address is the programme's own."""
    text = "".join(path.read_text() for path in (settings.BASE_DIR / "fixtures").glob("*.json"))

    addresses = set(re.findall(r"[\w.]+@[\w.]+", text))

    assert {address for address in addresses if not address.endswith(".example.se")} == {
        "sigun.lilja@lansstyrelsen.se"
    }


# The demo ------------------------------------------------------------------------------------------


@pytest.fixture
def demo(content, settings):
    settings.DEMO = True
    call_command("load_demo")


def test_demo_is_refused_in_production(content):
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("load_demo")

    assert User.objects.count() == 0


def test_demo_people_have_their_places(demo):
    anna, bo = User.objects.get(name="Anna Lind"), User.objects.get(name="Bo Ek")

    assert (anna.email, anna.municipality.name) == ("anna.lind@halmstad.example.se", "Halmstad")
    assert (bo.email, bo.municipality.name) == ("bo.ek@boras.example.se", "Borås")
    assert anna.is_admitted
    assert not anna.has_usable_password()
    assert [team.name for team in Team.objects.visible_to(anna)] == ["Barn och unga, Halmstad"]
    assert Team.objects.visible_to(anna).get().contact() == anna
    assert [team.municipality.name for team in Team.objects.visible_to(bo)] == ["Borås"]


def test_demo_staff_reach_their_counties(demo):
    staff = {person.email.partition("@")[0]: person for person in User.objects.filter(is_staff=True)}

    assert {name: [county.code for county in person.counties.all()] for name, person in staff.items()} == {
        "samordnare.halland": ["13"],
        "samordnare.vastragotaland": ["14"],
        "redaktor": [],
        "programledare": [],
        "statistik": [],
        "arkiv.halland": ["13"],
    }
    assert staff["programledare"].sees_all_counties
    assert not staff["samordnare.halland"].sees_all_counties


def test_demo_loaded_again_keeps_what_people_have_done(demo, settings):
    team = Team.objects.get(name="Barn och unga, Halmstad")
    Team.objects.filter(pk=team.pk).update(name="Nytt namn")
    Membership.objects.get(user__name="Erik Berg").delete()
    people = User.objects.count()

    call_command("load_demo")

    team.refresh_from_db()
    assert team.name == "Nytt namn"
    assert [member.user.name for member in team.memberships.select_related("user")] == ["Anna Lind"]
    assert User.objects.count() == people


def test_demo_gives_every_municipality_a_domain_to_try(demo):
    domains = EmailDomain.objects.filter(name__endswith=".example.se")

    assert domains.count() == 55
    assert Municipality.objects.for_email("nagon@amal.example.se").name == "Åmål"


def test_demo_file_names_only_invented_addresses():
    demo = json.loads((settings.BASE_DIR / "fixtures" / "demo.json").read_text())

    assert all(person["email"].endswith(".example.se") for person in demo["people"] + demo["staff"])
