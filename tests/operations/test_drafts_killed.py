"""Groups write and send while the server is killed under them: every text that was acknowledged is there, once.

`OPERATIONS_ROUNDS=20` kills a hundred times on the database that the suite is run on.
"""

import http.client
import json
import os
import random
import re
import signal
import threading
import time
import urllib.parse
import uuid
from contextlib import suppress

import pytest

from tests.operations.conftest import ROUNDS
from tests.operations.portal import ask, children, get, kill_group, tell
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900 + 120 * ROUNDS)
KILLS = 5 * ROUNDS
GROUPS = 4
LINES = 4  # in each of two answers, before they are sent


class Tab:
    """One open page: it writes line after line into one answer, and sends again whatever it has not heard of."""

    def __init__(self, group, port, position, heard):
        self.group, self.port, self.position = group, port, position
        self.page, self.turn, self.draft, self.version = str(uuid.uuid4()), 0, "", ""
        self.text, self.heard = "", heard

    def write(self, line):
        self.text = f"{self.text}\n{line}".strip()
        while not self.save():
            time.sleep(0.1)
        self.heard.append(line)

    def save(self):
        self.turn += 1
        fields = {
            "csrfmiddlewaretoken": self.group.csrf,
            "key": self.page,
            "turn": self.turn,
            "draft": self.draft,
            f"answer_{self.position}": self.text,
            f"version_{self.position}": self.version,
        }
        try:
            status, _, text = ask(
                self.port,
                "POST",
                f"/arbetsgrupp/{self.group.team}/aterkoppling/",
                body=urllib.parse.urlencode(fields),
                headers=cookies(self.group)
                | {
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Sec-Fetch-Site": "same-origin",
                },
            )
        except (OSError, http.client.HTTPException):
            return False
        if status in {429, 500, 502, 503}:
            return False
        assert status == 200, (status, text)
        answer = json.loads(text)
        self.draft = answer["draft"]
        self.version = answer["versions"].get(f"version_{self.position}", self.version)
        return True


def cookies(group):
    return {
        "Cookie": f"session={group.session}; csrf={group.csrf}",
        "Referer": "https://metodstod.example.se/",
    }


def ready_to_send(group, port):
    """Read the page of review, as often as it takes, and note what it carries."""
    while True:
        with suppress(OSError, http.client.HTTPException):
            status, _, text = get(
                port, f"/arbetsgrupp/{group.team}/aterkoppling/granska/", headers=cookies(group)
            )
            found = dict(re.findall(r'name="(key|versions)" value="([^"]*)"', text))
            if status == 200 and len(found) == 2:
                group.key, group.versions = found["key"], found["versions"]
                return
        time.sleep(0.1)


def work(group, port, over, sent, heard):
    """Write with two pages, send, and begin anew until it is over; note the receipt and the texts of each sending."""
    turn = 0
    while not over.is_set() or not turn:
        turn += 1
        tabs = [Tab(group, port, position, heard) for position in (1, 4)]
        for line in range(1, LINES + 1):
            for tab in tabs:
                tab.write(f"Omgång {turn}, svar {tab.position}, rad {line}.")
        ready_to_send(group, port)
        group.receipt = None
        first = group.send_until_acknowledged([port], within=600)
        assert group.send_until_acknowledged([port], within=600) == first
        heard.append(first)
        sent.append((group.team, first.strip("/").split("/")[1], {tab.position: tab.text for tab in tabs}))


def empty_drafts(portal):
    """Begin with nothing written: the groups are made with a draft."""
    portal.change("DELETE FROM feedback_draftanswer")
    portal.change("DELETE FROM feedback_draft")


def test_saves_and_submits_while_the_server_is_killed_are_there_once(portal):
    groups = portal.groups_ready_to_send(GROUPS)
    empty_drafts(portal)
    web = portal.start_web()
    port = portal.ports[-1]
    over, sent, heard, failed = threading.Event(), [], [], []
    killed = {"process": 0, "server": 0}

    def run(group):
        try:
            work(group, port, over, sent, heard)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(group,)) for group in groups]
    for thread in threads:
        thread.start()
    for number in range(1, KILLS + 1):
        # On a slow machine a process takes longer to start than to be killed; each killing is to stand in somebody's way.
        before = len(heard)
        wait_until(lambda: len(heard) > before or failed, within=120)  # noqa: B023
        time.sleep(random.uniform(0, 0.3))
        if number % 5 == 0:
            kill_group(web)
            web = portal.start_web(port)
            killed["server"] += 1
        else:
            with suppress(ProcessLookupError, IndexError):
                os.kill(random.choice(children(web)), signal.SIGKILL)
                killed["process"] += 1
    over.set()
    for thread in threads:
        thread.join(timeout=600)

    count = counted(portal, groups, sent)
    tell(f"killed {killed}: {count}")
    assert failed == []
    assert not any(thread.is_alive() for thread in threads)
    assert sum(killed.values()) > 0
    assert (count["lost"], count["doubled"], count["unknown"]) == (0, 0, 0), count
    assert count["found"] == count["acknowledged"] == 2 * LINES * len(sent), count
    assert count["submissions"] == len(sent) >= GROUPS


def counted(portal, groups, sent):
    """Count lines: acknowledged, found, doubled, lost; and submissions that nobody was told of."""
    teams = {group.team.replace("-", "") for group in groups}
    stored = {}
    for team, reference, position, text in portal.rows(
        "SELECT s.team_id, s.reference, q.position, a.text FROM feedback_answer a"
        " JOIN feedback_submission s ON s.id = a.submission_id JOIN feedback_question q ON q.id = a.question_id"
    ):
        if str(team).replace("-", "") in teams:
            stored.setdefault(reference, {})[position] = text
    count = {"acknowledged": 0, "found": 0, "doubled": 0, "lost": 0}
    for _, reference, texts in sent:
        for position, text in texts.items():
            kept = stored.get(reference, {}).get(position, "").splitlines()
            for line in text.splitlines():
                count["acknowledged"] += 1
                count["found"] += line in kept
                count["lost"] += line not in kept
                count["doubled"] += kept.count(line) > 1
    count["submissions"] = len(stored)
    count["unknown"] = len(set(stored) - {reference for _, reference, _ in sent})
    return count
