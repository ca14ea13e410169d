"""The guard in a group's room: shows where, masks, lets the writer decide on what is suspected, and counts kinds alone."""

from datetime import UTC, datetime

import pytest
import time_machine

from feedback import guarding
from feedback.models import DraftVersion, GuardCount, Submission
from feedback.submitting import NotDecided, submit
from metodstod.personal_data import Kind, find
from tests.factories import make_draft
from tests.feedback.pages import (
    draft_url,
    form_data,
    main_text,
    open_draft,
    review_url,
    save,
    save_by_script,
    soup,
    texts,
)

PERSONNUMMER = "850709-9805"
ADDRESS = "Skriv till anna@kommun.example.se."
SUSPECTED = "Det är Lisa, 14 år, på 070-174 06 05 eller lisa@example.se."


def counted():
    return sorted(GuardCount.objects.values_list("kind", "outcome", "count"))


def places(response, number):
    """The lines about what may point somebody out, or nothing when they are hidden."""
    box = soup(response).select_one(f"[data-guard=answer_{number}]")
    return [] if box.has_attr("hidden") else [line.text for line in box.select("li")]


def test_suspected_text_is_saved_and_shown_where(client, team, anna):
    response = save(client, team, open_draft(client, team, answer_2=SUSPECTED), follow=True)

    assert texts(team)[1] == SUSPECTED
    assert places(response, 1) == []
    assert places(response, 2) == [
        "Något om en enskild person eller ett ärende: ”Det är Lisa, 14 år, på 070-174 06 05 e…”",
        "Telefonnummer: ”… är Lisa, 14 år, på 070-174 06 05 eller lisa@example.…”",
        "E-postadress: ”…070-174 06 05 eller lisa@example.se.”",
    ]


def test_script_is_told_where(client, team, anna):
    result = save_by_script(
        client, team, open_draft(client, team, answer_1=SUSPECTED, answer_2="Nej.")
    ).json()

    assert [len(some) for some in result["suspects"].values()] == [3, 0]
    assert "Svar 1 kan peka ut någon: se under svaret." in result["message"]


def test_groups_own_and_the_authoritys_addresses_are_nobody_elses(client, team, anna):
    county = team.municipality.county
    county.contact_email, county.contact_phone = "eva@lst.example.se", "010-224 30 00"
    county.save()
    text = f"Svara {anna.email}. Vi har frågat eva@lst.example.se, 010-224 30 00."

    response = save(client, team, open_draft(client, team, answer_1=text), follow=True)

    assert places(response, 1) == []


def test_writer_hides_what_is_suspected_in_one_answer(client, team, anna):
    make_draft(team, SUSPECTED, SUSPECTED)

    save(client, team, open_draft(client, team) | {"hide": "answer_1"})

    assert texts(team)[:2] == [
        "Det är [uppgift borttagen], på [telefonnummer borttaget] eller [e-postadress borttagen].",
        SUSPECTED,
    ]
    assert counted() == [("case", "masked", 1), ("email", "masked", 1), ("phone", "masked", 1)]


def test_what_was_hidden_is_not_kept_among_the_earlier_versions(client, team, anna):
    make_draft(team, SUSPECTED)

    save(client, team, open_draft(client, team) | {"hide": "answer_1"})

    assert not any("070" in version.text or "Lisa" in version.text for version in DraftVersion.objects.all())


@pytest.mark.parametrize("name", ["answer_9", "draft", "", "\0", "csrfmiddlewaretoken"])
def test_odd_wish_to_hide_changes_nothing(client, team, anna, name):
    make_draft(team, SUSPECTED)

    response = save(client, team, open_draft(client, team) | {"hide": name})

    assert response.status_code == 302
    assert texts(team)[0] == SUSPECTED


def test_identity_numbers_are_counted_by_kind_alone(client, team, anna):
    data = open_draft(client, team, answer_1=f"Hon, {PERSONNUMMER}, och 701063-2391.")

    save(client, team, data)
    save(client, team, data | {"mask": "1"})

    assert counted() == [("identity_number", "masked", 2), ("identity_number", "refused", 2)]
    assert {field.name for field in GuardCount._meta.fields} == {"id", "day", "kind", "outcome", "count"}


# Before sending ------------------------------------------------------------------------------------


def test_review_shows_what_is_suspected_and_asks(client, team, anna):
    make_draft(team, "Stor nytta.", SUSPECTED)

    page = soup(client.get(review_url(team)))

    assert [row.dt.text for row in page.select("main .govuk-summary-list__row")] == ["Svar 2"]
    assert page.find(id="id_decided")
    assert page.select_one(".govuk-summary-list__actions a")["href"] == f"{draft_url(team)}#id_answer_2"


def test_nothing_is_asked_when_nothing_is_suspected(client, team, anna):
    make_draft(team, "Stor nytta.")

    page = soup(client.get(review_url(team)))

    assert page.find(id="id_decided") is None
    assert "peka ut" not in page.main.text


def test_suspected_text_is_sent_only_after_a_decision(client, team, anna):
    make_draft(team, SUSPECTED)
    data = form_data(client.get(review_url(team)))
    data.pop("decided")

    response = client.post(review_url(team), data)

    assert (Submission.objects.count(), counted()) == (0, [])
    assert soup(response).select_one(".govuk-error-summary a")["href"] == "#id_decided"
    assert soup(response).title.text.startswith("Fel: ")
    again = form_data(response) | {"decided": "on"}
    assert client.post(review_url(team), again).status_code == 302
    assert Submission.objects.get().answers.first().text == SUSPECTED
    assert counted() == [("case", "sent", 1), ("email", "sent", 1), ("phone", "sent", 1)]
    client.post(review_url(team), again)
    assert Submission.objects.count() == 1
    assert {count for _, _, count in counted()} == {1}


def test_decision_holds_only_for_what_was_read(client, team, anna, bo):
    make_draft(team, "Stor nytta.", SUSPECTED)
    data = form_data(client.get(review_url(team))) | {"decided": "on"}
    save(bo, team, open_draft(bo, team, answer_3="Vår klient vet."))

    response = client.post(review_url(team), data)

    assert response.status_code == 409
    assert Submission.objects.count() == 0
    assert len(soup(response).select("main .govuk-summary-list__row")) == 2


def test_identity_number_is_never_sent_whatever_is_decided(client, team, anna):
    draft = make_draft(team, f"Född {PERSONNUMMER}")

    with pytest.raises(NotDecided):
        submit(team, key=draft.key, versions=draft.versions, by=anna, decided=True)
    data = form_data(client.get(review_url(team))) | {"decided": "on"}
    response = client.post(review_url(team), data)

    assert Submission.objects.count() == 0
    assert "Det står ett personnummer i svaren." in main_text(response)
    assert soup(response).find(id="markerat")
    assert soup(response).find(id="id_decided") is None


@pytest.mark.django_db
def test_kinds_are_the_same_as_those_that_are_found():
    from metodstod.personal_data import Kind

    assert {kind.name.lower() for kind in Kind} == set(GuardCount.Kind.values)


# Looked at once ------------------------------------------------------------------------------------


def test_text_that_holds_nothing_is_looked_at_once_and_not_kept(monkeypatch):
    looked_at = []
    monkeypatch.setattr(guarding, "find", lambda text, **own: looked_at.append(text) or find(text, **own))
    harmless = guarding.Harmless()

    said = [
        harmless.knows("Vi vill ha mer tid."),
        harmless.knows("Vi vill ha mer tid."),
        harmless.knows(ADDRESS),
    ]

    assert said == [True, True, False]
    assert looked_at == ["Vi vill ha mer tid.", ADDRESS]
    assert not any(b"tid" in mark for mark in harmless.marks)


def test_what_is_one_groups_own_is_still_told_to_another():
    own = guarding.places(ADDRESS, frozenset({"anna@kommun.example.se"}))

    others = guarding.places(ADDRESS, frozenset())

    assert own == []
    assert [place.kind for place in others] == [Kind.EMAIL]


def test_number_of_someone_who_is_born_today_is_found_today_though_not_yesterday():
    text = "Barnet har 20261129-2398."

    with time_machine.travel(datetime(2026, 11, 28, 12, tzinfo=UTC)):
        before = guarding.places(text, frozenset())
    with time_machine.travel(datetime(2026, 11, 29, 12, tzinfo=UTC)):
        after = guarding.places(text, frozenset())

    assert [before, [place.kind for place in after]] == [[], [Kind.IDENTITY_NUMBER]]
