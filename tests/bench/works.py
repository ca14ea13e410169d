"""The pieces of work that are measured, as their users do them."""

import uuid
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, urlencode

from bs4 import BeautifulSoup

from tests.bench.load import Request, processor_seconds
from tests.operations.portal import Group, ask, get, kill_group

CSRF = Group.csrf


@dataclass(frozen=True)
class Work:
    """What is sent, and the goal: the ratio to the control that the product is to reach."""

    name: str
    goal: str
    requests: object  # bench -> the requests, new ones each time
    reaches: float = 0.0  # the ratio, as a number
    most_statements: int | None = None
    grows: bool = False  # measured with few rows and with many
    once: bool = False  # each request is sent a single time
    connections: int = 16

    def prepare(self, bench):
        return self.requests(bench)

    def port(self, bench):
        return bench.port


class Bench:
    """A portal under load, with people who are logged in."""

    def __init__(self, portal, cluster):
        self.portal, self.cluster = portal, cluster
        self.web = self.port = None

    def stop(self):
        kill_group(self.web)

    def submissions(self):
        return self.portal.rows("SELECT count(*) FROM feedback_submission")[0][0]

    def groups(self, count):
        """Make so many work groups with a draft ready to send, each with a member who is logged in."""
        return self.portal.groups_ready_to_send(count)

    @cached_property
    def members(self):
        return self.groups(16)

    @cached_property
    def coordinators(self):
        """The cookies of a coordinator of all counties and of one of Halland's, who have passed the second factor."""
        done = self.portal.run("tests/bench/coordinator.py")
        return [f"session={key}" for key in done.stdout.split()[-2:]]

    @cached_property
    def lecture(self):
        slug = self.portal.rows(
            "SELECT slug FROM lectures_lecture WHERE published_at IS NOT NULL ORDER BY position LIMIT 1"
        )
        return f"/forelasningar/{slug[0][0]}/"

    def page(self, request):
        headers = {"Cookie": request.cookie, "If-None-Match": request.etag, "Range": request.part}
        return get(self.port, request.path, headers={name: value for name, value in headers.items() if value})

    def statements(self, work):
        """Return how many statements one request makes, once what it keeps has been made."""
        # The first may be the one that asks, once a second, whether content has changed.
        return min(self.asked(request)[0] for request in work.prepare(self)[:1] * 2)

    def asked(self, request):
        """Send the request; return how many statements it made, and its answer.

        Counted from nothing: of many different statements the seldom asked are forgotten, and their calls with them.
        """
        self.cluster.execute("SELECT pg_stat_statements_reset()", "metodstod")
        answer = self.send(request)
        return self.calls(), answer

    def send(self, request):
        if request.method == "GET":
            return self.page(request)
        headers = {
            "Cookie": request.cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": "http://metodstod.example.se/",
            "Sec-Fetch-Site": "same-origin",
            "Accept": request.accept or "text/html",
        }
        return ask(
            self.port,
            request.method,
            request.path,
            body=request.body.replace("TURN", "9000"),
            headers=headers,
        )

    def calls(self):
        return int(
            self.cluster.execute(
                "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
                " WHERE query NOT LIKE '%pg_stat_statements%' AND query NOT ILIKE 'set %'"
                " AND query NOT IN ('BEGIN', 'COMMIT', 'ROLLBACK')",
                "metodstod",
            )[0][0]
        )

    def size(self, work):
        request, *_ = work.prepare(self)
        return len(self.page(request)[2].encode()) if request.method == "GET" else 0

    def etag(self, path):
        return get(self.port, path)[1]["ETag"]

    def processor(self):
        return processor_seconds(self.web.pid), processor_seconds(self.cluster.process.pid)


def cookie(group):
    return f"session={group.session}; csrf={CSRF}"


def draft_page(group):
    return Request(f"/arbetsgrupp/{group.team}/aterkoppling/", cookie=cookie(group))


def shown(bench, group):
    """Return what the group's page of questions carries unseen, and the name of its first answer."""
    status, _, text = bench.page(draft_page(group))
    assert status == 200, status
    form = BeautifulSoup(text, "html.parser").select_one("form:has(textarea)")
    hidden = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden][name]")}
    return hidden, form.select_one("textarea")["name"]


def saves(bench):
    """Return each group's next saving by itself: one answer, written on by the page that wrote it last."""
    requests = []
    for group in bench.members:
        fields, answer = shown(bench, group)
        version = answer.replace("answer", "version")
        body = {name: fields[name] for name in ("draft", "question_set", version) if name in fields}
        body |= {"csrfmiddlewaretoken": CSRF, "key": str(uuid.uuid4()), "turn": "TURN"}
        body[answer] = "Vi behöver mer tid för samtal. TURN " + "Och stöd. " * 40
        requests.append(
            Request(
                draft_page(group).path,
                method="POST",
                cookie=cookie(group),
                body=urlencode(body),
                accept="application/json",
            )
        )
    return requests


def presences(bench):
    """Return what each member's open page tells and asks every fifteenth second."""
    requests = []
    for group in bench.members:
        fields, _ = shown(bench, group)
        told = {
            name: value for name, value in fields.items() if name == "draft" or name.startswith("version_")
        }
        requests.append(
            Request(
                f"/arbetsgrupp/{group.team}/aterkoppling/narvaro/",
                method="POST",
                cookie=cookie(group),
                body=urlencode(told | {"csrfmiddlewaretoken": CSRF, "at": "1"}),
            )
        )
    return requests


def submissions(bench):
    requests = []
    for group in bench.groups(400):
        body = {"csrfmiddlewaretoken": CSRF, "key": group.key, "versions": group.versions}
        requests.append(
            Request(
                f"/arbetsgrupp/{group.team}/aterkoppling/granska/",
                method="POST",
                cookie=cookie(group),
                body=urlencode(body),
            )
        )
    return requests


def as_anyone(path):
    return lambda bench: [Request(path(bench) if callable(path) else path)]


def as_one_who_has_it(path):
    """Ask as a browser does that has the page already: 304 is the answer."""

    def requests(bench):
        place = path(bench) if callable(path) else path
        return [Request(place, etag=bench.etag(place))]

    return requests


def in_admin(query, *, who=0):
    return lambda bench: [Request(f"/admin/feedback/submission/{query}", cookie=bench.coordinators[who])]


def in_the_middle(bench):
    """The page that begins at the middle of all there is, as deep as any."""
    found = bench.portal.rows(
        "SELECT (extract(epoch FROM submitted_at) * 1000000)::bigint, id FROM feedback_submission"
        " ORDER BY submitted_at DESC, id DESC OFFSET (SELECT count(*) / 2 FROM feedback_submission) LIMIT 1"
    )
    return in_admin("?p=efter-{}-{}".format(*found[0]))(bench)


def reading(bench):
    newest = "SELECT id FROM feedback_submission ORDER BY submitted_at DESC LIMIT 16"
    return [in_admin(f"{row[0]}/change/")(bench)[0] for row in bench.portal.rows(newest)]


SEARCHES = (
    "sexköp",
    "våldsutsatt",
    "placering",
    "lagen",
    "mikamottagningen",
    "människohandel",
    "barn",
    "stöd",
)

WORKS = [
    Work("start page", "≥ 1.0", as_anyone("/"), reaches=1.0, most_statements=0),
    Work("catalogue", "≥ 1.0", as_anyone("/forelasningar/"), reaches=1.0, most_statements=0),
    Work("lecture page", "≥ 1.0", as_anyone(lambda bench: bench.lecture), reaches=1.0, most_statements=0),
    Work(
        "catalogue, to who has it (304)",
        "≥ 1.0",
        as_one_who_has_it("/forelasningar/"),
        reaches=1.0,
        most_statements=0,
    ),
    Work(
        "search in transcripts",
        "≥ 0.05",
        lambda bench: [Request(f"/forelasningar/?q={quote(word)}") for word in SEARCHES],
        reaches=0.05,
        most_statements=3,
    ),
    Work(
        "questionnaire opened by a member",
        "≥ 0.06",
        lambda bench: list(map(draft_page, bench.members)),
        reaches=0.06,
        most_statements=6,
    ),
    Work("answer saved by itself", "≥ 0.10", saves, reaches=0.10),
    Work("open page asks who writes", "–", presences),
    Work("answers submitted", "≥ 0.06", submissions, reaches=0.06, once=True),
    Work("inbox, first page", "time ≤ 1.3 ×, ≤ 8 statements", in_admin(""), most_statements=8, grows=True),
    Work("inbox, deep page", "time ≤ 1.3 ×, ≤ 8 statements", in_the_middle, most_statements=8, grows=True),
    Work(
        "inbox, filtered",
        "time ≤ 1.3 ×, ≤ 8 statements",
        in_admin("?status__exact=new"),
        most_statements=8,
        grows=True,
    ),
    Work("inbox of one county", "–", in_admin("", who=1), grows=True),
    Work(
        "inbox, searched for a rare word",
        "time ≤ 1.3 ×, ≤ 8 statements",
        in_admin("?q=sinkadus"),
        most_statements=8,
        grows=True,
    ),
    Work(
        "inbox, searched for a common word",
        "time ≤ 1.3 ×, ≤ 8 statements",
        in_admin("?q=samverkan"),
        most_statements=8,
        grows=True,
    ),
    Work("inbox, reading view", "–", reading, grows=True),
]
