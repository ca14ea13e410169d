"""Someone is appointed at the server, and gets an invitation that leads to login and a second factor."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from metodstod.models import AccessLog, Mail, User
from tests.factories import make_county, make_municipality, make_role, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roles(db):
    make_county("13", name="Hallands län")
    make_county("14", name="Västra Götalands län")
    return [make_role(name) for name in ("samordnare", "redaktör", "programledare")]


def create(*arguments, **options):
    out = io.StringIO()
    call_command("create_staff", *arguments, stdout=out, **options)
    return out.getvalue()


def test_new_member_of_staff_gets_roles_counties_and_an_invitation(deliver_mail):
    create("Karin@Lansstyrelsen.example.se", "--name=Karin", "--role=samordnare", "--county=13", "--yes")

    person = User.objects.get(email="karin@lansstyrelsen.example.se")
    (letter,) = deliver_mail()
    assert (person.name, person.is_staff, person.is_superuser, person.is_admitted) == (
        "Karin",
        True,
        False,
        False,
    )
    assert [str(role) for role in person.groups.all()] == ["samordnare"]
    assert [county.code for county in person.reach()] == ["13"]
    assert letter.to == ["karin@lansstyrelsen.example.se"]
    assert "som samordnare" in letter.body
    assert [row.reference for row in AccessLog.objects.all()] == [str(person.pk)]


def test_invitation_leads_to_login_and_then_to_the_second_factor(settings):
    settings.STAFF_SECOND_FACTOR = True
    create("karin@lansstyrelsen.example.se", "--role=redaktör", "--yes")
    client = Client()
    link = re.search(r"http://testserver(\S+)", Mail.objects.get().body)[1]

    asked = client.post(link, {"email": "karin@lansstyrelsen.example.se"}, follow=True)
    code = re.search(r"\d{4}-\d{4}", Mail.objects.get(purpose="login_code").body)[0]
    inside = client.post(
        asked.request["PATH_INFO"], {"code": code, "next": reverse("admin:index")}, follow=True
    )

    assert inside.status_code == 200
    assert inside.request["PATH_INFO"] != reverse("admin:index")
    assert "/2fa/" in inside.request["PATH_INFO"]


def test_nothing_is_done_where_nobody_can_be_asked(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    with pytest.raises(CommandError, match="add --yes"):
        create("karin@lansstyrelsen.example.se", "--role=redaktör")

    assert not User.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize(("answer", "done"), [("y\n", True), ("ja\n", True), ("\n", False), ("no\n", False)])
def test_only_a_yes_is_a_yes(monkeypatch, answer, done):
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)

    if done:
        create("karin@lansstyrelsen.example.se", "--role=redaktör")
    else:
        with pytest.raises(CommandError):
            create("karin@lansstyrelsen.example.se", "--role=redaktör")

    assert User.objects.exists() == done


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--role=chef"], "There are: programledare, redaktör, samordnare"),
        ([], "at least one role"),
        (["--role=samordnare"], "at least one county"),
        (["--role=samordnare", "--county=99"], "no county 99"),
        (["--role=redaktör", f"--name={'K' * 121}"], "at most 120"),
        (["--role=redaktör", "--name=Karin\nKarlsson"], "one line"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(arguments, said):
    with pytest.raises(CommandError, match=said):
        create("karin@lansstyrelsen.example.se", *arguments, "--yes")

    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [("karin", "no e-mail address"), (f"karin@{'.'.join(['lansstyrelsen'] * 18)}.se", "at most 254")],
)
def test_what_is_no_address_is_refused(address, said):
    with pytest.raises(CommandError, match=said):
        create(address, "--role=redaktör", "--yes")

    assert not User.objects.exists()


def test_member_of_a_group_is_not_made_the_reader_of_its_answers():
    make_municipality("Halmstad", domain="halmstad.example.se")
    member = make_user("sara@halmstad.example.se")
    make_team(member)

    with pytest.raises(CommandError, match="member of a work group"):
        create(member.email, "--role=samordnare", "--county=13", "--yes")

    member.refresh_from_db()
    assert not member.is_staff


def test_new_appointment_replaces_the_old_one_and_says_so():
    create("karin@lansstyrelsen.example.se", "--role=samordnare", "--county=13", "--yes")

    said = create("karin@lansstyrelsen.example.se", "--role=redaktör", "--yes")

    person = User.objects.get()
    assert "staff already, with samordnare" in said
    assert [str(role) for role in person.groups.all()] == ["redaktör"]
    assert not person.reach().exists()
