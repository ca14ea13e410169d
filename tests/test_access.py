"""Who may see what: every address for every kind of person. This table is the portal's security documentation.

A new address gets a row here, one of the staff pages in `test_access_admin.py`, or the tests fail. In the order of `PEOPLE` a row says:

    200, 404, 403, 405 …   the answer itself
    login                  asked to log in
    wait                   led to where one says where one works, and then waits to be let in
    start, groups, staff   led to the start page, to one's work groups, to the staff's own pages
    group, consultation    led to a page of the group's, of the consultation's
    times                  led to the coordinator's own page of published times

The group and what belongs to it are Halmstad's. `member` is in the group, `outsider` in one of another county, and
`stranger` has not been let in. Staff have used their second factor; without it they see none of this.
"""

import re

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from metodstod.models import AccessLog

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
DESK = "login wait 404 404 200 200 404 200"
PUBLISHERS = "login wait 404 404 200 200 404 404"
PUBLISHERS_POST = "401 wait 404 404 200 200 404 404"

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
    "lectures:plan": EVERYONE,
    "lectures:plan_calendar": NOBODY,  # No day has been chosen.
    "lectures:materials": EVERYONE,
    "lectures:material_file": NOBODY,
    "lectures:meeting_list": MEMBERS,
    "lectures:meeting_create": MEMBERS,
    "lectures:meeting_start": MEMBERS,
    "lectures:meeting_lead": MEMBERS,
    "lectures:attendance_pdf": MEMBERS,
    "lectures:personal_note": MEMBERS,
    "lectures:meeting": MEMBERS,
    "lectures:meeting_update": MEMBERS,
    "lectures:meeting_delete": MEMBERS,
    "feedback:about": EVERYONE,
    "feedback:outcomes": EVERYONE,
    "feedback:receipt": "login wait 404 200 staff 404 404 staff",
    "feedback:own_copy": "login wait 404 200 staff 404 404 staff",
    "feedback:follow_up": EVERYONE,
    "feedback:draft": MEMBERS,
    "feedback:review": "login wait 404 group 404 404 404 404",
    "feedback:earlier": "login wait 404 404 404 404 404 404",  # The member's own draft has not been begun.
    "feedback:presence": ONLY_POST,
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
    "consultations:choose": ASKING_SIDE,
    "consultations:swap": ASKING_SIDE,
    "consultations:line": ASKING_SIDE,
    "consultations:offer": ONLY_POST,
    "consultations:suits": "login wait 404 409 403 404 404 403",
    "consultations:settle_on": ONLY_POST,
    "consultations:partner_times": EVERYONE,
    "consultations:partner_wish": EVERYONE,
    "consultations:my_times": PUBLISHERS,
    "consultations:time_publish": PUBLISHERS,
    "consultations:weekly_publish": PUBLISHERS,
    "consultations:time_withdraw": "login wait 404 404 405 405 404 404",
    "consultations:weekly_withdraw": "login wait 404 404 405 405 404 404",
    "consultations:feed_make": "login wait 404 404 405 405 404 404",
    "consultations:feed_end": "login wait 404 404 405 405 404 404",
    "consultations:feed": NOBODY,  # This secret is another one's.
    "consultations:take": ONLY_POST,
    "consultations:let_stand": ONLY_POST,
    "consultations:propose": ANSWERING_SIDE,
    "consultations:move": ANSWERING_SIDE,
    "consultations:cancel": ANSWERING_SIDE,
    "consultations:withdraw_link": ONLY_POST,
    "consultations:invite": BOTH_SIDES,
    "consultations:rule": ANSWERING_SIDE,
    "consultations:outcome": ANSWERING_SIDE,
    "consultations:step": BOTH_SIDES,
    "consultations:step_done": ONLY_POST,
    "consultations:follow_up": "login wait 404 404 404 404 404 404",  # The meeting has not been held.
    "consultations:mandate_pdf": BOTH_SIDES,
    "consultations:joint_answer": ONLY_POST,
    "consultations:joint_leave": ONLY_POST,
    "consultations:joint_list": EVERYONE,
    "consultations:joint_create": "login wait 404 404 400 400 404 400",  # Nobody is chosen.
    "consultations:joint_close": ONLY_POST,
    "consultations:desk": DESK,
    "consultations:week": DESK,
    "consultations:figures": DESK,
    "figures": DESK,
    "consultations:export": DESK,
    "consultations:mandate_copy": NOBODY,  # The manager has not decided.
    "consultations:partner": EVERYONE,
    "consultations:partner_withdraw": EVERYONE,
    "consultations:partner_manager": EVERYONE,
    "consultations:partner_ask_again": EVERYONE,
    "consultations:partner_withdraw_link": EVERYONE,
    "consultations:partner_answer": NOBODY,  # The manager has not asked anything.
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
    "reading_list": "login wait 200 200 200 200 200 200",
    "session_list": "login wait 200 200 200 200 200 200",
    "session_end": ONLY_POST,
    "end_sessions": ONLY_POST,
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
    "mfa_add_webauthn": STAFF,
    "mfa_reauthenticate_webauthn": "login wait 404 404 403 403 403 403",
    "mfa_remove_webauthn": "login wait 404 404 404 404 404 404",
    "openid_connect_login": NOBODY,
    "openid_connect_callback": NOBODY,
    "mfa_view_recovery_codes": "login wait 404 404 404 404 404 404",
    "mfa_generate_recovery_codes": STAFF,
    "mfa_download_recovery_codes": "login wait 404 404 404 404 404 404",
    "demo_mailbox": NOBODY,
    "csp_report": "405 405 405 405 405 405 405 405",
    "healthz": EVERYONE,
    "readyz": "503 503 503 503 503 503 503 503",
    "security_txt": EVERYONE,
    "metrics": NOBODY,
}

# What POST answers to an empty form, where it is not 405 for everyone.
POSTED = {
    "lectures:meeting_list": "401 wait 404 405 404 404 404 404",
    "lectures:meeting_create": MEMBERS_POST,
    "lectures:meeting_start": MEMBERS_POST,
    "lectures:meeting_lead": MEMBERS_POST,
    "lectures:attendance_pdf": "401 wait 404 405 404 404 404 404",
    "lectures:personal_note": "401 wait 404 405 404 404 404 404",
    "lectures:meeting": "401 wait 404 405 404 404 404 404",
    "lectures:meeting_update": MEMBERS_POST,
    "lectures:meeting_delete": "401 wait 404 group 404 404 404 404",
    "feedback:receipt": ONLY_GET,
    "feedback:own_copy": ONLY_GET,
    "feedback:follow_up": EVERYONE,
    "feedback:draft": "401 wait 404 group 404 404 404 404",
    "feedback:review": "401 wait 404 group 404 404 404 404",
    "feedback:earlier": "401 wait 404 404 404 404 404 404",
    "feedback:presence": "401 wait 404 200 404 404 404 404",
    "consultations:detail": ONLY_GET,
    "consultations:calendar": ONLY_GET,
    "consultations:change": ASKING_SIDE_POST,
    "consultations:manager": ASKING_SIDE_POST,
    "consultations:ask_again": "401 wait 404 409 409 404 404 409",
    "consultations:answer": "401 wait 404 404 403 404 404 403",
    "consultations:accept": "401 wait 404 404 404 404 404 404",
    "consultations:refuse": ASKING_SIDE_POST,
    "consultations:withdraw": ASKING_SIDE_POST,
    "consultations:choose": ASKING_SIDE_POST,
    "consultations:swap": ASKING_SIDE_POST,
    "consultations:line": ASKING_SIDE_POST,
    "consultations:offer": "401 wait 404 404 404 404 404 404",
    "consultations:suits": ASKING_SIDE_POST,
    "consultations:settle_on": "401 wait 404 404 404 404 404 404",
    "consultations:partner_times": EVERYONE,
    "consultations:partner_wish": EVERYONE,
    "consultations:my_times": "401 wait 404 404 405 405 404 404",
    "consultations:time_publish": PUBLISHERS_POST,
    "consultations:weekly_publish": PUBLISHERS_POST,
    "consultations:time_withdraw": "401 wait 404 404 times 404 404 404",
    "consultations:weekly_withdraw": "401 wait 404 404 times 404 404 404",
    "consultations:feed_make": PUBLISHERS_POST,
    "consultations:feed_end": "401 wait 404 404 times times 404 404",
    "consultations:take": "401 wait 404 403 consultation 404 404 consultation",
    "consultations:let_stand": "401 wait 404 409 409 404 404 409",
    "consultations:propose": ANSWERING_SIDE_POST,
    "consultations:move": ANSWERING_SIDE_POST,
    "consultations:cancel": ANSWERING_SIDE_POST,
    "consultations:withdraw_link": "401 wait 404 409 409 404 404 409",
    "consultations:invite": "401 wait 404 200 200 404 404 200",
    "consultations:rule": ANSWERING_SIDE_POST,
    "consultations:outcome": ANSWERING_SIDE_POST,
    "consultations:step": "401 wait 404 200 200 404 404 200",
    "consultations:step_done": "401 wait 404 404 404 404 404 404",
    "consultations:follow_up": "401 wait 404 404 404 404 404 404",
    "consultations:mandate_pdf": ONLY_GET,
    "consultations:joint_answer": "401 wait 404 404 404 404 404 404",
    "consultations:joint_leave": "401 wait 404 409 409 404 404 409",
    "consultations:joint_create": "401 wait 404 404 400 400 404 400",
    "consultations:joint_close": "401 wait 404 404 404 404 404 404",
    "consultations:desk": ONLY_GET,
    "consultations:week": ONLY_GET,
    "consultations:figures": ONLY_GET,
    "figures": ONLY_GET,
    "consultations:export": ONLY_GET,
    "consultations:partner": EVERYONE,
    "consultations:partner_withdraw": EVERYONE,
    "consultations:partner_manager": EVERYONE,
    "consultations:partner_ask_again": EVERYONE,
    "consultations:partner_withdraw_link": EVERYONE,
    "consultations:partner_answer": NOBODY,
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
    "reading_list": ONLY_GET,
    "session_list": ONLY_GET,
    "session_end": "401 wait logins logins logins logins logins logins",
    "end_sessions": "401 wait login login login login login login",
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
    "mfa_add_webauthn": STAFF_POST,
    "mfa_reauthenticate_webauthn": "401 wait 404 404 403 403 403 403",
    "mfa_remove_webauthn": "401 wait 404 404 404 404 404 404",
    "openid_connect_login": NOBODY,
    "openid_connect_callback": NOBODY,
    "mfa_view_recovery_codes": "401 wait 404 404 405 405 405 405",
    "mfa_generate_recovery_codes": STAFF_POST,
    "mfa_download_recovery_codes": "401 wait 404 404 404 404 404 404",
    "demo_mailbox": NOBODY,
    "csp_report": "400 400 400 400 400 400 400 400",
    "healthz": EVERYONE,
    "readyz": "503 503 503 503 503 503 503 503",
    "security_txt": EVERYONE,
    "metrics": NOBODY,
}
NO_POST = "405 405 405 405 405 405 405 405"

# The other roles are met outside the admin as the editor is, but for these answers.
OTHER_ROLES = ["statistician", "archivist", "other_archivist"]
STAFF_ROLES = ["coordinator", "other_coordinator", "editor", "lead", *OTHER_ROLES]
NOT_THEIRS = dict.fromkeys(
    (
        f"consultations:{act}"
        for act in (
            "answer",
            "cancel",
            "change",
            "choose",
            "follow_up",
            "invite",
            "joint_create",
            "line",
            "manager",
            "move",
            "outcome",
            "propose",
            "refuse",
            "rule",
            "step",
            "suits",
            "swap",
            "withdraw",
        )
    ),
    "403",
)
STATISTICIAN = {  # Counts, and reads nothing of what is counted.
    "GET": {"consultations:figures": "200", "figures": "200"},
    "POST": {},
}
ARCHIVIST = {  # Reads what the own county has received, and does nothing with it.
    "GET": NOT_THEIRS
    | {"feedback:receipt": "staff", "feedback:own_copy": "staff"}
    | {"consultations:detail": "200", "consultations:calendar": "200"}
    | dict.fromkeys(("consultations:desk", "consultations:week", "consultations:figures"), "200")
    | {"consultations:mandate_pdf": "200", "consultations:export": "403"},
    "POST": NOT_THEIRS
    | {"consultations:take": "403"}
    | dict.fromkeys(
        (
            "consultations:ask_again",
            "consultations:withdraw_link",
            "consultations:joint_leave",
            "consultations:let_stand",
        ),
        "409",
    ),
}
OTHER_ARCHIVIST = {  # The desk is there, with the other county's in it.
    "GET": dict.fromkeys(("consultations:desk", "consultations:week", "consultations:figures"), "200")
    | dict.fromkeys(("consultations:export", "consultations:joint_create"), "403"),
    "POST": {"consultations:joint_create": "403"},
}
UNLIKE_THE_EDITOR = {"statistician": STATISTICIAN, "archivist": ARCHIVIST, "other_archivist": OTHER_ARCHIVIST}


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
        "/tider/": "times",
        "/konto/inloggningar/": "logins",
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


def unlike(answers, table):
    """Return what differs, as name: (what was answered, what the table says)."""
    return {
        name: (answers.get(name), table.get(name))
        for name in {*answers, *table}
        if answers.get(name) != table.get(name)
    }


@pytest.fixture
def world(world):
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
        for name in sorted(addresses, key=lambda name: name in {"account_logout", "end_sessions"})
    }

    assert unlike(rows(answers), table) == {}


MISSING = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "999999",
    "reference": "222-222-222",
    "str": "A" * 22,
    "slug": "finns-inte",
}


@pytest.mark.parametrize(
    "who", ["outsider", "other_coordinator", "editor", "statistician", "other_archivist"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_foreign_and_missing_answer_alike(world, who, method):
    """Whoever may not see a thing cannot learn that it is there: not by the status, not by a letter in the page."""
    client, alike, unlike_ = world.client(who), 0, []
    for name, route in routes():
        if "<" not in route:
            continue
        missing = "/" + re.sub(r"<(\w+):\w+>", lambda match: MISSING.get(match[1], "x"), route)
        answers = []
        for address in (world.fill(route), missing):
            with transaction.atomic():
                answers.append(
                    client.generic(method, address, content_type="application/x-www-form-urlencoded")
                )
                transaction.set_rollback(True)
        foreign, none = answers
        if foreign.status_code == 404:
            alike += 1
            if (none.status_code, none.content) != (foreign.status_code, foreign.content):
                unlike_.append(name)

    assert unlike_ == []
    assert alike > 15


def test_every_address_has_a_row():
    names = {name for name, _ in routes()}

    assert names == set(TABLE)
    assert set(POSTED) <= names


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", OTHER_ROLES)
def test_every_address_for_the_other_roles(world, who, method):
    table = TABLE if method == "GET" else {name: POSTED.get(name, NO_POST) for name in TABLE}
    expected = {
        name: answers.split()[PEOPLE.index("editor")] for name, answers in table.items()
    } | UNLIKE_THE_EDITOR[who][method]
    addresses = {name: world.fill(route) for name, route in routes()}
    client = world.client(who)

    answers = {
        name: ask(client, method, addresses[name])
        for name in sorted(addresses, key=lambda name: name in {"account_logout", "end_sessions"})
    }

    assert unlike(answers, expected) == {}


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
