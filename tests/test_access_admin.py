"""What each role of staff may see and do in the staff pages. A new table or page gets a row here, or the tests fail.

The words are those of `test_access.py`, whose tables are for everything else.
"""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.urls import URLResolver

from metodstod.models import AccessLog
from tests.test_access import MISSING, STAFF_ROLES, rows, said, unlike

# What staff may do with the rows of a model. `-` nothing; `read` a table and a reading view; `change`; `add` and change;
# `new`, the same, but what is published stays as it is; `all`, deleting too. In brackets: the table, but not the row that is tried, which is another county's. Drafts are not here.
LEVELS = {  # The table, a row's page (`+` with a button that saves), adding, deleting, its history.
    "-": "403 403 403 403 403",
    "read": "200 200 403 403 200",
    "(read)": "200 404 403 403 404",
    "change": "200 200+ 403 403 200",
    "(change)": "200 404 403 403 404",
    "new": "200 200 200 403 200",
    "add": "200 200+ 200 403 200",
    "(add)": "200 404 200 403 404",
    "all": "200 200+ 200 200 200",
}
# What they answer to an empty form: a table has its actions, and the row that is tried is left as it was.
POST_LEVELS = {
    "-": "403 403 403 403",
    "read": "200 403 403 403",
    "(read)": "200 403 403 403",
    "change": "200 200+ 403 403",
    "(change)": "200 404 403 403",
    "new": "200 403 200 403",
    "add": "200 200+ 200 403",
    "(add)": "200 404 200 403",
    "all": "200 200+ 200 200",
}
ADMIN = {
    "metodstod.user": "read (read) - add",
    "metodstod.team": "read (read) - read",
    "metodstod.county": "read read change change",
    "metodstod.municipality": "read read read read",
    "metodstod.emaildomain": "- - - all",
    "metodstod.fact": "- - all read",
    "metodstod.targetgroup": "- - change read",
    "metodstod.fieldofwork": "- - change read",
    "metodstod.mail": "- - - read",
    "metodstod.accesslog": "- - - read",
    "lectures.provider": "- - add read",
    "lectures.lecture": "- - add read",
    "lectures.notice": "- - all read",
    "lectures.material": "- - all read",
    "lectures.meeting": "read (read) - read",
    "lectures.comingcaptions": "- - all read",
    "lectures.chapter": "- - change read",
    "lectures.link": "- - read read",
    "feedback.submission": "change (change) - change",
    "feedback.questionset": "read read new read",
    "feedback.theme": "add add - add",
    "feedback.replytemplate": "new new - all",  # What is tried is a template that all counties share.
    "feedback.disposal": "read (change) - read",  # It has been approved.
    "feedback.outcome": "add (add) - add",
    "feedback.followup": "read (read) - read",
    "feedback.guardcount": "- - - read",
    "consultations.consultation": "read (read) - read",
    "consultations.booking": "read (read) - read",
    "consultations.bookabletime": "read (read) - read",
    "consultations.party": "read (read) - read",
    "consultations.jointmeeting": "read (read) - read",
    "account.emailaddress": "- - - -",
    "mfa.authenticator": "- - - -",
    "socialaccount.socialaccount": "- - - -",
    "socialaccount.socialapp": "- - - -",
    "socialaccount.socialtoken": "- - - -",
    "django_q.schedule": "- - - -",
    "django_q.success": "- - - -",
    "django_q.failure": "- - - -",
    "django_q.ormq": "- - - -",
}
# The statistics reader, the archivist, and the archivist of the other county; nothing unless it says so.
OTHERS_IN_ADMIN = {
    "metodstod.county": "read read read",
    "metodstod.municipality": "read read read",
    "feedback.submission": "- read (read)",
    "feedback.questionset": "- read read",
    "feedback.disposal": "- read (change)",
    "consultations.consultation": "- read (read)",
    "consultations.booking": "- read (read)",
    "consultations.party": "- read (read)",
    "consultations.jointmeeting": "- read (read)",
}

# Every other address in the admin, in the order of `STAFF_ROLES`.
ADMIN_PAGES = {
    "index": "200 200 200 200 200 200 200",
    "feedback_submission_export": "404 404 403 404 403 403 403",  # No such kind of file.
    "feedback_submission_saved": "200 200 403 200 403 403 403",
    "feedback_submission_themes": "200 200 403 200 403 403 403",
    "feedback_submission_unanswered": "200 200 403 200 403 403 403",
    "feedback_submission_person": "200 200 403 200 403 403 403",
    "feedback_submission_reply": "200 404 403 200 403 403 403",
    "feedback_submission_mark": "200 404 403 200 403 403 403",
    "feedback_submission_correct": "200 404 403 200 403 403 403",
    "feedback_submission_document": "200 404 403 200 403 403 403",
    "feedback_questionset_preview": "200 200 200 200 403 200 200",
    "feedback_questionset_publish": "405 405 405 405 405 405 405",
    "feedback_questionset_retire": "405 405 405 405 405 405 405",
    "feedback_questionset_copy": "405 405 405 405 405 405 405",
    "feedback_questionset_compare": "200 200 403 200 403 200 200",
    "feedback_disposal_approve": "405 405 405 405 405 405 405",
    "feedback_disposal_carry_out": "405 405 405 405 405 405 405",
    "feedback_disposal_protocol": "200 404 404 200 404 200 404",
    "lectures_to_see_to": "403 403 200 200 403 403 403",
    "lectures_lecture_preview": "403 403 200 200 403 403 403",
    "lectures_comingcaptions_preview": "403 403 404 404 403 403 403",  # Nor are these captions.
    "lectures_comingcaptions_file": "403 403 404 404 403 403 403",
    "lectures_lecture_file": "403 403 404 404 403 403 403",  # Its film is not on this disk.
    "app_list": "200 200 200 200 200 200 200",
    "autocomplete": "403 403 403 403 403 403 403",
    "jsi18n": "200 200 200 200 200 200 200",
    "login": "login login login login login login login",
    "logout": "405 405 405 405 405 405 405",
    "password_change": "404 404 404 404 404 404 404",
    "password_change_done": "404 404 404 404 404 404 404",
    "view_on_site": "404 404 404 404 404 404 404",
}


@pytest.fixture
def world(world):
    AccessLog.record(world.people["coordinator"], "read", world.submission, reference="x")
    return world


def row_in_halland(world, label):
    """Return a row of the model that Halland's staff handle, where the model has any place."""
    rows = {
        "metodstod.user": world.people["member"],
        "metodstod.team": world.team,
        "lectures.meeting": world.meeting,
        "feedback.submission": world.submission,
        "feedback.followup": world.follow_up,
        "feedback.disposal": world.disposal,
        "feedback.outcome": world.outcome,
        "consultations.consultation": world.confirmed,
        "consultations.booking": world.confirmed.bookings.first(),
        "consultations.bookabletime": world.bookable,
        "consultations.party": world.partner,
        "consultations.jointmeeting": world.meeting_offer,
    }
    model = apps.get_model(label)
    return rows.get(label) or model._default_manager.order_by("pk").first()


def admin_addresses(world, model):
    """Return the addresses of a model in the admin: its table, one of its rows in Halland, adding, deleting, its history."""
    label = model._meta.label_lower
    row = row_in_halland(world, label)
    before, key = f"/admin/{label.replace('.', '/')}/", row.pk if row else "0"
    change, delete, history = (f"{before}{key}/{act}/" for act in ("change", "delete", "history"))
    return [before, change, f"{before}add/", delete, *([history] if row else [])]


def registered():
    return {model._meta.label_lower: levels for model, levels in admin.site._registry.items()}


def own_admin_pages():
    """Yield the name and the route of every address in the admin that is not one of a model's six usual ones."""
    usual = {
        f"{label.replace('.', '_')}_{act}"
        for label in registered()
        for act in ("changelist", "add", "change", "delete", "history", "simple_history")
    }
    waiting = [(admin.site.get_urls(), "admin/")]
    while waiting:
        patterns, before = waiting.pop()
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                waiting.append((pattern.url_patterns, route))
            elif pattern.name and pattern.name not in usual:
                yield pattern.name, route


def fill_admin(world, name, route):
    """Return the address with a row in Halland for its argument, of the model that the name begins with."""
    if route.startswith("admin/^"):
        return "/admin/metodstod/"
    label = next((label for label in registered() if name.startswith(label.replace(".", "_") + "_")), None)
    row = row_in_halland(world, label) if label else None
    values = {"reference": getattr(row, "reference", "x"), "slug": getattr(row, "slug", "x")}
    return "/" + re.sub(
        r"<(\w+):\w+>", lambda match: str(values.get(match[1], getattr(row, "pk", None) or 1)), route
    )


def seen(client, address, method="GET"):
    with transaction.atomic():
        response = client.generic(method, address, content_type="application/x-www-form-urlencoded")
        saves = address.endswith("/change/") and b'name="_save"' in response.content
        transaction.set_rollback(True)
    return said(response) + ("+" if saves else "")


@pytest.mark.parametrize("who", STAFF_ROLES)
def test_every_model_in_the_admin_for_staff(world, who):
    client, place = world.client(who), STAFF_ROLES.index(who)
    levels = {
        label: f"{ADMIN[label]} {OTHERS_IN_ADMIN.get(label, '- - -')}".split()[place] for label in ADMIN
    }

    answers = {
        model._meta.label_lower: [seen(client, address) for address in admin_addresses(world, model)]
        for model in admin.site._registry
    }
    posted = {
        model._meta.label_lower: [
            seen(client, address, "POST") for address in admin_addresses(world, model)[:4]
        ]
        for model in admin.site._registry
    }

    # A table without a row has no row's history to ask for.
    expected = {
        label: " ".join(LEVELS[level].split()[: len(answers.get(label, ""))])
        for label, level in levels.items()
    }
    assert unlike(rows(answers), expected) == {}
    assert unlike(rows(posted), {label: POST_LEVELS[level] for label, level in levels.items()}) == {}


def test_every_page_of_our_own_in_the_admin_for_staff(world):
    clients = [world.client(who) for who in STAFF_ROLES]

    answers = {
        name: [seen(client, fill_admin(world, name, route)) for client in clients]
        for name, route in sorted(own_admin_pages(), key=lambda page: page[0] == "logout")
    }

    assert unlike(rows(answers), ADMIN_PAGES) == {}


@pytest.mark.parametrize("act", ["change", "delete", "history"])
def test_foreign_and_missing_rows_answer_alike_in_the_admin(world, act):
    client = world.client("other_coordinator")
    rows = {
        "metodstod/user": (world.people["member"].pk, 999_999),
        "metodstod/team": (world.team.pk, MISSING["uuid"]),
        "lectures/meeting": (world.meeting.pk, MISSING["uuid"]),
        "feedback/submission": (world.submission.pk, MISSING["uuid"]),
        "consultations/consultation": (world.confirmed.pk, MISSING["uuid"]),
        "consultations/party": (world.partner.pk, 999_999),
        "consultations/jointmeeting": (world.meeting_offer.pk, MISSING["uuid"]),
    }

    answers = {
        model: [client.get(f"/admin/{model}/{pk}/{act}/") for pk in pair] for model, pair in rows.items()
    }

    assert {foreign.status_code for foreign, _ in answers.values()} <= {403, 404}
    assert [model for model, (foreign, none) in answers.items() if foreign.content != none.content] == []


@pytest.mark.parametrize(
    ("who", "answer"),
    [("visitor", "login"), ("stranger", "wait"), ("outsider", "login"), ("member", "login")],
)
def test_nobody_else_sees_anything_in_the_admin(world, who, answer):
    client = world.client(who)
    addresses = ["/admin/", "/admin/metodstod/", "/admin/autocomplete/", "/admin/jsi18n/", "/admin/nonsense/"]
    for model in admin.site._registry:
        addresses += admin_addresses(world, model)

    assert {said(client.get(address)) for address in addresses} == {answer}


def test_drafts_and_their_answers_are_nowhere_in_the_admin():
    registered = {model._meta.label_lower for model in admin.site._registry}

    assert {"feedback.draft", "feedback.draftanswer"} & registered == set()
    assert {"feedback.draft", "feedback.draftanswer"} <= {
        model._meta.label_lower for model in apps.get_models()
    }
