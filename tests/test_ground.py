"""Starting, stopping and setting up, as a newcomer, an operator and CI meet them; and the rules that hold for all tests."""

import ast
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.template import Context, Engine, Origin, Template
from psycopg import sql

from tests.conftest import OutsideReached
from tests.run import install_missing
from tests.strict_templates import UnknownVariable
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent

PRODUCTION = {
    "SECRET_KEY": "for-tests-only-nothing-outside-them-is-signed-with-it-0123456789",
    "ALLOWED_HOSTS": "metodstod.example.se",
    "DATABASE_URL": "sqlite://:memory:",
}


def run(*command, **environment):
    """Run a command in the project's directory with hardly any environment; return its exit code and its output."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
    } | environment
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500)
    return done.returncode, done.stdout + done.stderr


def manage(*arguments, **environment):
    return run(sys.executable, "manage.py", *arguments, **environment)


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# What the documents say ----------------------------------------------------------------------------


@pytest.mark.once
def test_help_lists_every_target_that_is_meant_for_people():
    code, output = run("make")

    listed = set(re.findall(r"^  make ([a-z]+) ", output, re.MULTILINE))
    assert code == 0
    assert listed == {
        *(
            "help",
            "run",
            "demo",
            "test",
            "bench",
            "judges",
            "check",
            "fix",
            "build",
            "words",
            "lock",
            "sbom",
            "clean",
        )
    }


@pytest.mark.once
def test_env_example_names_exactly_the_settings_that_are_read():
    sources = [ROOT / "metodstod/settings.py", ROOT / "gunicorn.conf.py"]
    read = {
        name
        for path in sources
        for name in re.findall(r"""env(?:\.\w+|iron\.get)\(\s*["']([A-Z_]+)["']""", path.read_text())
    }

    named = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert sorted(named) == sorted(read)


@pytest.mark.once
def test_every_dependency_has_its_reason_and_is_locked_with_a_hash():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    project = tomllib.loads("\n".join(lines))

    for group, file in (
        (project["project"]["dependencies"], "requirements.txt"),
        (project["dependency-groups"]["dev"], "requirements-dev.txt"),
    ):
        locked = (ROOT / file).read_text()
        assert "//" not in locked
        assert len(re.findall(r"^[a-z0-9._-]+==", locked, re.MULTILINE)) == len(
            re.findall(r"^[^\n#]*==[^\n]*\\\n +--hash=sha256:", locked, re.MULTILINE)
        )
        for dependency in group:
            name = re.match(r"[A-Za-z0-9._-]+", dependency)[0].lower()
            assert re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE), f"{name} is not in {file}"
            place = next(
                number for number, line in enumerate(lines) if line.strip().startswith(f'"{dependency}"')
            )
            assert lines[place - 1].strip().startswith("#"), f"{name} has no reason in pyproject.toml"


@pytest.mark.once
def test_every_static_file_that_a_template_names_exists():
    templates = (ROOT / "templates").rglob("*.html")

    named = {
        name for path in templates for name in re.findall(r"""{% static ["']([^"']+)["']""", path.read_text())
    }

    assert named
    assert [name for name in sorted(named) if not finders.find(name)] == []


# Settings in production ----------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("missing", sorted(PRODUCTION))
def test_production_does_not_start_without(missing, tmp_path):
    rest = {name: value for name, value in PRODUCTION.items() if name != missing}

    code, output = manage("check", VAR_DIR=str(tmp_path), **rest)

    assert code == 1
    assert output.strip().splitlines() == [
        f'Environment variable "{missing}" not set. Every setting is described in .env.example.'
    ]


@pytest.mark.once
def test_production_does_not_start_with_a_short_secret(tmp_path):
    code, output = manage("check", VAR_DIR=str(tmp_path), **PRODUCTION | {"SECRET_KEY": "short-and-secret"})

    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert "SECRET_KEY" in output
    assert "short-and-secret" not in output


@pytest.mark.once
def test_production_passes_djangos_deployment_check(tmp_path):
    code, output = manage("check", "--deploy", "--fail-level", "WARNING", VAR_DIR=str(tmp_path), **PRODUCTION)

    assert (code, output.strip()) == (0, "System check identified no issues (0 silenced).")


def test_production_has_no_demo_mail(client, tmp_path, settings):
    settings.DEMO_MAIL_DIR = tmp_path
    (tmp_path / "1764000000000000000.eml").write_text(
        "To: sara@halmstad.example.se\nSubject: Din kod\n\n123456\n"
    )

    response = client.get("/demo/post/")

    assert response.status_code == 404
    assert "123456" not in response.content.decode()


@pytest.mark.once
def test_production_refuses_to_run_the_demo(tmp_path):
    code, output = manage("demo", VAR_DIR=str(tmp_path), **PRODUCTION)

    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


# What can be wrong on a machine, each told in one line --------------------------------------------


@pytest.mark.once
def test_a_python_that_is_too_old_is_told_in_one_line():
    code, output = run(
        sys.executable,
        "-c",
        "import runpy, sys; sys.argv = ['environment.py', 'requirements.txt']; sys.version_info = (3, 10, 4, 'final', 0);"
        "runpy.run_path('environment.py', run_name='__main__')",
    )

    assert code == 1
    assert (
        output
        == "Python 3.11 or later is needed, and this is 3.10. Name another: make run PYTHON=python3.12\n"
    )


@pytest.mark.once
def test_the_program_that_judges_python_can_be_read_by_an_old_one():
    source = (ROOT / "environment.py").read_text()

    assert source.isascii()
    ast.parse(source, feature_version=(3, 4))
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(ast.parse(source)))


@pytest.mark.once
def test_a_python_that_does_not_exist_is_told_in_one_line():
    code, output = run("make", "run", "PYTHON=python3.999")

    lines = output.strip().splitlines()
    assert code == 2
    assert lines[0].startswith("There is no python3.999 here")
    assert [line for line in lines[1:] if not line.startswith("make")] == []


@pytest.mark.once
def test_packages_that_cannot_be_fetched_are_told_in_one_line(tmp_path):
    """The environment program in a directory of its own, and a registry on a port where nobody answers."""
    (tmp_path / "environment.py").write_text((ROOT / "environment.py").read_text())
    (tmp_path / "requirements.txt").write_text("asgiref==3.13.0 --hash=sha256:" + 64 * "0" + "\n")

    code, output = run(
        "python3",
        str(tmp_path / "environment.py"),
        "requirements.txt",
        PIP_INDEX_URL=f"http://127.0.0.1:{free_port()}/simple",
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="1",
        PIP_NO_CACHE_DIR="1",
    )

    assert code == 1
    assert output.strip().splitlines()[1:] == [
        "The packages could not be fetched: check the network, then run the same command again. See var/log/pip.log."
    ]
    assert not (tmp_path / ".venv/installed").exists()


@pytest.mark.once
def test_a_port_that_is_taken_is_told_in_one_line_before_anything_is_done(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]

        code, output = manage("demo", DEMO="1", VAR_DIR=str(tmp_path), PORT=str(port))

    assert code == 1
    assert re.fullmatch(rf"Port {port} cannot be used \(.+\)\. Choose another: make run PORT=\d+\n", output)
    assert not (tmp_path / "metodstod.sqlite3").exists()


@pytest.mark.once
def test_a_port_that_is_no_number_is_told_in_one_line(tmp_path):
    code, output = manage("demo", DEMO="1", VAR_DIR=str(tmp_path), PORT="eight")

    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert "PORT" in output


@pytest.mark.once
def test_a_database_that_is_away_is_told_in_one_line(tmp_path):
    away = f"postgres://someone:secret@127.0.0.1:{free_port()}/metodstod"

    code, output = manage("demo", DEMO="1", VAR_DIR=str(tmp_path), PORT=str(free_port()), DATABASE_URL=away)

    assert code == 1
    assert len(output.strip().splitlines()) == 1
    assert output.startswith("The database named by DATABASE_URL cannot be used: ")
    assert "secret" not in output


@pytest.mark.once
def test_tools_that_are_missing_are_named_with_the_command_that_installs_them(monkeypatch):
    monkeypatch.setattr(
        "tests.run.NEEDED", {"chromium": lambda: None, "nodejs": lambda: "/usr/bin/node", "npm": lambda: None}
    )
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    with pytest.raises(SystemExit) as told:
        install_missing()

    assert told.value.code == (
        "The tests need chromium, npm. On Debian: sudo apt-get install -y --no-install-recommends chromium npm"
    )


# The demo, started for real ------------------------------------------------------------------------


@contextmanager
def empty_database(directory):
    """Yield the address of an empty database of the kind that the tests run on."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{directory}/demo.sqlite3"
        return
    server = connection.settings_dict
    credentials = {key.lower(): server[key] for key in ("USER", "PASSWORD", "HOST", "PORT")}
    name = f"demo_{os.getpid()}_{free_port()}"
    with closing(psycopg.connect(dbname="postgres", autocommit=True, **credentials)) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield "postgres://{user}:{password}@{host}:{port}/".format(**credentials) + name
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The environment of a demo that has been loaded once, for the tests that start it."""
    directory = tmp_path_factory.mktemp("demo")
    with empty_database(directory) as database:
        environment = {"DEMO": "1", "VAR_DIR": str(directory), "DATABASE_URL": database}
        code, output = manage("demo", "--load-only", **environment)
        assert code == 0, output
        yield environment


@contextmanager
def started(demo):
    """Start the demo, wait until it says where it is, and yield its process, its address and what it wrote until then."""
    port = str(free_port())
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PORT": port} | demo
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    children = []
    try:
        written = ""
        for line in process.stdout:
            written += line
            if line.startswith("Log in at"):
                break
        children = descendants(process.pid)
        yield process, f"http://localhost:{port}", written
    finally:
        for pid in [process.pid, *children]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def descendants(pid):
    children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [found for child in children for found in (child, *descendants(child))]


def is_alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def get(address):
    with urllib.request.urlopen(address, timeout=60) as response:
        return response.read().decode()


@contextmanager
def database_of_an_earlier_version(demo, directory):
    """Yield the environment of a demo whose database lacks a column that this version has."""
    drop = "ALTER TABLE metodstod_fact DROP COLUMN phone"
    if connection.vendor == "sqlite":
        # The films are there already, and need not be made again.
        shutil.copytree(demo["VAR_DIR"], directory, dirs_exist_ok=True)
        with closing(sqlite3.connect(directory / "demo.sqlite3")) as database:
            database.execute(drop)
        yield {"DEMO": "1", "VAR_DIR": str(directory), "DATABASE_URL": f"sqlite:///{directory}/demo.sqlite3"}
        return
    with empty_database(directory) as address:
        environment = {"DEMO": "1", "VAR_DIR": str(directory), "DATABASE_URL": address}
        manage("migrate", **environment)
        with closing(psycopg.connect(address, autocommit=True)) as database:
            database.execute(drop)
        yield environment


def test_a_database_of_an_earlier_version_is_kept_and_a_new_one_made(demo, tmp_path):
    with database_of_an_earlier_version(demo, tmp_path) as environment:
        code, output = manage("demo", "--load-only", **environment)

    if connection.vendor == "sqlite":
        assert code == 0, output
        assert "is kept as" in output
        assert len(list(tmp_path.glob("demo*.sqlite3"))) == 2
    else:
        assert code != 0
        assert "made by an earlier version" in output


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_demo_serves_and_stops_both_processes_when_asked(demo, sign):
    log = Path(demo["VAR_DIR"]) / "log"
    with started(demo) as (process, site, written):
        page = get(f"{site}/")
        sheet = re.search(r'href="(/static/css/[^"]+\.[0-9a-f]{12}\.css)"', page)[1]
        assert f"Metodstöd is at {site}/ " in written
        assert "<h1" in page
        assert "govuk-" in get(f"{site}{sheet}")
        running = descendants(process.pid)
        assert len(running) >= 4  # the web server with its workers, the queue with its own

        process.send_signal(sign)
        rest = process.stdout.read()

        assert process.wait(timeout=60) == 0
        assert rest.strip().endswith("Stopped.")
        assert [pid for pid in running if is_alive(pid)] == []
    with pytest.raises(urllib.error.URLError):
        get(f"{site}/")
    everything = rest + "".join((log / f"{name}.log").read_text() for name in ("web-server", "queue-worker"))
    assert "Traceback" not in everything


def test_demo_lets_in_everyone_it_lists_by_a_code_in_its_letter_box(demo):
    """The real web server queues the mail, the real worker delivers it, and it is kept from one start to the next."""
    with started(demo) as (process, site, _):
        process.send_signal(signal.SIGINT)
        listed = re.findall(r"^  (\S+@\S+)  +(\S.*)$", process.stdout.read(), re.MULTILINE)
    roles = {role for _, role in listed}
    assert {"group member, Halmstad", "group member, Borås", "redaktör", "programledare"} <= roles
    with started(demo) as (_, site, _):
        for email, _ in listed:
            ask_for_code(site, email)
        wait_until(lambda: all(email in get(f"{site}/demo/post/") for email, _ in listed))
    with started(demo) as (_, site, _):
        letters = get(f"{site}/demo/post/")
        assert [email for email, _ in listed if email not in letters] == []


def ask_for_code(site, email):
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{site}/konto/login/", timeout=60) as response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.read().decode())[1]
    sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "email": email}).encode()
    with browser.open(f"{site}/konto/login/", data=sent, timeout=60) as response:
        assert response.status == 200


@pytest.mark.parametrize("part", ["gunicorn", "qcluster"])
def test_demo_stops_and_says_why_when_a_part_dies(demo, part):
    with started(demo) as (process, _, _):
        running = descendants(process.pid)
        parts = [pid for pid in running if part in Path(f"/proc/{pid}/cmdline").read_text()]

        os.kill(min(parts), signal.SIGKILL)
        rest = process.stdout.read()

        assert process.wait(timeout=60) == 1
        assert re.search(
            r"The (web server|queue worker) stopped by itself, so everything was stopped\. .+\.log\.", rest
        )
        assert "Traceback" not in rest
        wait_until(lambda: not any(is_alive(pid) for pid in running))


# The rules that hold for all tests -----------------------------------------------------------------


@pytest.mark.once
def test_an_unknown_variable_in_a_template_of_ours_is_an_error():
    engine = Engine(string_if_invalid=settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"])
    ours = Template("{{ misspelt }}", origin=Origin(str(ROOT / "templates/start.html")), engine=engine)
    theirs = Template("<{{ unknown|default:'x' }}>", origin=Origin(os.__file__), engine=engine)

    with pytest.raises(UnknownVariable, match="misspelt"):
        ours.render(Context())
    assert theirs.render(Context()) == "<x>"


@pytest.mark.once
def test_another_machine_cannot_be_reached():
    with pytest.raises(OutsideReached):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OutsideReached):
        socket.getaddrinfo("example.se", 80)


@pytest.mark.once
def test_a_skipped_test_fails_in_ci_and_only_there(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401\n"
    )
    sources = {
        "one": "import pytest\n\ndef test_nothing():\n    pytest.skip('no time')\n",
        "whole": "import pytest\n\npytest.skip('no time', allow_module_level=True)\n",
    }
    for name, source in sources.items():
        (tmp_path / f"test_{name}.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-n0", "-c", "pyproject.toml", str(tmp_path)]

    in_ci, said = run(*command, "--continue-on-collection-errors", CI="true")
    at_home, _ = run(*command)

    assert in_ci == 1
    assert "skipped, which CI does not allow: no time" in said
    assert "a whole module was skipped, which CI does not allow" in said
    assert at_home == 0
