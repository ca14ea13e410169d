"""The inventory: every page of the portal, for each person who meets it, in every state that it can be in.

What is looked at by machine is looked at from here: correct HTML, accessibility, narrow windows, hostile input.
`tests/gallery.py` fetches the pages. A page with `fill` is what comes back after its form has been sent so.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import URLResolver, get_resolver, reverse

from tests.world import LONG_TEXT, LONG_WORD


@dataclass(frozen=True)
class Page:
    name: str
    who: str
    address: Callable  # World → path, with its query
    fill: Callable | None = None  # What to send: (fields as they stand, names of the typed ones) → fields
    status: int = 200
    form: str = "main form[method=post]"
    template: str = ""  # Rendered as it is: an error page that no address leads to.

    @property
    def admin(self):
        return self.name.startswith("admin")

    @property
    def plain(self):
        """Whether the page is simply asked for."""
        return self.fill is None and not self.template


# How a form is filled ------------------------------------------------------------------------------


def empty(fields, typed):
    """Nothing written and nothing chosen; what the page itself carries stays."""
    return {name: value for name, value in fields.items() if name in {"key", "scope", "sequence"}}


def long(fields, typed):
    """Far too much in every field, with a word that is wider than a telephone."""
    return fields | dict.fromkeys(typed, LONG_TEXT * 2)


def number(fields, typed):
    """An identity number in the free text, which the portal refuses and offers to mask."""
    return fields | dict.fromkeys(typed, "Hon är född 811218-9876 och bor i Halmstad.")


def wrong(fields, typed):
    """What looks right and is not."""
    return fields | dict.fromkeys(typed, "Det här stämmer inte")


def chosen(**values):
    def fill(fields, typed):
        return fields | values

    return fill


# Addresses -----------------------------------------------------------------------------------------


def at(name, *things):
    """Return a function from the world to an address; a thing is the name of something in the world, dotted."""

    def address(world):
        return reverse(name, args=[find(world, thing) for thing in things])

    return address


def find(world, thing):
    for part in thing.split("."):
        world = getattr(world, part)
    return world


def path(text):
    return lambda world: text


def of(world_name):
    """A consultation's pages are known by its reference."""
    return f"{world_name}.reference"


# The pages -----------------------------------------------------------------------------------------

OPEN = [
    Page("start", "visitor", path("/")),
    Page("about", "visitor", path("/om/")),
    Page("privacy", "visitor", path("/personuppgifter/")),
    Page("accessibility", "visitor", path("/tillganglighet/")),
    Page("help", "visitor", path("/stod-och-kontakt/")),
    Page("lectures", "visitor", path("/forelasningar/")),
    Page("lectures filtered", "visitor", path("/forelasningar/?malgrupp=manniskohandel&q=handel")),
    Page("lectures without hits", "visitor", path("/forelasningar/?q=finnsinte")),
    Page("lectures, a long search", "visitor", path(f"/forelasningar/?q={LONG_WORD}")),
    Page("lecture", "visitor", path("/forelasningar/vad-ar-manniskohandel/")),
    Page("lecture for a field", "visitor", path("/forelasningar/stod-barn-och-unga/")),
    Page("lecture with a film", "visitor", at("lectures:detail", "filmed.slug")),
    Page("lecture elsewhere", "visitor", at("lectures:detail", "elsewhere.slug")),
    Page(
        "lecture elsewhere, shown",
        "visitor",
        lambda world: at("lectures:detail", "elsewhere.slug")(world) + "?visa=film",
    ),
    Page("material", "visitor", path("/material/")),
    Page("feedback", "visitor", path("/aterkoppling/")),
    Page("consultation", "visitor", path("/konsultation/")),
]

LOGIN = [
    Page("login", "visitor", path("/konto/login/")),
    Page("login, empty", "visitor", path("/konto/login/"), empty),
    Page("login, wrong", "visitor", path("/konto/login/"), wrong),
    Page("login code", "code", path("/konto/login/code/confirm/")),
    Page("login code, empty", "code", path("/konto/login/code/confirm/"), empty),
    Page("login code, wrong", "code", path("/konto/login/code/confirm/"), chosen(code="00000000")),
    Page("logout", "member", path("/konto/logout/")),
    Page("person", "member", path("/konto/")),
    Page("person, empty", "member", path("/konto/"), empty),
    Page("person, long", "member", path("/konto/"), long),
    Page("admission", "stranger", path("/konto/tilltrade/")),
    Page("admission, empty", "stranger", path("/konto/tilltrade/"), empty),
    Page("admission, waiting", "waiting", path("/konto/tilltrade/")),
    Page("account inactive", "visitor", path("/konto/inactive/")),
    Page("held text", "visitor", at("feedback:draft", "team.pk"), None, 401),
    Page("second factor", "coordinator", path("/konto/2fa/")),
    Page("second factor, in use", "enrolled", path("/konto/2fa/")),
    Page("second factor, begun", "unenrolled", path("/konto/2fa/totp/activate/")),
    Page("second factor, wrong", "unenrolled", path("/konto/2fa/totp/activate/"), wrong),
    Page("second factor, asked", "half_in", path("/konto/2fa/authenticate/")),
    Page("second factor, refused", "half_in", path("/konto/2fa/authenticate/"), wrong),
    Page("second factor, removed", "enrolled", path("/konto/2fa/totp/deactivate/")),
    Page("second factor, again", "enrolled", path("/konto/2fa/reauthenticate/?next=/konto/2fa/")),
    Page(
        "second factor, again, wrong", "enrolled", path("/konto/2fa/reauthenticate/?next=/konto/2fa/"), wrong
    ),
    Page("recovery codes", "enrolled", path("/konto/2fa/recovery-codes/")),
    Page("recovery codes anew", "enrolled", path("/konto/2fa/recovery-codes/generate/")),
]

GROUPS = [
    Page("groups", "member", path("/arbetsgrupp/")),
    Page("groups, none", "fresh", path("/arbetsgrupp/")),
    Page("group new", "member", path("/arbetsgrupp/ny/")),
    Page("group new, nameless", "nameless", path("/arbetsgrupp/ny/")),
    Page("group new, empty", "nameless", path("/arbetsgrupp/ny/"), empty),
    Page("group new, long", "member", path("/arbetsgrupp/ny/"), long),
    Page("group", "member", at("team_detail", "team.pk")),
    Page("group, as colleague", "colleague", at("team_detail", "team.pk")),
    Page("group, long", "member", at("team_detail", "busy.pk")),
    Page("group, sent", "member", at("team_detail", "sent.pk")),
    Page("group, closed", "member", at("team_detail", "closed.pk")),
    Page("group, proposed", "member", at("team_detail", "proposed.team.pk")),
    Page("group, confirmed", "member", at("team_detail", "confirmed.team.pk")),
    Page("group edit", "member", at("team_update", "team.pk")),
    Page("group edit, empty", "member", at("team_update", "team.pk"), empty),
    Page("group close", "member", at("team_close", "team.pk")),
    Page("group leave", "member", at("team_leave", "team.pk")),
    Page("group leave, colleague", "colleague", at("team_leave", "team.pk")),
    Page("group leave, alone", "outsider", at("team_leave", "foreign.pk")),
    Page("group hand over", "member", at("team_hand_over", "team.pk")),
    Page("group hand over, empty", "member", at("team_hand_over", "team.pk"), empty),
    Page("group invite", "member", at("invitation_create", "team.pk")),
    Page("group invite, empty", "member", at("invitation_create", "team.pk"), empty),
    Page("group invite, long", "member", at("invitation_create", "team.pk"), long),
]

MEETINGS = [
    Page("meetings", "member", at("lectures:meeting_list", "busy.pk")),
    Page("meetings, none", "member", at("lectures:meeting_list", "team.pk")),
    Page("meetings, closed", "member", at("lectures:meeting_list", "closed.pk")),
    Page("meeting", "member", at("lectures:meeting", "busy.pk", "meeting.pk")),
    Page("meeting, closed", "member", at("lectures:meeting", "closed.pk", "closed_meeting.pk")),
    Page("meeting new", "member", at("lectures:meeting_create", "team.pk")),
    Page("meeting new, seen", "member", at("lectures:meeting_create", "busy.pk")),
    Page("meeting new, empty", "member", at("lectures:meeting_create", "team.pk"), empty),
    Page("meeting new, wrong", "member", at("lectures:meeting_create", "team.pk"), wrong),
    Page("meeting edit", "member", at("lectures:meeting_update", "busy.pk", "meeting.pk")),
    Page("meeting edit, empty", "member", at("lectures:meeting_update", "busy.pk", "meeting.pk"), empty),
    Page("meeting delete", "member", at("lectures:meeting_delete", "busy.pk", "meeting.pk")),
]

DRAFT = at("feedback:draft", "team.pk")
FEEDBACK = [
    Page("draft", "member", DRAFT),
    Page("draft, long", "member", at("feedback:draft", "busy.pk")),
    Page("draft, too long", "member", DRAFT, long),
    Page("draft, a number", "member", DRAFT, number),
    Page(
        "draft, overtaken",
        "colleague",
        at("feedback:draft", "busy.pk"),
        lambda fields, typed: (
            fields
            | {"answer_1": "Mitt svar"}
            | {name: "0-" for name in fields if name.startswith("version")}
            | {"draft": ""}
        ),
        409,
    ),
    Page("draft, sent", "member", at("feedback:draft", "sent.pk")),
    Page("draft, closed", "member", at("feedback:draft", "closed.pk")),
    Page("review", "member", at("feedback:review", "busy.pk")),
    Page("review, changed", "member", at("feedback:review", "busy.pk"), chosen(versions="0-0-0-0-0"), 409),
    Page("receipt", "member", at("feedback:receipt", "submission.reference")),
]

CONSULTATIONS = [
    Page("ask", "member", at("consultations:create", "team.pk")),
    Page("ask, open already", "member", at("consultations:create", "asked.team.pk")),
    Page("ask, empty", "member", at("consultations:create", "team.pk"), empty),
    Page("ask, long", "member", at("consultations:create", "team.pk"), long),
    Page("ask, a number", "member", at("consultations:create", "team.pk"), number),
    *(
        Page(f"consultation, {state}{ending}", who, at("consultations:detail", of(state)))
        for who, ending in (("member", ""), ("coordinator", ", as coordinator"))
        for state in ("asked", "long", "questioned", "declined", "proposed", "held", "confirmed", "withdrawn")
    ),
    Page("change", "member", at("consultations:change", of("long"))),
    Page("change, empty", "member", at("consultations:change", of("asked")), empty),
    Page("change, overtaken", "member", at("consultations:change", of("asked")), chosen(scope="0"), 409),
    Page("change, ended", "member", at("consultations:change", of("withdrawn")), None, 409),
    Page("manager", "member", at("consultations:manager", of("declined"))),
    Page("manager, empty", "member", at("consultations:manager", of("declined")), empty),
    Page(
        "answer",
        "member",
        lambda world: reverse("consultations:answer", args=[world.questioned.reference, world.question.pk]),
    ),
    Page(
        "answer, empty",
        "member",
        lambda world: reverse("consultations:answer", args=[world.questioned.reference, world.question.pk]),
        empty,
    ),
    Page("refuse", "member", at("consultations:refuse", of("proposed"))),
    Page("refuse, empty", "member", at("consultations:refuse", of("proposed")), empty),
    Page("withdraw", "member", at("consultations:withdraw", of("asked"))),
    Page("withdraw, long", "member", at("consultations:withdraw", of("asked")), long),
    Page("propose", "coordinator", at("consultations:propose", of("asked"))),
    Page("propose, empty", "coordinator", at("consultations:propose", of("asked")), empty),
    Page("propose, wrong", "coordinator", at("consultations:propose", of("asked")), wrong),
    Page(
        "propose, twice",
        "coordinator",
        at("consultations:propose", of("asked")),
        chosen(date_1_day="31", date_1_month="10", date_1_year="2027", time_1="2.30"),
    ),
    Page("move", "coordinator", at("consultations:move", of("confirmed"))),
    Page("move, empty", "coordinator", at("consultations:move", of("confirmed")), empty),
    Page("cancel", "coordinator", at("consultations:cancel", of("confirmed"))),
    Page("cancel, empty", "coordinator", at("consultations:cancel", of("confirmed")), empty),
    Page("cancel, no time", "coordinator", at("consultations:cancel", of("asked"))),
    Page("mandate", "visitor", at("consultations:mandate", "token")),
    Page("mandate, long", "visitor", at("consultations:mandate", "long_token")),
    Page("mandate, empty", "visitor", at("consultations:mandate", "token"), empty),
    Page("mandate, no reason", "visitor", at("consultations:mandate", "token"), chosen(decision="declined")),
    Page("mandate, too long", "visitor", at("consultations:mandate", "token"), long),
    Page("mandate, questioned", "visitor", at("consultations:mandate", "questioned_token")),
    Page("mandate, declined", "visitor", at("consultations:mandate", "declined_token")),
    Page("mandate, given", "visitor", at("consultations:mandate", "confirmed_token")),
    Page("mandate, void", "visitor", at("consultations:mandate", "withdrawn_token"), None, 410),
    Page("mandate, unknown", "visitor", path("/mandat/AAAAAAAAAAAAAAAAAAAAAA/"), None, 404),
]

DEMO = [Page("demo mail", "visitor", path("/demo/post/"))]

ERRORS = [
    Page("not found", "visitor", path("/finns/inte/"), None, 404),
    Page("broken address", "visitor", path("/?q=%00"), None, 400),
    *(
        Page(f"error {code}", "visitor", path(""), template=f"{code}.html")
        for code in (400, 403, 404, 409, 429, 500, 503)
    ),
]

ADMIN = [
    Page("admin", "coordinator", path("/admin/")),
    Page("admin, as editor", "editor", path("/admin/")),
    Page("admin, as lead", "lead", path("/admin/")),
    Page("admin submissions", "coordinator", path("/admin/feedback/submission/")),
    Page("admin submissions, none", "coordinator", path("/admin/feedback/submission/?q=finnsinte")),
    Page("admin submission", "coordinator", at("admin:feedback_submission_change", "submission.pk")),
    Page("admin consultations", "coordinator", path("/admin/consultations/consultation/")),
    Page("admin consultation", "coordinator", at("admin:consultations_consultation_change", "confirmed.pk")),
    Page("admin bookings", "coordinator", path("/admin/consultations/booking/")),
    Page("admin groups", "coordinator", path("/admin/metodstod/team/")),
    Page("admin group", "coordinator", at("admin:metodstod_team_change", "busy.pk")),
    Page("admin people", "coordinator", path("/admin/metodstod/user/")),
    Page(
        "admin person",
        "lead",
        lambda world: reverse("admin:metodstod_user_change", args=[world.people["waiting"].pk]),
    ),
    Page("admin meetings", "coordinator", path("/admin/lectures/meeting/")),
    Page("admin lectures", "editor", path("/admin/lectures/lecture/")),
    Page("admin lecture", "editor", at("admin:lectures_lecture_change", "filmed.pk")),
    Page("admin history", "editor", at("admin:lectures_lecture_history", "filmed.pk")),
    Page(
        "admin history, earlier",
        "editor",
        lambda world: reverse(
            "admin:lectures_lecture_simple_history", args=[world.filmed.pk, world.filmed.history.first().pk]
        ),
    ),
    Page(
        "admin lecture, empty",
        "editor",
        at("admin:lectures_lecture_change", "filmed.pk"),
        lambda fields, typed: fields | dict.fromkeys(typed, ""),
        form="#content form[method=post]",
    ),
]

PAGES = [*OPEN, *LOGIN, *GROUPS, *MEETINGS, *FEEDBACK, *CONSULTATIONS, *DEMO, *ERRORS, *ADMIN]

# What the special checks look at.
PROSE = ["start", "about", "privacy", "accessibility", "help", "feedback", "consultation"]
PRINTED = ["receipt", "help", "lecture", "consultation, confirmed", "meeting"]
CHOICES = ["group new", "meeting new", "ask", "mandate", "cancel", "group hand over", "lectures"]

# Addresses that answer with something else than a page of their own, and what that is.
NOT_PAGES = {
    "metrics": "figures for a machine",
    "lectures:film": "the film",
    "lectures:captions": "the film's captions",
    "lectures:poster": "the film's still picture",
    "lectures:material_file": "a document",
    "consultations:calendar": "a calendar file",
    "consultations:accept": "a button on the consultation's page",
    "consultations:ask_again": "a button on the consultation's page",
    "consultations:take": "a button on the consultation's page",
    "invitation_answer": "two buttons on the page of groups",
    "invitation_withdraw": "a button on the group's page",
    "account_request_login_code": "the login page again",
    "mfa_download_recovery_codes": "a text file",
    "healthz": "a word for machines",
    "readyz": "JSON for machines",
    "security_txt": "a text file",
}


def addresses():
    """Return the name of every address of ours; admin has its own."""
    found, waiting = set(), [(get_resolver(), "")]
    while waiting:
        resolver, space = waiting.pop()
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace != "admin":
                    waiting.append((pattern, f"{pattern.namespace}:" if pattern.namespace else space))
            elif pattern.name:
                found.add(space + pattern.name)
    return found
