"""What an extract tells of a person, over all steps, and that no model that could hold something is forgotten."""

import re

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from feedback import following
from feedback.models import FollowUp
from metodstod import about_a_person
from metodstod.mail import queue_mail
from metodstod.models import AccessLog, Team, User
from tests.factories import (
    make_booking,
    make_consultation,
    make_county,
    make_lecture,
    make_meeting,
    make_member,
    make_municipality,
    make_question_set,
    make_staff,
    make_submission,
    make_team,
)

MANAGER = "maja.malm@halmstad.example.se"
OURS = {"metodstod", "lectures", "feedback", "consultations"}


# Nothing is forgotten ------------------------------------------------------------------------------


def may_hold(field, *, ours):
    """Whether a field may tell of a person: a way to an account, an address, a name, or free text."""
    if field.is_relation:
        return field.related_model is User
    if isinstance(field, models.EmailField):
        return True
    return ours and (
        isinstance(field, models.TextField)
        or (
            bool(re.search("name|email|contact|manager|person", field.name))
            and isinstance(field, models.CharField)
        )
    )


def places():
    """Every field that may tell of a person, as `app.Model.field`; histories repeat what their models hold."""
    for model in apps.get_models():
        if model.__name__.startswith("Historical") or model._meta.proxy:
            continue
        for field in model._meta.fields:
            if may_hold(field, ours=model._meta.app_label in OURS):
                yield f"{model._meta.label}.{field.name}"


def covered(holding):
    names = {*holding.people, *holding.emails, *holding.texts, *holding.shown}
    return {f"{holding.model._meta.label}.{name}" for name in names}


def test_every_model_that_may_hold_something_has_its_row():
    told = set().union(*map(covered, about_a_person.holdings()))
    left_out = about_a_person.passed_over()

    forgotten = [
        place
        for place in places()
        if place not in told and place not in left_out and place.rpartition(".")[0] not in left_out
    ]

    assert forgotten == []


def test_what_is_left_out_exists():
    labels = {model._meta.label for model in apps.get_models()}

    wrong = [
        name
        for name in about_a_person.passed_over()
        if name not in labels and name not in set(places()) and name.rpartition(".")[0] not in labels
    ]

    assert wrong == []


def test_every_row_is_told_in_words_with_a_place_that_exists(db):
    """Each holding can be asked and its address resolved, also when nothing is found."""
    lead = make_staff(role="programledare")

    for holding in about_a_person.holdings():
        assert holding.rows("ingen@example.se", None, lead) == []
        assert all(holding.model._meta.get_field(name) for name in holding.shown)


# All steps -----------------------------------------------------------------------------------------


@pytest.fixture
def anna(db):
    """Somebody who has left something in every step."""
    make_question_set(coming_back=(4,))
    team = make_team(name="Barn och unga", municipality=make_municipality("Halmstad", code="1380"))
    anna = make_member(team, email="anna@halmstad.example.se", name="Anna Lind")
    make_meeting(team, lectures=[make_lecture()], logged_by=anna)
    make_submission(team, "Stor nytta.", "", "", "Vi ska öva.", submitted_by=anna)
    consultation = make_consultation(team, by=anna, manager={"email": MANAGER})
    make_booking(consultation, make_staff("karin2@halland.example.se", counties=[make_county("13")]))
    return anna


@pytest.fixture
def desk(client, log_in, coordinator):
    log_in(client, coordinator)
    return client


def extract(client, email):
    return client.post(reverse("admin:feedback_submission_person"), {"email": email, "file": "1"}).json()[
        "uppgifter"
    ]


def shown(client, email):
    return client.post(reverse("admin:feedback_submission_person"), {"email": email}).content.decode()


def test_extract_goes_over_all_steps(desk, anna):
    AccessLog.record(make_staff(), "read", anna, reference=str(anna.pk), county=anna.municipality.county)

    told = extract(desk, anna.email)

    assert set(told) >= {
        *("Personer", "Medlemskap", "Brev", "Åtkomstlogg"),
        *("Träffar", "Inskickade återkopplingar", "Konsultationer"),
    }
    assert told["Personer"][0]["namn"] == "Anna Lind"
    assert told["Medlemskap"][0]["arbetsgrupp"] == "Barn och unga"
    assert told["Konsultationer"][0]["behov"] == "Vi vill kunna möta ungdomar."


def test_manager_without_an_account_is_told_of_the_mandate_and_the_letters(desk, anna):
    told = extract(desk, MANAGER)
    page = shown(desk, MANAGER)

    (mandate,) = told["Mandat"]
    assert (mandate["chefens namn"], mandate["chefens titel"], mandate["chefens e-post"]) == (
        "Maja Malm",
        "enhetschef",
        MANAGER,
    )
    assert told["Brev"]
    assert "Personer" not in told
    assert "/mandat/" not in page
    assert "Öppna och rätta" in page


def test_how_it_went_is_in_the_extract(desk, anna):
    submission = anna.memberships.get().team.submissions.get()
    asked = FollowUp.objects.create(
        submission=submission, months=3, token_hash="x", expires_at=submission.submitted_at
    )
    following.receive(asked, {asked.plans.get(): ("done", "Skriv till lisa@halmstad.example.se.")})

    (mine,) = extract(desk, anna.email)["Inskickade återkopplingar"]
    (hers,) = extract(desk, "lisa@halmstad.example.se")["Inskickade återkopplingar"]

    assert mine == hers
    assert "Det har blivit av. Skriv till lisa@halmstad.example.se." in mine.values()


@pytest.mark.parametrize("email", ["anna@halmstad.example.se", MANAGER])
def test_another_county_is_told_nothing(client, log_in, anna, email):
    log_in(client, make_staff(counties=[make_county("14")], role="samordnare"))

    assert extract(client, email) == {}
    assert "Adressen finns ingenstans" in shown(client, email)
    assert AccessLog.objects.count() == 0


def test_each_thing_that_is_read_is_noted(desk, anna, coordinator):
    extract(desk, anna.email)
    shown(desk, MANAGER)

    team = Team.objects.get()
    rows = AccessLog.objects.filter(who=coordinator).values_list(
        "action", "kind", "team", "about", "county__code"
    )
    assert ("exported", "person", None, anna.pk, "13") in rows
    assert ("exported", "medlemskap", team.pk, None, "13") in rows
    assert ("exported", "inskickad återkoppling", team.pk, None, "13") in rows
    assert ("read", "mandat", None, None, "13") in rows


def test_programme_lead_finds_letters_to_whoever_has_nothing_else(db, client, log_in):
    log_in(client, make_staff(role="programledare"))
    queue_mail("ny@example.se", "login_code", {"code": "1234-5678", "minutes": 10})

    told = extract(client, "NY@example.se")

    assert [one["till"] for one in told["Brev"]] == ["ny@example.se"]
    assert "1234" not in str(told)
