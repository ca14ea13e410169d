"""The log of a portal that runs, after journeys that went well and journeys that did not."""

import re

from django.urls import get_resolver

from tests.operations.portal import get, sending
from tests.waiting import wait_until


def test_log_of_journeys_and_of_failures_holds_no_word_of_a_person(portal, mail_server):
    groups = portal.groups_ready_to_send(3)
    portal.start_web()
    portal.start_queue()
    port = portal.ports[-1]
    mail_server.refusal = "451 planterad person is over quota"
    with sending(groups, [port]):
        pass
    get(port, "/mandat/planterad-hemlighet-0123456789/")
    get(port, "/forelasningar/?q=planterad")
    get(port, "/planterad/", headers={"User-Agent": "planterad"})
    get(port, "/", host="planterad.example.com")
    wait_until(lambda: "Failed 'metodstod.mail.deliver'" in portal.log.read_text())

    lines = portal.kinds_of_log_line()  # each of them JSON

    written = portal.log.read_text().lower()
    assert {"at", "level", "logger", "message"} <= set.intersection(*(set(line) for line in lines))
    # An address is written as it stands in urls.py, without whose it was. Other tests' posts may stand there too.
    routes = {line["route"] for line in lines if line.get("method") == "POST"}
    assert "arbetsgrupp/<uuid:team>/aterkoppling/granska/" in routes
    assert routes <= set(routes_of(get_resolver().url_patterns))
    for secret in (
        "planterad",
        "@halmstad",
        *(word for group in groups for word in (group.session, group.key, group.team)),
    ):
        assert secret not in written
    assert not re.search(r"\b127\.0\.0\.1\b", written)


def routes_of(patterns, before=""):
    for one in patterns:
        route = f"{before}{one.pattern}"
        yield from routes_of(one.url_patterns, route) if hasattr(one, "url_patterns") else [route]
