"""Run the whole suite as CI does: what is missing is installed, then the checks, SQLite and PostgreSQL.

    tests/run.py [--only check|sqlite|postgresql] [what pytest is to be given]

With arguments for pytest the checks are left out. PostgreSQL is a private cluster that is gone afterwards, or the
server that DATABASE_URL names.
"""

import argparse
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What the suite needs besides Python's packages, by Debian's names.
NEEDED = {
    "chromium": lambda: shutil.which("chromium") or os.environ.get("CHROMIUM"),
    "nodejs": lambda: shutil.which("node"),
    "npm": lambda: shutil.which("npm"),
    "default-jre-headless": lambda: shutil.which("java"),
    "nginx": lambda: shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"),
    "pgbouncer": lambda: shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"),
    "openssl": lambda: shutil.which("openssl"),
    "postgresql": lambda: os.environ.get("DATABASE_URL") or postgresql("initdb"),
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--only", choices=["check", "sqlite", "postgresql"])
    options, for_pytest = parser.parse_known_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)

    install_missing()
    subprocess.run(["make", "--silent", "packages"], check=True)

    failed, closing = [], []
    if options.only == "check" or not (options.only or for_pytest):
        say("Checks")
        if subprocess.run(["make", "--silent", "check"]).returncode:
            failed.append("checks")
    for name, database in {"sqlite": sqlite, "postgresql": private_postgresql}.items():
        if options.only in (None, name):
            say({"sqlite": "SQLite", "postgresql": "PostgreSQL"}[name])
            with database() as url:
                code, line = run_pytest(keeping(name) + (for_pytest or selection(name, options.only)), url)
            closing.append((name, line))
            if code:
                failed.append(name)

    print()
    if failed:
        print("Failed:", ", ".join(failed))
    for name, line in closing:
        print(f"{name}:\n{line}")
    sys.exit(1 if failed else 0)


def selection(name, only):
    """Return which tests pytest is to choose: what has nothing to do with the database is not run on both."""
    return ["-m", "not once"] if name == "postgresql" and not only else []


def keeping(name):
    """Let the tests' databases stand where the whole server is thrown away: to drop one waits for whoever is in it."""
    return ["--reuse-db"] if name == "postgresql" and not os.environ.get("DATABASE_URL") else []


def say(title):
    print(f"\n--- {title} ---", flush=True)


def install_missing():
    """Install the tools that are not here, or say how, in one line."""
    missing = [package for package, found in NEEDED.items() if not found()]
    if not missing:
        return
    command = "apt-get install -y --no-install-recommends " + " ".join(missing)
    if not (shutil.which("apt-get") and os.geteuid() == 0):
        sys.exit(f"The tests need {', '.join(missing)}. On Debian: sudo {command}")
    print(f"Installing with apt-get: {', '.join(missing)} ...", flush=True)
    log = ROOT / "var" / "log" / "apt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with log.open("w") as out:
        subprocess.run(["apt-get", "update"], stdout=out, stderr=out, env=quiet)
        if subprocess.run(command.split(), stdout=out, stderr=out, env=quiet).returncode:
            sys.exit(
                f"apt-get could not install {', '.join(missing)}. The reason is at the end of {log.relative_to(ROOT)}."
            )


def run_pytest(arguments, database_url):
    """Run the suite on one database; return pytest's exit code and the line it closed with."""
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", *arguments]
    line = ""
    with subprocess.Popen(
        command, env=os.environ | {"DATABASE_URL": database_url}, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        try:
            for printed in process.stdout:
                print(printed, end="", flush=True)
                if re.search(r"\d+ (passed|failed|error|skipped).* in [\d.]+s|no tests ran", printed):
                    line = printed.strip()
        except BaseException:
            process.send_signal(signal.SIGINT)  # Whoever stops this run stops its tests too.
            raise
    return process.returncode, line


@contextmanager
def sqlite():
    with tempfile.TemporaryDirectory(prefix="metodstod-sqlite-") as directory:
        yield f"sqlite:///{directory}/metodstod.sqlite3"


def postgresql(program):
    """Return the path of one of the server's programs, of the newest version installed, or None."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    return str(newest) if newest else shutil.which(program)


@contextmanager
def private_postgresql():
    """Start a PostgreSQL that only this run knows of: its own directory, password and port on the loopback address."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    directory = Path(tempfile.mkdtemp(prefix="metodstod-postgresql-"))
    data, log, password = directory / "data", directory / "log", secrets.token_hex(16)
    server = None
    try:
        (directory / "password").write_text(password)
        if os.geteuid() == 0:
            # The server refuses to run as root.
            subprocess.run(["chown", "-R", account(), directory], check=True)
        initdb = [postgresql("initdb"), "-D", data, "-U", "metodstod", f"--pwfile={directory / 'password'}"]
        initdb += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        with log.open("w") as out:
            if subprocess.run(initdb, stdout=out, stderr=out, cwd=directory, **as_account()).returncode:
                sys.exit(f"PostgreSQL could not be set up:\n{log.read_text()}")
            port = free_port()
            # No waiting for the disk: what the cluster holds is thrown away anyhow.
            given = {
                "listen_addresses": "127.0.0.1",
                "port": port,
                "unix_socket_directories": "",
                "max_connections": 200,
            }
            given |= {
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "shared_buffers": "256MB",
            }
            command = [postgresql("postgres"), "-D", data]
            command += [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
            # In a group of its own, so that Ctrl-C reaches the tests first.
            server = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=directory, process_group=0, **as_account()
            )
        wait_for(port, server, log)
        yield f"postgres://metodstod:{password}@127.0.0.1:{port}/metodstod"
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # To PostgreSQL: break off what is under way and stop.
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
        shutil.rmtree(directory, ignore_errors=True)


def account():
    """Return the unprivileged account that the server runs as when we are root."""
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def as_account():
    """Return what `subprocess` needs to run something as that account, or nothing when we are not root."""
    return {"user": account(), "group": group(), "extra_groups": []} if os.geteuid() == 0 else {}


def group():
    import pwd

    return pwd.getpwnam(account()).pw_gid


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, server, log):
    for _ in range(150):
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if (
                probe.connect_ex(("127.0.0.1", port)) == 0
                and "ready to accept connections" in log.read_text()
            ):
                return
        time.sleep(0.2)
    sys.exit(f"PostgreSQL did not start:\n{log.read_text()}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
