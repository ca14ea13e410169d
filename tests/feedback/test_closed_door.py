"""The coordinator of another county: a closed door at every address, in every export, at every search.

The addresses are taken from the portal itself, so a page that is added is tried at once.
"""

import io
import re
import uuid
import zipfile

import pytest
from django.contrib import admin
from django.urls import URLResolver, get_resolver

from feedback import watching
from feedback.disposing import approve, propose
from feedback.exporting import KINDS
from feedback.marking import mark
from feedback.models import (
    Correction,
    DisposalItem,
    InternalNote,
    Outcome,
    Passage,
    Reply,
    ReplyTemplate,
    SavedSearch,
    Submission,
    Theme,
)
from feedback.replying import reply
from metodstod import about_a_person
from metodstod.models import AccessLog, Mail
from tests.factories import (
    make_county,
    make_meeting,
    make_member,
    make_municipality,
    make_staff,
    make_submission,
    make_team,
)

INBOX = "/admin/feedback/submission/"
SECRETS = [
    *(
        "Hallandsgruppen",
        "hemligt svar",
        "intern hemlighet",
        "svar till gruppen",
        "rättelsen lyder",
        "801-99-2026",
    ),
    *(
        "004-77-2026",
        "Hallands mall",
        "Det här sa ni",
        "sparad hemlighet",
        "Tysta hallänningar",
        "Anna Hemlig",
    ),
]


@pytest.fixture
def halland(db):
    """Halland's desk with something of everything; returns the rows by the admin's name of their model."""
    karin, kim = (make_staff(counties=[make_county("13")], role="samordnare") for _ in range(2))
    team = make_team(name="Hallandsgruppen", municipality=make_municipality("Halmstad", code="1380"))
    anna = make_member(team, name="Anna Hemlig", email="anna.hemlig@halmstad.example.se")
    silent = make_team(name="Tysta hallänningar", municipality=team.municipality)
    make_member(silent)
    make_meeting(silent)
    submission = make_submission(
        team, "Ett hemligt svar om stöd.", submitted_by=anna, diary_number="801-99-2026", status="done"
    )
    (disposal,) = propose(Submission.objects.all(), by=karin)
    disposal.decision, disposal.reason = "004-77-2026", "Fem år."
    disposal.save()
    reply(submission, text="Ett svar till gruppen.", key=uuid.uuid4(), by=karin)
    InternalNote.objects.create(submission=submission, text="En intern hemlighet.", by=karin)
    Correction.objects.create(submission=submission, text="Så rättelsen lyder.", by=karin)
    answer = submission.answers.first()
    mark([answer], {answer.pk: {0}}, theme=Theme.objects.create(name="Stöd"), by=karin)
    outcome = Outcome(county=make_county("13"), heard="Det här sa ni.", did="Vi gjorde.")
    outcome.write(by=karin)
    template = ReplyTemplate.objects.create(name="Hallands mall", text="x", county=make_county("13"))
    SavedSearch.objects.create(owner=karin, name="En sparad hemlighet", query="q=hemligt")
    assert Submission.objects.visible_to(kim).get() == submission
    return {
        "submission": submission,
        "disposal": disposal,
        "outcome": outcome,
        "replytemplate": template,
        "team": silent,
        "passage": Passage.objects.get(),
        "kim": kim,
    }


@pytest.fixture
def viktor(db):
    return make_staff(counties=[make_county("14")], role="samordnare")


@pytest.fixture
def door(client, log_in, viktor):
    log_in(client, viktor)
    return client


def addresses(halland):
    """Every address of step 2, staff's pages and the portal's own, with Halland's rows in it."""
    found = []
    waiting = [(admin.site.get_urls(), "admin/"), (get_resolver("feedback.urls").url_patterns, "")]
    while waiting:
        patterns, before = waiting.pop()
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                waiting.append((pattern.url_patterns, route))
            elif not route.startswith("admin/"):
                found.append(filled(route, halland, "submission"))
            elif route.startswith("admin/feedback/"):
                found.append(filled(route, halland, route.split("/")[2]))
    return found


def filled(route, halland, model):
    values = {
        "<reference:reference>": halland["submission"].reference,
        "<uuid:team>": halland["submission"].team_id,
        "<str:kind>": "csv",
    }
    key = getattr(halland.get(model), "pk", 1)
    return "/" + re.sub(r"<[^>]+>", lambda match: str(values.get(match[0], key)), route)


def body(response):
    data = response.getvalue() if response.streaming else response.content
    if data.startswith(b"PK") and "zip" in response["Content-Type"]:
        bundle = zipfile.ZipFile(io.BytesIO(data))
        data = b" ".join(bundle.read(name) for name in bundle.namelist())
    return data.decode("utf-8", "ignore")


def told(text, halland):
    return [word for word in [*SECRETS, halland["submission"].reference] if word in text]


def counts(halland):
    models = (Submission, Reply, InternalNote, Correction, Passage, DisposalItem, Outcome, Mail, SavedSearch)
    submission = Submission.objects.values("status", "assignee", "hold_reason", "diary_number").get()
    return [model.objects.count() for model in models], submission


def test_no_address_tells_anything(door, halland):
    tried = addresses(halland)

    leaks = {}
    for address in tried:
        for method in ("get", "post"):
            if words := told(body(getattr(door, method)(address)), halland):
                leaks[f"{method} {address}"] = words

    assert leaks == {}
    assert len(tried) > 40


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "query", ["", "q=hemligt", "lan=13", "municipality__id__exact={municipality}", "tema={theme}"]
)
def test_no_export_holds_anything(door, halland, kind, query):
    query = query.format(
        municipality=halland["submission"].municipality_id, theme=halland["passage"].theme_id
    )

    response = door.get(f"{INBOX}exportera/{kind}/?{query}")

    assert told(body(response), halland) == []
    assert AccessLog.objects.filter(action="exported").count() == 0


@pytest.mark.parametrize(
    "query",
    [
        "q={reference}",
        "q=hemligt",
        "q=hemlig*",
        "q=Hallandsgruppen",
        "q=Halmstad",
        "q=-finnsinte",
        "lan=13",
        "handlaggare=ingen",
        "diarium=stopp",
        "status__exact=done",
        "tema={theme}",
        "municipality__id__exact={municipality}",
        "municipality__county__code=13",
        "all=",
    ],
)
@pytest.mark.parametrize("page", ["", "teman/"])
def test_no_search_finds_anything(door, halland, page, query):
    reference = halland["submission"].reference
    query = query.format(
        reference=reference,
        municipality=halland["submission"].municipality_id,
        theme=halland["passage"].theme_id,
    )

    text = body(door.get(f"{INBOX}{page}?{query}", follow=True))

    # What was typed comes back in its own field and in links; the rows say nothing.
    shown = re.sub(r'(value|href)="[^"]*"', "", text)
    assert told(shown, halland) == []
    assert "1 träff" not in text


def test_no_act_does_anything(door, halland, viktor):
    submission, disposal = halland["submission"], halland["disposal"]
    before = counts(halland)
    one = f"{INBOX}{submission.pk}/"
    acts = {
        f"{one}change/": {"status": "new", "note": "x", "hold_reason": "x"},
        f"{one}svara/": {"text": "x", "key": str(uuid.uuid4())},
        f"{one}rattelse/": {"text": "x"},
        f"{one}mark/": {"remove": halland["passage"].pk},
        f"{INBOX}har-inte-svarat/": {"team": halland["team"].pk},
        f"{INBOX}sparade/": {"remove": SavedSearch.objects.get().pk},
        f"/admin/feedback/disposal/{disposal.pk}/godkann/": {},
        f"/admin/feedback/disposal/{disposal.pk}/delete/": {"post": "yes"},
        f"/admin/feedback/outcome/{halland['outcome'].pk}/change/": {"heard": "x", "did": "y"},
    }
    statuses = {address: door.post(address, data).status_code for address, data in acts.items()}
    for action in ("take", "propose_disposal", "delete_selected"):
        door.post(INBOX, {"action": action, "_selected_action": [submission.pk], "post": "yes"})
    door.post("/admin/feedback/outcome/", {"action": "approve", "_selected_action": [halland["outcome"].pk]})

    assert set(statuses.values()) <= {403, 404}
    assert counts(halland) == before


def test_approved_disposal_is_not_carried_out_from_another_county(door, halland):
    approve(
        halland["disposal"],
        read=(halland["disposal"].decision, halland["disposal"].reason),
        by=halland["kim"],
    )

    status = door.post(f"/admin/feedback/disposal/{halland['disposal'].pk}/verkstall/").status_code

    assert status == 404
    assert Submission.objects.count() == 1


def test_neither_saved_searches_nor_extracts_reach_over(door, halland, viktor):
    email = halland["submission"].submitted_by.email
    everything = SavedSearch.objects.create(
        owner=viktor,
        name="Allt",
        query="",
        tell=True,
        told_until=halland["submission"].submitted_at.replace(year=2020),
    )

    watching.tell_about_new()
    shown = body(door.post(f"{INBOX}personuppgifter/", {"email": email}))
    taken = body(door.post(f"{INBOX}personuppgifter/", {"email": email, "file": "1"}))

    assert list(watching.found_by(everything)) == []
    assert Mail.objects.filter(to=viktor.email).count() == 0
    assert about_a_person.everything(email, by=viktor) == []
    assert told(shown + taken, halland) == []
