"""The tables of docs/performance.md, made from what was measured."""

import math
import re

BEGINS, ENDS = "<!-- measured: begins -->", "<!-- measured: ends -->"


# The worst hour that docs/scale.md thinks of: each kind of work, how often one of 2,900 groups does it, and why.
GROUPS = 2900
WORST_HOUR = [
    ("lecture page", 20, "the lecture's page, its chapters, the catalogue, help: from five browsers"),
    ("search in transcripts", 2, "a word that someone wants to hear again"),
    ("questionnaire opened by a member", 5, "by each of five"),
    ("open page asks who writes", 240, "every fifteenth second from two open pages for half an hour"),
    ("answer saved by itself", 120, "while one of them writes, for half an hour"),
    ("answers submitted", 1, ""),
    ("inbox, first page", 1, "by 42 coordinators, each minute"),
    ("inbox, reading view", 1, "by 42 coordinators, each minute"),
]
BUSY = 0.6  # How much of a node's processor time is to be used at the most.


def write(found, root):
    """Put the tables between the marks in docs/; what stands around them is written by hand."""
    parts = [heading(found), of_work(found["results"]), growing(found["results"]), of_trials(found["trials"])]
    between(root / "docs" / "performance.md", parts)
    between(root / "docs" / "scale.md", [worst_hour(found)])


def between(path, parts):
    before, rest = path.read_text().split(BEGINS)
    after = rest.split(ENDS)[1]
    made = "\n\n".join(part.strip() for part in parts if part.strip())
    path.write_text(f"{before}{BEGINS}\n\n{made}\n\n{ENDS}{after}")


def worst_hour(found):
    """Return what the worst hour asks of servers and database, in seconds of processor time, and how many nodes that is."""
    measured = {one["name"]: one for one in found["results"]}  # The largest database last.
    missing = [name for name, *_ in WORST_HOUR if name not in measured]
    if missing:
        return f"Not measured this time: {', '.join(missing)}."
    lines = [
        "| Work | Times a group | In all, in the hour | CPU server / database, ms each | Server, s | Database, s |",
        "|---|---|--:|--:|--:|--:|",
    ]
    server = database = 0.0
    for name, times, why in WORST_HOUR:
        one, number = measured[name], GROUPS * times
        spent = number * one["server_ms"] / 1000, number * one["database_ms"] / 1000
        server, database = server + spent[0], database + spent[1]
        lines.append(
            f"| {name} | {times}{f': {why}' if why else ''} | {number:,} | {one['server_ms']:.2f} / {one['database_ms']:.2f}"
            f" | {spent[0]:,.0f} | {spent[1]:,.0f} |"
        )
    node = 2 * 3600 * BUSY
    lines.append(f"| **all** | | | | **{server:,.0f}** | **{database:,.0f}** |")
    nodes, cores = max(1, math.ceil(server / node)), max(1, math.ceil(database / (3600 * BUSY)))
    said = (
        f"By the figures of {found['at'][:10]}: {nodes} {'node' if nodes == 1 else 'nodes'} of two cores for the web, and {cores}"
        f" {'core' if cores == 1 else 'cores'} for PostgreSQL, no more than {BUSY:.0%} busy. One node serves {node / server * 290:,.0f}"
        " such municipalities."
    )
    return "\n".join([*lines, "", said])


def heading(found):
    controls = [one["control"] for one in found["results"]]
    control = (
        f" The control answered {min(controls):.0f} to {max(controls):.0f} requests a second."
        if controls
        else ""
    )
    doubtful = sum(not one["believable"] for one in found["results"])
    noise = f" {doubtful} of {len(found['results'])} figures are noisy: the control moved by more than 15 % around them."
    return (
        f"Measured {found['at'][:16].replace('T', ' ')} UTC on {found['cores']} cores, {found['repeats']} repeats of"
        f" {found['seconds']} seconds, {found['minutes']:.0f} minutes in all.{control}{noise if doubtful else ''} {found['note']}"
    ).strip()


def of_work(results):
    """Return a row for each piece of work that was loaded."""
    lines = [
        "| Work | Submissions | Ratio | Reach | Reached | p50 / p99 under load, ms | Alone, ms | CPU server / database, ms"
        " | Statements | Bytes | Memory, MB |",
        "|---|--:|--:|--:|:-:|--:|--:|--:|--:|--:|--:|",
    ]
    for one in results:
        doubt = "" if one["believable"] else " (noisy)"
        errors = f", {one['errors']} errors" if one["errors"] else ""
        lines.append(
            f"| {one['name']} | {one['submissions']:,} | {one['ratio']:.3f}{doubt}{errors} | {one['goal']} | {verdict(one)}"
            f" | {one['p50']:.0f} / {one['p99']:.0f} | {one['alone_p50']:.1f} / {one['alone_p99']:.1f}"
            f" | {one['server_ms']:.2f} / {one['database_ms']:.2f} | {one['statements']} | {one['bytes']:,}"
            f" | {one['memory_mb']:.0f} |"
        )
    return "\n".join(lines) if results else ""


def verdict(one):
    few = one["most_statements"] is None or one["statements"] <= one["most_statements"]
    if not one["reaches"]:
        # Of time the table below tells.
        return "" if one["most_statements"] is None else f"statements: {'yes' if few else 'no'}"
    if one["ratio"] < one["reaches"]:
        return "no"
    return "yes" if few else "no: statements"


def growing(results):
    """Return how the time of what is measured at several sizes has grown, alone on the machine."""
    by_name = {}
    for one in results:
        by_name.setdefault(one["name"], []).append(one)
    lines = []
    for name, some in by_name.items():
        if len(some) > 1:
            sizes = " → ".join(f"{one['submissions']:,}" for one in some)
            times = " → ".join(f"{one['alone_p50']:.0f}" for one in some)
            grown = some[-1]["alone_p50"] / some[0]["alone_p50"]
            lines.append(
                f"| {name} | {sizes} | {times} | {grown:.2f} × | {'yes' if grown <= 1.3 else 'no'} |"
            )
    head = ["| Grows | Submissions | Alone, ms | Time | ≤ 1.3 × |", "|---|--:|--:|--:|:-:|"]
    return "\n".join([*head, *lines]) if lines else ""


def of_trials(trials):
    lines = ["| What | Reach | Found | Reached |", "|---|---|---|:-:|"]
    lines += [
        f"| {re.sub('^.', lambda first: first[0].upper(), one['name'])} | {one['goal']} | {one['found']}"
        f" | {'yes' if one['reached'] else 'no'} |"
        for one in trials
    ]
    return "\n".join(lines) if trials else ""
