"""The inventory: every page of the portal, for each person who meets it, in every state that it can be in.

What is looked at by machine is looked at from here: correct HTML, accessibility, narrow windows, hostile input.
`tests/gallery.py` fetches the pages. A page with `fill` is what comes back after its form has been sent so.
"""

from django.urls import URLResolver, get_resolver, reverse

from tests.page_kinds import Page, at, chosen, empty, long, number, of, path, suspected, wrong
from tests.world import LONG_WORD

OPEN = [
    Page("start", "visitor", path("/")),
    Page("about", "visitor", path("/om/")),
    Page("privacy", "visitor", path("/personuppgifter/")),
    Page("accessibility", "visitor", path("/tillganglighet/")),
    Page("help", "visitor", path("/stod-och-kontakt/")),
    Page("lectures", "visitor", path("/forelasningar/")),
    Page("lectures, second page", "visitor", path("/forelasningar/?sida=2")),
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
    Page("lectures, a hit", "visitor", path("/forelasningar/?q=kopare+handel+stöd")),
    Page("lectures, hits in a film", "visitor", path("/forelasningar/?q=lagen+betänketid")),
    Page("lectures, misspelt", "visitor", path("/forelasningar/?q=manniskohandel")),
    Page("lectures for a field", "visitor", path("/forelasningar/?verksamhet=barn-och-unga&langd=mellan")),
    Page("plan", "visitor", path("/traffplan/")),
    Page("plan, short", "visitor", path("/traffplan/?minuter=60&verksamhet=barn-och-unga")),
    Page("plan, wrong", "visitor", path(f"/traffplan/?minuter=45&tid={LONG_WORD}&start_day=40")),
    Page("material", "visitor", path("/material/")),
    Page("feedback", "visitor", path("/aterkoppling/")),
    Page("outcomes", "visitor", path("/aterkoppling/ni-sa-vi-gjorde/")),
    Page("consultation", "visitor", path("/konsultation/")),
]

# What is drafted, as it will be; only those who write it see it.
DRAFTED = [
    Page("lecture, draft", "editor", at("admin:lectures_lecture_preview", "filmed.pk")),
    Page(
        "notice, draft",
        "editor",
        at("admin:lectures_notice_change", "drafted_notice.pk"),
        chosen(_preview="1"),
        form="#content form[method=post]",
    ),
    Page(
        "question set, not saved",
        "editor",
        path("/admin/feedback/questionset/add/"),
        chosen(title="Nya frågor", _preview="1", **{"questions-0-text": "Vad har ni lärt er?"}),
        form="#content form[method=post]",
    ),
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
    Page("logins", "member", path("/konto/inloggningar/")),
    Page("who has read", "member", path("/konto/last/")),
    Page("who has read, nobody", "fresh", path("/konto/last/")),
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
    Page("second factor, a key", "unenrolled", path("/konto/2fa/nyckel/")),
    Page("second factor, a key, wrong", "unenrolled", path("/konto/2fa/nyckel/"), wrong),
    Page("second factor, a key again", "enrolled", path("/konto/2fa/nyckel/bekrafta/?next=/konto/2fa/")),
    Page("second factor, a key removed", "enrolled", at("mfa_remove_webauthn", "passkey.pk")),
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

LEAD = at("lectures:meeting_lead", "busy.pk", "meeting.pk")
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
    Page("meeting begun", "member", at("lectures:meeting_start", "team.pk")),
    Page("meeting begun, empty", "member", at("lectures:meeting_start", "team.pk"), empty),
    Page("lead", "member", LEAD),
    Page("lead, a film", "member", lambda world: f"{LEAD(world)}?forelasning={world.filmed.slug}"),
    Page("lead, big", "member", lambda world: f"{LEAD(world)}?forelasning={world.filmed.slug}&stor=1"),
    Page("lead, first", "member", at("lectures:meeting_lead", "sent.pk", "sent_meeting.pk")),
    Page("lead, long", "member", LEAD, long),
    Page("lead, a number", "member", LEAD, number),
    Page("attendance", "member", at("lectures:personal_note", "busy.pk")),
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
    Page("how it went", "visitor", at("feedback:follow_up", "follow_up_token")),
    Page("how it went, empty", "visitor", at("feedback:follow_up", "follow_up_token"), empty),
    Page("how it went, suspected", "visitor", at("feedback:follow_up", "follow_up_token"), suspected),
    Page("how it went, answered", "visitor", at("feedback:follow_up", "answered_token")),
    Page("draft, suspected", "member", DRAFT, suspected),
    Page(
        "draft, earlier versions",
        "member",
        lambda world: reverse("feedback:earlier", args=[world.busy.pk, 1]),
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
    *(
        Page(f"consultation, {state}{ending}", who, at("consultations:detail", of(state)))
        for who, ending in (("member", ""), ("coordinator", ", as coordinator"))
        for state in ("queued", "offered", "joint")
    ),
    Page("choose", "member", at("consultations:choose", of("asked"))),
    Page("choose, empty", "member", at("consultations:choose", of("asked")), empty),
    Page(
        "choose, gone",
        "member",
        at("consultations:choose", of("asked")),
        chosen(time="0b9f3c3e-6a52-4a36-9c0d-5f0b8b1f2a77"),
        409,
    ),
    Page("choose, none", "outsider", at("consultations:choose", of("elsewhere_asked"))),
    Page("swap", "member", at("consultations:swap", of("confirmed"))),
    Page("swap, empty", "member", at("consultations:swap", of("confirmed")), empty),
    Page("swap, long", "member", at("consultations:swap", of("confirmed")), long),
    Page("line", "member", at("consultations:line", of("queued"))),
    Page("suits", "member", at("consultations:suits", of("joint"))),
    Page("partner times", "visitor", at("consultations:partner_times", "partner_token")),
    Page("partner times, long", "visitor", at("consultations:partner_times", "partner_token"), long),
    Page("partner wishes", "visitor", at("consultations:partner_wish", "partner_token")),
    Page(
        "partner wishes, empty",
        "visitor",
        at("consultations:partner_wish", "partner_token"),
        chosen(wished_times=""),
    ),
    *(
        Page(f"consultation, {state}{ending}", who, at("consultations:detail", of(state)))
        for who, ending in (("member", ""), ("coordinator", ", as coordinator"))
        for state in ("met", "host", "invited")
    ),
    Page("consultation, guest", "guest", at("consultations:detail", of("guest"))),
    Page("consultation, guest, as coordinator", "coordinator", at("consultations:detail", of("guest"))),
    Page("joint meetings", "visitor", path("/konsultation/gemensamma/")),
    Page("partner", "visitor", at("consultations:partner", "asked_token")),
    Page("partner, empty", "visitor", at("consultations:partner", "asked_token"), empty),
    Page("partner, long", "visitor", at("consultations:partner", "asked_token"), long),
    Page(
        "partner, no manager", "visitor", at("consultations:partner", "asked_token"), chosen(decision="yes")
    ),
    Page("partner, in it", "visitor", at("consultations:partner", "partner_token")),
    Page("partner, unknown", "visitor", path("/tid/AAAAAAAAAAAAAAAAAAAAAA/"), None, 404),
    Page("partner, link withdrawn", "visitor", at("consultations:partner", "replaced_token"), None, 410),
    Page("partner withdraws", "visitor", at("consultations:partner_withdraw", "partner_token")),
    Page("partner's manager", "visitor", at("consultations:partner_manager", "partner_token")),
    Page("partner's manager, empty", "visitor", at("consultations:partner_manager", "partner_token"), empty),
    Page("partner's manager again", "visitor", at("consultations:partner_ask_again", "partner_token")),
    Page("partner's manager's link", "visitor", at("consultations:partner_withdraw_link", "partner_token")),
    Page("invite", "member", at("consultations:invite", of("asked"), "wished.pk")),
    Page("invite, empty", "member", at("consultations:invite", of("asked"), "wished.pk"), empty),
    Page("rule", "coordinator", at("consultations:rule", of("joint"))),
    Page("outcome", "coordinator", at("consultations:outcome", of("confirmed"))),
    Page("outcome, empty", "coordinator", at("consultations:outcome", of("confirmed")), empty),
    Page("next step", "member", at("consultations:step", of("met"))),
    Page("next step, empty", "member", at("consultations:step", of("met")), empty),
    Page(
        "follow up", "member", lambda world: reverse("consultations:follow_up", args=[world.met.reference, 3])
    ),
    Page("desk", "coordinator", path("/konsultationer/tillsammans/")),
    Page(
        "joint meeting new",
        "coordinator",
        lambda world: (
            f"/konsultationer/tillsammans/nytt/?forfragan={world.asked.reference}"
            f"&forfragan={world.long.reference}"
        ),
    ),
    Page(
        "joint meeting new, empty",
        "coordinator",
        lambda world: (
            f"/konsultationer/tillsammans/nytt/?forfragan={world.asked.reference}"
            f"&forfragan={world.long.reference}"
        ),
        empty,
    ),
    Page("joint meeting new, too few", "coordinator", path("/konsultationer/tillsammans/nytt/"), None, 400),
    Page("week", "coordinator", path("/konsultationer/vecka/")),
    Page("week, everyone's", "coordinator", path("/konsultationer/vecka/?vems=alla")),
    Page("consultation figures", "coordinator", path("/konsultationer/siffror/")),
    Page("figures", "statistician", path("/siffror/")),
    Page("my times", "coordinator", path("/tider/")),
    Page("my times, none", "other_coordinator", path("/tider/")),
    Page(
        "my times, an address",
        "coordinator",
        path("/tider/"),
        lambda fields, typed: {},
        form="main form[action*=kalender]",
    ),
    Page("publish", "coordinator", path("/tider/ny/")),
    Page("publish, empty", "coordinator", path("/tider/ny/"), empty),
    Page("publish, wrong", "coordinator", path("/tider/ny/"), wrong),
    Page("publish weekly", "coordinator", path("/tider/varje-vecka/")),
    Page("publish weekly, empty", "coordinator", path("/tider/varje-vecka/"), empty),
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
    Page(
        "propose, a holiday",
        "coordinator",
        at("consultations:propose", of("joint")),
        chosen(date_1_day="6", date_1_month="5", date_1_year="2027", time_1="6.30"),
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
    Page("admin submission, reply", "coordinator", at("admin:feedback_submission_reply", "submission.pk")),
    Page(
        "admin submission, reply, empty",
        "coordinator",
        at("admin:feedback_submission_reply", "submission.pk"),
        empty,
    ),
    Page(
        "admin submission, reply, long",
        "coordinator",
        at("admin:feedback_submission_reply", "submission.pk"),
        long,
    ),
    Page(
        "admin submission, reply, number",
        "coordinator",
        at("admin:feedback_submission_reply", "submission.pk"),
        number,
    ),
    Page("admin submission, themes", "coordinator", at("admin:feedback_submission_mark", "submission.pk")),
    Page(
        "admin submission, themes, empty",
        "coordinator",
        at("admin:feedback_submission_mark", "submission.pk"),
        empty,
    ),
    Page(
        "admin submission, correction",
        "coordinator",
        at("admin:feedback_submission_correct", "submission.pk"),
    ),
    Page(
        "admin submission, correction, empty",
        "coordinator",
        at("admin:feedback_submission_correct", "submission.pk"),
        empty,
    ),
    Page("admin submissions, themes", "coordinator", path("/admin/feedback/submission/teman/")),
    Page("admin submissions, no themes", "other_coordinator", path("/admin/feedback/submission/teman/")),
    Page("admin submissions, saved", "coordinator", path("/admin/feedback/submission/sparade/?q=x")),
    Page(
        "admin submissions, saved, empty", "coordinator", path("/admin/feedback/submission/sparade/"), empty
    ),
    Page("admin submissions, silent", "coordinator", path("/admin/feedback/submission/har-inte-svarat/")),
    Page(
        "admin submissions, none silent",
        "other_coordinator",
        path("/admin/feedback/submission/har-inte-svarat/"),
    ),
    Page("admin submissions, person", "coordinator", path("/admin/feedback/submission/personuppgifter/")),
    Page(
        "admin submissions, person, wrong",
        "coordinator",
        path("/admin/feedback/submission/personuppgifter/"),
        wrong,
    ),
    Page(
        "admin submissions, person, found",
        "coordinator",
        path("/admin/feedback/submission/personuppgifter/"),
        chosen(email="sara@halmstad.example.se"),
    ),
    Page("admin disposals", "coordinator", path("/admin/feedback/disposal/")),
    Page("admin disposal", "coordinator", at("admin:feedback_disposal_change", "disposal.pk")),
    Page("admin outcomes", "coordinator", path("/admin/feedback/outcome/")),
    Page("admin outcome", "coordinator", at("admin:feedback_outcome_change", "outcome.pk")),
    Page("admin themes", "coordinator", path("/admin/feedback/theme/")),
    Page("admin reply templates", "coordinator", path("/admin/feedback/replytemplate/")),
    Page("admin follow-ups", "coordinator", path("/admin/feedback/followup/")),
    Page("admin follow-up", "coordinator", at("admin:feedback_followup_change", "follow_up.pk")),
    Page("admin guard", "lead", path("/admin/feedback/guardcount/")),
    Page("admin question set", "editor", path("/admin/feedback/questionset/1/change/")),
    Page("admin question set new", "editor", path("/admin/feedback/questionset/add/")),
    Page("admin question set preview", "editor", path("/admin/feedback/questionset/1/granska/")),
    Page("admin question sets compared", "coordinator", path("/admin/feedback/questionset/1/jamfor/")),
    Page("admin consultations", "coordinator", path("/admin/consultations/consultation/")),
    Page("admin consultation", "coordinator", at("admin:consultations_consultation_change", "confirmed.pk")),
    Page("admin bookings", "coordinator", path("/admin/consultations/booking/")),
    Page("admin bookable times", "coordinator", path("/admin/consultations/bookabletime/")),
    Page(
        "admin bookable time",
        "coordinator",
        at("admin:consultations_bookabletime_change", "bookable.pk"),
    ),
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
    Page("admin lecture new", "editor", path("/admin/lectures/lecture/add/")),
    Page("admin to see to", "editor", path("/admin/lectures/lecture/att-se-till/")),
    Page("admin links", "editor", path("/admin/lectures/link/")),
    Page("admin chapter", "editor", at("admin:lectures_chapter_change", "chapter.pk")),
    Page(
        "admin captions to come",
        "editor",
        at("admin:lectures_comingcaptions_change", "coming_captions.pk"),
    ),
    Page("admin captions to come, all", "editor", path("/admin/lectures/comingcaptions/")),
    Page("admin notice", "editor", at("admin:lectures_notice_change", "notice.pk")),
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

PAGES = [*OPEN, *DRAFTED, *LOGIN, *GROUPS, *MEETINGS, *FEEDBACK, *CONSULTATIONS, *DEMO, *ERRORS, *ADMIN]

# What the special checks look at.
PROSE = ["start", "about", "privacy", "accessibility", "help", "feedback", "consultation"]
PRINTED = ["receipt", "help", "lecture", "consultation, confirmed", "meeting", "plan", "attendance"]
CHOICES = ["group new", "meeting new", "ask", "mandate", "cancel", "group hand over", "lectures"]

# Addresses that answer with something else than a page of their own, and what that is.
NOT_PAGES = {
    "metrics": "figures for a machine",
    "lectures:film": "the film",
    "lectures:captions": "the film's captions",
    "lectures:poster": "the film's still picture",
    "lectures:material_file": "a document",
    "lectures:plan_calendar": "a calendar file",
    "lectures:attendance_pdf": "a document",
    "consultations:calendar": "a calendar file",
    "consultations:export": "a table to take out",
    "consultations:mandate_pdf": "a document",
    "consultations:mandate_copy": "a document",
    "consultations:withdraw_link": "a button on the consultation's page",
    "consultations:step_done": "a button on the consultation's page",
    "consultations:joint_answer": "two buttons on the consultation's page",
    "consultations:let_stand": "a button on the consultation's page",
    "consultations:joint_leave": "a button on the consultation's page",
    "consultations:joint_close": "a button on the page of joint meetings",
    "consultations:partner_answer": "a form on the partner's page",
    "feedback:own_copy": "a document",
    "feedback:presence": "who else is writing, for the page's script",
    "consultations:accept": "a button on the consultation's page",
    "consultations:ask_again": "a button on the consultation's page",
    "consultations:take": "a button on the consultation's page",
    "consultations:offer": "two buttons on the consultation's page",
    "consultations:settle_on": "a button on the consultation's page",
    "consultations:time_withdraw": "a button on the page of published times",
    "consultations:weekly_withdraw": "a button on the page of published times",
    "consultations:feed_make": "a button on the page of published times, which shows the address",
    "consultations:feed_end": "a button on the page of published times",
    "consultations:feed": "a calendar file",
    "session_end": "a button on the page of where one is logged in",
    "end_sessions": "a button on the page of where one is logged in",
    "invitation_answer": "two buttons on the page of groups",
    "invitation_withdraw": "a button on the group's page",
    "account_request_login_code": "the login page again",
    "mfa_download_recovery_codes": "a text file",
    "openid_connect_login": "the way to the authority's own sign-on",
    "openid_connect_callback": "the way back from it",
    "csp_report": "where browsers tell of a broken policy",
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
