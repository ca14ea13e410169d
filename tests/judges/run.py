"""Let others' tools judge the portal as it is shipped: nginx with TLS, two web nodes, PostgreSQL.

    tests/judges/run.py [name of a judge ...]

Each is installed in `var/judges` in the version named here, told where the portal is, and given a goal. What they said is
written to `var/judges/<name>.txt`; docs/judges.md tells what they found and what was done. The command fails when a goal is
not met. It needs root, for the portal has a network of its own, where its name leads to this machine; another network only to install.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.operations.portal import Cluster, Group, Portal, free_port  # noqa: E402
from tests.operations.proxy import Proxy  # noqa: E402

HERE = ROOT / "var" / "judges"
OBSERVATORY = HERE / "node_modules" / "@mdn" / "mdn-http-observatory"
HOST = "metodstod.example.se"
PYTHON = ["bandit==1.9.4", "sslyze==6.3.1", "wapiti3==3.2.3", "sqlmap==1.10.10"]
NODE = ["@mdn/mdn-http-observatory@1.4.8", "csp_evaluator@1.1.8"]
GOAL_OF_OBSERVATORY = 130
MINUTES = 60  # seconds


def main():
    chosen = sys.argv[1:] or list(JUDGES)
    if unknown := set(chosen) - set(JUDGES):
        sys.exit(f"No such judge: {', '.join(unknown)}. There are {', '.join(JUDGES)}.")
    if os.environ.get("JUDGES_NETWORK") != "own":
        install()
        sys.exit(in_own_network(chosen))
    with ExitStack() as stack:
        place = started(stack)
        verdicts = {name: JUDGES[name](place) for name in chosen}
    for name, (is_met, summary) in verdicts.items():
        say(f"{'met   ' if is_met else 'NOT MET'} {name}: {summary}")
    sys.exit(0 if all(is_met for is_met, _ in verdicts.values()) else 1)


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def install():
    HERE.mkdir(parents=True, exist_ok=True)
    uv = [sys.executable, "-m", "uv"]
    for package in PYTHON:
        # Each in an environment of its own: they disagree about what they need.
        directory = HERE / "python" / package
        if not directory.exists():
            subprocess.run([*uv, "venv", "--quiet", directory], check=True)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", directory, package], check=True)
    # The observatory's list of names preloaded for HSTS, which it would fetch: the portal's name here is on none.
    command = ["npm", "install", "--prefix", HERE, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run([*command, *NODE], check=True)
    (OBSERVATORY / "conf" / "hsts-preload.json").write_text("{}")


def in_own_network(chosen):
    """Run again where the portal's name leads to this machine, at the usual ports; nobody else on it sees that."""
    with tempfile.NamedTemporaryFile("w", suffix=".hosts") as hosts:
        hosts.write(f"127.0.0.1 localhost {HOST}\n")
        hosts.flush()
        script = f'ip link set lo up && mount --bind {hosts.name} /etc/hosts && exec "$0" "$@"'
        return subprocess.run(
            ["unshare", "--mount", "--net", "sh", "-c", script, sys.executable, __file__, *chosen],
            env=os.environ | {"JUDGES_NETWORK": "own"},
        ).returncode


class Place:
    """Where the portal is, and a member's cookies."""

    def __init__(self, proxy, member):
        self.certificate = proxy.directory / "fullchain.pem"
        self.url = f"https://{HOST}"
        self.cookie = f"__Host-session={member.session}; __Host-csrf={Group.csrf}"
        self.team = f"{self.url}/arbetsgrupp/{member.team}/"


def started(stack):
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="metodstod-judges-")))
    directory.chmod(0o755)
    cluster = Cluster(directory / "cluster")
    stack.callback(cluster.remove)
    cluster.init()
    cluster.start()
    cluster.execute("CREATE DATABASE metodstod")
    portal = Portal(
        directory / "portal",
        cluster.address(),
        mail_port=free_port(),
        HTTPS="1",
        BEHIND_PROXY="1",
        SITE_URL=f"https://{HOST}",
        FILES_FROM_PROXY="/filer/",
        DEFAULT_FROM_EMAIL="metodstod@lansstyrelsen.example.se",
    )
    stack.callback(portal.stop)
    portal.install()
    portal.start_web()
    portal.start_web()
    proxy_directory = directory / "proxy"
    proxy_directory.mkdir()
    proxy = Proxy(proxy_directory, portal, portal.ports, http_port=80, https_port=443).start()
    stack.callback(proxy.stop)
    return Place(proxy, portal.groups_ready_to_send(1)[0])


def run(name, *command, **environment):
    """Run a judge, keep what it says, and return its exit code and that."""
    programs = [str(HERE / "python" / package / "bin") for package in PYTHON]
    done = subprocess.run(
        [str(word) for word in command],
        cwd=HERE,
        env=os.environ | {"PATH": os.pathsep.join([*programs, os.environ["PATH"]])} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=45 * MINUTES,
    )
    said = done.stdout + done.stderr
    (HERE / f"{name}.txt").write_text(said)
    return done.returncode, said


def observatory(place):
    """The MDN observatory's headers and cookies, its top grade."""
    _, said = run(
        "observatory",
        "node",
        OBSERVATORY / "src/scan.js",
        HOST,
        NODE_EXTRA_CA_CERTS=str(place.certificate),
    )
    result = json.loads(said[said.index("{") :]).get("scan")
    if not result:
        return False, said.strip()[:200]
    return result[
        "score"
    ] >= GOAL_OF_OBSERVATORY, f"{result['grade']}, {result['score']} of {GOAL_OF_OBSERVATORY}"


CSP_SCRIPT = """
import {CspParser} from "csp_evaluator/dist/parser.js";
import {CspEvaluator} from "csp_evaluator/dist/evaluator.js";
for (const policy of process.argv.slice(2)) {
  const found = new CspEvaluator(new CspParser(policy).csp).evaluate();
  for (const one of found) console.log(JSON.stringify({severity: one.severity, directive: one.directive, said: one.description}));
}
"""


def csp_evaluator(place):
    """Google's evaluator of the content security policy, of a public page, the admin's login and the login page."""
    policies = set()
    for path in ("/", "/konto/login/", "/admin/", "/forelasningar/"):
        done = subprocess.run(
            ["curl", "-sS", "-i", "--cacert", place.certificate, f"{place.url}{path}"],
            check=True,
            capture_output=True,
            text=True,
        )
        policies |= set(re.findall(r"(?im)^content-security-policy: (.*?)\r?$", done.stdout))
    (HERE / "csp.mjs").write_text(CSP_SCRIPT)
    _, said = run("csp_evaluator", "node", HERE / "csp.mjs", *policies)
    found = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    # Google's scale: 10 high, 20 syntax, 30 medium, 40 high perhaps, 50 strict CSP, 60 medium perhaps, 100 information.
    grave = [one for one in found if one["severity"] <= 40]
    return bool(
        policies
    ) and not grave, f"{len(policies)} policies, {len(found)} remarks, {len(grave)} grave {grave or ''}"


def sslyze(place):
    """sslyze with Mozilla's intermediate profile; the certificate is made here and trusted by nobody, so it is not judged."""
    _, said = run("sslyze", "sslyze", "--mozilla_config=intermediate", HOST)
    section = said.partition("COMPLIANCE AGAINST")[2]
    faults = [
        line.strip()
        for line in section.splitlines()
        if line.strip().startswith("*") and "certificate" not in line.lower()
    ]
    is_met = "OK - Compliant" in section or ("FAILED" in section and not faults)
    return is_met, f"{len(faults)} faults {faults or ''}"


# What wapiti tries. Left out: `htp`, which wants a list from elsewhere, and what floods or guesses passwords.
WAPITI = "crlf,csrf,exec,file,redirect,sql,ssrf,xss,permanentxss,xxe,cookieflags,csp,http_headers"


def wapiti(place):
    """wapiti over all that a visitor and a member can reach."""
    found = {}
    for who, headers in {"visitor": [], "member": ["-H", f"Cookie: {place.cookie}"]}.items():
        report = HERE / f"wapiti-{who}.json"
        report.unlink(missing_ok=True)
        start = f"{place.url}/" if who == "visitor" else place.team
        limits = ["--max-scan-time", "300", "--max-attack-time", "60", "--verify-ssl", "0"]
        apart = ["--flush-session", "--no-bugreport", "--store-session", HERE / "wapiti"]
        left_alone = ["-x", f"{place.url}/konto/logout/", "-x", f"{place.url}/konto/logga-ut-overallt/"]
        run(
            f"wapiti-{who}",
            *["wapiti", "-u", start, "--scope", "domain", "-m", WAPITI, *limits, *apart, *left_alone],
            *[*headers, "-f", "json", "-o", report],
        )
        if not report.exists():
            return False, f"no report for the {who}: see {HERE / f'wapiti-{who}.txt'}"
        for kind, items in json.loads(report.read_text())["vulnerabilities"].items():
            if left := [one for one in items if not is_refuted(kind, one, place)]:
                found[f"{who}: {kind}"] = len(left)
    return not found, str(found or "nothing found")


def is_refuted(kind, one, place):
    """Whether a form that is said to take any token refuses a wrong one when it is sent as browsers send it.

    Wapiti sends its right token with two content types in one header. No form is read from that, so the right one is
    refused as well as the wrong one; it sees no difference, and says that the token is not looked at.
    """
    if kind != "Cross Site Request Forgery":
        return False
    address = f"{place.url}{one['path']}"
    sent = ["--data", "csrfmiddlewaretoken=wapiti", "-H", f"Cookie: {place.cookie}", "-e", address]
    done = subprocess.run(
        [
            "curl",
            "-sS",
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "--cacert",
            place.certificate,
            *sent,
            address,
        ],
        capture_output=True,
        text=True,
    )
    return done.stdout == "403"


def sqlmap(place):
    """sqlmap on what goes from an address into a question to the database, as a visitor and as a member.

    An address that leads nowhere answers 404, which is not a reason to stop trying.
    """
    targets = {
        "search": ["-u", f"{place.url}/forelasningar/?q=lag&malgrupp=anhoriga&verksamhet=alla"],
        "plan": ["-u", f"{place.url}/traffplan/?minuter=60&verksamhet=barn-och-unga&tid=13:00"],
        "lecture": ["-u", f"{place.url}/forelasningar/vad-ar-manniskohandel*/"],
        "receipt": ["-u", f"{place.url}/aterkoppling/ABC-DEF-GHJ*/", "--cookie", place.cookie],
        "readings": ["-u", f"{place.url}/konto/last/?page=1", "--cookie", place.cookie, "-p", "page"],
    }
    ways = ["--level", "2", "--risk", "1", "--technique", "BEUST", "--time-sec", "3", "--threads", "2"]
    quiet = ["--batch", "--flush-session", "--disable-coloring", "--ignore-code", "404", "--timeout", "20"]
    not_clean = []
    for name, target in targets.items():
        _, said = run(f"sqlmap-{name}", "sqlmap", *target, *ways, *quiet, "--output-dir", HERE / "sqlmap")
        # Its word for having tried everything and found nothing; whatever stops it before that is no such word.
        if "tested parameters do not appear to be injectable" not in said:
            not_clean.append(name)
    return not not_clean, f"injectable, or not tried to the end: {not_clean}" if not_clean else (
        f"nothing injectable at {len(targets)} addresses"
    )


# What bandit points at and we have looked at: the rule and the file, and why it stays.
LOOKED_AT = {
    (
        "B608",
        "feedback/searching.py",
    ): "the query is put together from constants; what was typed is a parameter",
    ("B611", "feedback/searching.py"): "the same: what was typed is a parameter",
    (
        "B608",
        "metodstod/backup/databases.py",
    ): "the name of a table comes from the database itself, and is quoted",
    ("B104", "metodstod/management/commands/demo.py"): "the address is compared with, nothing is bound to it",
}


def bandit(place):
    """bandit over the product's own code, medium severity and above."""
    apps = [ROOT / app for app in ("metodstod", "lectures", "feedback", "consultations")]
    run("bandit", "bandit", "-r", *apps, "-ll", "-q", "-f", "json", "-o", HERE / "bandit.json")
    found = {
        (one["test_id"], str(Path(one["filename"]).relative_to(ROOT)))
        for one in json.loads((HERE / "bandit.json").read_text())["results"]
    }
    new = sorted(found - set(LOOKED_AT))
    return not new, f"{len(found)} findings, {len(new)} not looked at {new or ''}"


JUDGES = {
    "observatory": observatory,
    "csp_evaluator": csp_evaluator,
    "sslyze": sslyze,
    "wapiti": wapiti,
    "sqlmap": sqlmap,
    "bandit": bandit,
}

if __name__ == "__main__":
    main()
