"""Who may see what: every address for every kind of person. This table is the portal's security documentation.

A new address gets a row here, or the tests fail. In the order of `PEOPLE` a row says:

    200, 404, 403, 405 …   the answer itself
    login                  asked to log in
    wait                   led to where one says where one works, and then waits to be let in
    start, groups, staff   led to the start page, to one's work groups, to the staff's own pages
    group, consultation    led to a page of the group's, of the consultation's

The group and what belongs to it are Halmstad's. `member` is in the group, `outsider` in one of another county, and
`stranger` has not been let in. Staff have used their second factor; without it they see none of this.
"""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from metodstod.models import AccessLog
from tests.world import World

PEOPLE = ["visitor", "stranger", "outsider", "member", "coordinator", "other_coordinator", "editor", "lead"]

# Answers that several addresses share.
EVERYONE = "200 200 200 200 200 200 200 200"
NOBODY = "404 404 404 404 404 404 404 404"  # This lecture has no film, and this is not the demo.
MEMBERS = "login wait 404 200 404 404 404 404"
BOTH_SIDES = "login wait 404 200 200 404 404 200"
ASKING_SIDE = "login wait 404 200 403 404 404 403"
ONLY_POST = "login wait 405 405 405 405 405 405"
ANSWERING_SIDE = "login wait 404 403 200 404 404 200"
LOGGED_OUT = "200 groups group groups staff staff staff staff"
IN_THE_MIDST_OF_LOGIN = "login groups group groups staff staff staff staff"
STAFF = "login wait 404 404 200 200 200 200"
MEMBERS_POST = "401 wait 404 200 404 404 404 404"
ONLY_GET = "401 wait 405 405 405 405 405 405"
ASKING_SIDE_POST = "401 wait 404 200 403 404 404 403"
ANSWERING_SIDE_POST = "401 wait 404 403 200 404 404 200"
STAFF_POST = "401 wait 404 404 200 200 200 200"

# What GET answers.
TABLE = {
    "start": EVERYONE,
    "about": EVERYONE,
    "privacy": EVERYONE,
    "accessibility": EVERYONE,
    "help": EVERYONE,
    "lectures:list": EVERYONE,
    "lectures:detail": EVERYONE,
    "lectures:film": NOBODY,
    "lectures:captions": NOBODY,
    "lectures:poster": NOBODY,
    "lectures:materials": EVERYONE,
    "lectures:material_file": NOBODY,
    "lectures:meeting_list": MEMBERS,
    "lectures:meeting_create": MEMBERS,
    "lectures:meeting": MEMBERS,
    "lectures:meeting_update": MEMBERS,
    "lectures:meeting_delete": MEMBERS,
    "feedback:about": EVERYONE,
    "feedback:receipt": "login wait 404 200 staff 404 404 staff",
    "feedback:draft": MEMBERS,
    "feedback:review": "login wait 404 group 404 404 404 404",
    "consultations:about": EVERYONE,
    "consultations:detail": BOTH_SIDES,
    "consultations:calendar": BOTH_SIDES,
    "consultations:change": ASKING_SIDE,
    "consultations:manager": ASKING_SIDE,
    "consultations:ask_again": ONLY_POST,
    "consultations:answer": "login wait 404 404 403 404 404 403",
    "consultations:accept": ONLY_POST,
    "consultations:refuse": ASKING_SIDE,
    "consultations:withdraw": ASKING_SIDE,
    "consultations:take": ONLY_POST,
    "consultations:propose": ANSWERING_SIDE,
    "consultations:move": ANSWERING_SIDE,
    "consultations:cancel": ANSWERING_SIDE,
    "consultations:create": MEMBERS,
    "consultations:mandate": EVERYONE,
    "team_list": "login wait 200 200 staff staff staff staff",
    "team_create": "login wait 200 200 staff staff staff staff",
    "invitation_answer": ONLY_POST,
    "team_detail": MEMBERS,
    "team_update": MEMBERS,
    "team_close": MEMBERS,
    "team_leave": MEMBERS,
    "team_hand_over": MEMBERS,
    "invitation_create": MEMBERS,
    "invitation_withdraw": ONLY_POST,
    "user_update": "login wait 200 200 200 200 200 200",
    "admission": "login 200 groups groups groups groups groups groups",
    "account_login": LOGGED_OUT,
    "account_request_login_code": LOGGED_OUT,
    "account_confirm_login_code": IN_THE_MIDST_OF_LOGIN,
    "account_logout": "start 200 200 200 200 200 200 200",
    "account_inactive": EVERYONE,
    "mfa_authenticate": IN_THE_MIDST_OF_LOGIN,
    "mfa_index": STAFF,
    "mfa_reauthenticate": "login wait 404 404 403 403 403 403",
    "mfa_activate_totp": STAFF,
    "mfa_deactivate_totp": "login wait 404 404 404 404 404 404",
    "mfa_view_recovery_codes": "login wait 404 404 404 404 404 404",
    "mfa_generate_recovery_codes": STAFF,
    "mfa_download_recovery_codes": "login wait 404 404 404 404 404 404",
    "demo_mailbox": NOBODY,
    "healthz": EVERYONE,
    "readyz": "503 503 503 503 503 503 503 503",
    "security_txt": EVERYONE,
    "metrics": NOBODY,
}

# What POST answers to an empty form, where it is not 405 for everyone.
POSTED = {
    "lectures:meeting_list": "401 wait 404 405 404 404 404 404",
    "lectures:meeting_create": MEMBERS_POST,
    "lectures:meeting": "401 wait 404 405 404 404 404 404",
    "lectures:meeting_update": MEMBERS_POST,
    "lectures:meeting_delete": "401 wait 404 group 404 404 404 404",
    "feedback:receipt": ONLY_GET,
    "feedback:draft": "401 wait 404 group 404 404 404 404",
    "feedback:review": "401 wait 404 group 404 404 404 404",
    "consultations:detail": ONLY_GET,
    "consultations:calendar": ONLY_GET,
    "consultations:change": ASKING_SIDE_POST,
    "consultations:manager": ASKING_SIDE_POST,
    "consultations:ask_again": "401 wait 404 409 409 404 404 409",
    "consultations:answer": "401 wait 404 404 403 404 404 403",
    "consultations:accept": "401 wait 404 404 404 404 404 404",
    "consultations:refuse": ASKING_SIDE_POST,
    "consultations:withdraw": ASKING_SIDE_POST,
    "consultations:take": "401 wait 404 403 consultation 404 404 consultation",
    "consultations:propose": ANSWERING_SIDE_POST,
    "consultations:move": ANSWERING_SIDE_POST,
    "consultations:cancel": ANSWERING_SIDE_POST,
    "consultations:create": MEMBERS_POST,
    "consultations:mandate": EVERYONE,
    "team_list": "401 wait 405 405 staff staff staff staff",
    "team_create": "401 wait 200 200 staff staff staff staff",
    "invitation_answer": "401 wait 404 404 404 404 404 404",
    "team_detail": ONLY_GET,
    "team_update": MEMBERS_POST,
    "team_close": "401 wait 404 group 404 404 404 404",
    "team_leave": "401 wait groups group groups groups groups groups",
    "team_hand_over": MEMBERS_POST,
    "invitation_create": MEMBERS_POST,
    "invitation_withdraw": "401 wait 404 404 404 404 404 404",
    "user_update": "401 wait 200 200 200 200 200 200",
    "admission": "401 200 200 200 200 200 200 200",
    "account_login": LOGGED_OUT,
    "account_request_login_code": LOGGED_OUT,
    "account_confirm_login_code": IN_THE_MIDST_OF_LOGIN,
    "account_logout": "start start start start start start start start",
    "mfa_authenticate": IN_THE_MIDST_OF_LOGIN,
    "mfa_index": "401 wait 404 404 405 405 405 405",
    "mfa_reauthenticate": "401 wait 404 404 403 403 403 403",
    "mfa_activate_totp": STAFF_POST,
    "mfa_deactivate_totp": "401 wait 404 404 404 404 404 404",
    "mfa_view_recovery_codes": "401 wait 404 404 405 405 405 405",
    "mfa_generate_recovery_codes": STAFF_POST,
    "mfa_download_recovery_codes": "401 wait 404 404 404 404 404 404",
    "demo_mailbox": NOBODY,
    "healthz": EVERYONE,
    "readyz": "503 503 503 503 503 503 503 503",
    "security_txt": EVERYONE,
    "metrics": NOBODY,
}
NO_POST = "405 405 405 405 405 405 405 405"

# What staff may do with the rows of a model. `-` nothing; `read` a table and a reading view; `change`; `add` and change;
# `all`, deleting too. `(read)`: the table, but not the row that is tried, which is another county's. Drafts are not here.
STAFF_ROLES = ["coordinator", "other_coordinator", "editor", "lead"]
LEVELS = {  # The table, a row's page (`+` with a button that saves), adding, deleting.
    "-": "403 403 403 403",
    "read": "200 200 403 403",
    "(read)": "200 staff 403 403",
    "change": "200 200+ 403 403",
    "add": "200 200+ 200 403",
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
    "feedback.submission": "change (read) - change",
    "feedback.questionset": "read read read read",
    "consultations.consultation": "read (read) - read",
    "consultations.booking": "read (read) - read",
    "account.emailaddress": "- - - -",
    "mfa.authenticator": "- - - -",
    "django_q.schedule": "- - - -",
    "django_q.success": "- - - -",
    "django_q.failure": "- - - -",
    "django_q.ormq": "- - - -",
}


def routes(resolver=None, route="", namespace=""):
    """Yield the name and the route of every address outside the admin."""
    for pattern in (resolver or get_resolver()).url_patterns:
        here = route + str(pattern.pattern)
        if not isinstance(pattern, URLResolver):
            yield namespace + pattern.name, here
        elif pattern.namespace != "admin":
            yield from routes(pattern, here, f"{pattern.namespace}:" if pattern.namespace else namespace)


def said(response):
    """Return the answer in the table's words."""
    if response.status_code not in {301, 302}:
        return str(response.status_code)
    path = response["Location"].partition("?")[0]
    words = {
        "/konto/login/": "login",
        "/admin/login/": "login",
        "/konto/tilltrade/": "wait",
        "/arbetsgrupp/": "groups",
        "/": "start",
    }
    if path in words:
        return words[path]
    for beginning, word in {
        "/admin/": "staff",
        "/arbetsgrupp/": "group",
        "/konsultation/": "consultation",
    }.items():
        if path.startswith(beginning):
            return word
    return path


def rows(answers):
    return {name: " ".join(answer) for name, answer in answers.items()}


@pytest.fixture
def world(db):
    world = World()
    AccessLog.record(world.people["coordinator"], "read", world.submission, reference="x")
    return world


def ask(client, method, address):
    """Ask, and undo what the request did."""
    with transaction.atomic():
        answer = said(client.generic(method, address, content_type="application/x-www-form-urlencoded"))
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_address_for_every_person(world, method):
    table = TABLE if method == "GET" else {name: POSTED.get(name, NO_POST) for name in TABLE}
    addresses = {name: world.fill(route) for name, route in routes()}

    clients = [world.client(who) for who in PEOPLE]

    # Logging out empties the clients' cookies, so it comes last.
    answers = {
        name: [ask(client, method, addresses[name]) for client in clients]
        for name in sorted(addresses, key=lambda name: name == "account_logout")
    }

    assert rows(answers) == table


def test_every_address_has_a_row():
    names = {name for name, _ in routes()}

    assert names == set(TABLE)
    assert set(POSTED) <= names


def admin_addresses(world, model):
    """Return the addresses of a model in the admin: its table, one of its rows in Halland, adding, deleting."""
    rows = {
        "metodstod.user": world.people["member"],
        "metodstod.team": world.team,
        "lectures.meeting": world.meeting,
        "feedback.submission": world.submission,
        "consultations.consultation": world.confirmed,
        "consultations.booking": world.confirmed.bookings.first(),
    }
    label = model._meta.label_lower
    row = rows.get(label) or model._default_manager.order_by("pk").first()
    before, key = f"/admin/{label.replace('.', '/')}/", row.pk if row else "0"
    return [before, f"{before}{key}/change/", f"{before}add/", f"{before}{key}/delete/"]


def seen(client, address):
    response = client.get(address)
    saves = address.endswith("/change/") and b'name="_save"' in response.content
    return said(response) + ("+" if saves else "")


@pytest.mark.parametrize("who", STAFF_ROLES)
def test_every_model_in_the_admin_for_staff(world, who):
    client, place = world.client(who), STAFF_ROLES.index(who)

    answers = {
        model._meta.label_lower: [seen(client, address) for address in admin_addresses(world, model)]
        for model in admin.site._registry
    }

    assert rows(answers) == {label: LEVELS[levels.split()[place]] for label, levels in ADMIN.items()}


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


@pytest.mark.parametrize("who", STAFF_ROLES)
def test_staff_without_their_second_factor_see_only_what_is_public(world, who):
    client = Client()
    client.force_login(world.people[who])
    closed = [
        name
        for name, answers in TABLE.items()
        if answers.split()[0] == "login" and not name.startswith(("account_", "mfa_"))
    ]
    addresses = {name: world.fill(route) for name, route in routes()}

    answers = {name: client.get(addresses[name])["Location"].partition("?")[0] for name in closed}

    assert set(answers.values()) == {"/konto/2fa/totp/activate/"}
    assert len(answers) > 30
    assert client.get("/admin/")["Location"].startswith("/konto/2fa/totp/activate/")


def test_drafts_and_their_answers_are_nowhere_in_the_admin():
    registered = {model._meta.label_lower for model in admin.site._registry}

    assert {"feedback.draft", "feedback.draftanswer"} & registered == set()
    assert {"feedback.draft", "feedback.draftanswer"} <= {
        model._meta.label_lower for model in apps.get_models()
    }
