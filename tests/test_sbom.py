"""The bill of materials names every package that runs, in its version and with the hashes it was locked to."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_bill_of_materials_is_what_was_locked(tmp_path):
    out = tmp_path / "python.cdx.json"
    subprocess.run(
        [
            *[sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "requirements.txt"],
            *["--pyproject", "pyproject.toml", "--output-file", str(out)],
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    locked = dict(
        re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    )

    bill = json.loads(out.read_text())

    named = {part["name"]: part for part in bill["components"]}
    assert {name: part["version"] for name, part in named.items()} == locked
    assert [name for name, part in named.items() if "sha256:" not in json.dumps(part)] == []
    assert bill["metadata"]["component"]["name"] == "metodstod"
