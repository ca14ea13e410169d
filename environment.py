"""Make the Python environment in .venv from a locked list of requirements: `environment.py requirements.txt`.

Run by the system's own Python, whichever it is, so the syntax here is kept old enough for a Python that is
itself too old to read it and say so. Each thing that can be wrong is told in one line.
"""

import hashlib
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
LOG = os.path.join(ROOT, "var", "log", "pip.log")


def main():
    if sys.version_info < (3, 11):
        found = "{}.{}".format(*sys.version_info[:2])
        sys.exit(
            "Python 3.11 or later is needed, and this is {}. Name another: make run PYTHON=python3.12".format(
                found
            )
        )
    name = sys.argv[1]
    wanted = ["python " + sys.version.replace("\n", " "), fingerprint("requirements.txt")]
    # The development environment holds everything that running needs, so it serves both.
    if name != "requirements.txt":
        wanted.append(fingerprint(name))
    found = installed()
    if set(wanted) <= set(found):
        return
    create(clear=wanted[0] not in found)
    install(name)
    with open(STAMP, "w") as stamp:
        stamp.write("\n".join(wanted))


def fingerprint(name):
    with open(os.path.join(ROOT, name), "rb") as requirements:
        return "{} {}".format(name, hashlib.sha256(requirements.read()).hexdigest())


def installed():
    if not (os.path.exists(STAMP) and os.path.exists(PYTHON)):
        return []
    with open(STAMP) as stamp:
        return stamp.read().splitlines()


def create(clear):
    """Make .venv without pip: Debian's python3 lacks ensurepip, and the system's own pip can install into it."""
    with open(os.devnull, "w") as nowhere:
        if subprocess.call([sys.executable, "-m", "pip", "--version"], stdout=nowhere, stderr=nowhere):
            sys.exit(
                "pip is needed: install it with `apt-get install python3-pip`, or as your system does, and try again."
            )
    try:
        import venv
    except ImportError:
        sys.exit(
            "Python's venv is needed: install it with `apt-get install python3-venv`, or as your system does, and try again."
        )
    if clear or not os.path.exists(PYTHON):
        venv.EnvBuilder(with_pip=False, clear=True, symlinks=True).create(VENV)


def install(name):
    print(
        "Installing the packages in {} into .venv, which takes half a minute the first time ...".format(name)
    )
    sys.stdout.flush()
    os.makedirs(os.path.dirname(LOG), exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        PYTHON,
        "install",
        "--no-input",
        "--disable-pip-version-check",
    ]
    command += ["--require-hashes", "--only-binary", ":all:", "-r", os.path.join(ROOT, name)]
    with open(LOG, "w") as log:
        failed = subprocess.call(command, stdout=log, stderr=subprocess.STDOUT)
    if failed:
        with open(LOG) as log:
            sys.exit(reason(log.read().lower()))


def reason(log):
    """Say in one line what stopped pip, from the text it wrote (in lower case)."""
    shown = os.path.relpath(LOG, ROOT)
    if "no such option: --python" in log:
        return "pip 23 or later is needed: `{} -m pip install --upgrade pip`.".format(sys.executable)
    if "do not match the hashes" in log:
        return "A package that came is not the one that was locked, so it was not installed. See {}.".format(
            shown
        )
    if ("connection" in log and "retry" in log) or "no matching distribution found" in log:
        return "The packages could not be fetched: check the network, then run the same command again. See {}.".format(
            shown
        )
    return "The packages could not be installed. The reason is at the end of {}.".format(shown)


if __name__ == "__main__":
    main()
