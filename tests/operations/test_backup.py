"""Backup and restore, rehearsed: what was sent before is there after, and what is damaged is never laid back."""

import shutil
import subprocess

import pytest

from tests.operations.portal import Count, Portal, sending, tell
from tests.waiting import wait_until

PLANTED = "Planterad"
FILM = bytes(range(256)) * 8000


@pytest.fixture(scope="module")
def kept(installed, tmp_path_factory):
    """A portal where groups have sent their answers and an editor has uploaded a film, and a backup of it."""
    installed.stop()
    # The installation is one for the process, and may have been backed up before another module's tests came between.
    shutil.rmtree(installed.directory / "backup", ignore_errors=True)
    key = tmp_path_factory.mktemp("key") / "key"
    said = installed.manage("backup", "--new-key", key).stdout
    installed.environment["BACKUP_RECIPIENTS"] = said.partition("BACKUP_RECIPIENTS=")[2].split()[0]
    groups = installed.groups_ready_to_send(3)
    installed.start_web()
    with sending(groups, installed.ports[-1:]):
        pass
    stop(installed)
    film = installed.directory / "media" / "films" / "film åäö.mp4"
    film.parent.mkdir(parents=True, exist_ok=True)
    film.write_bytes(FILM)
    tell(installed.manage("backup").stdout)
    (path,) = (installed.directory / "backup").iterdir()
    return {"portal": installed, "key": key, "path": path, "groups": groups}


def stop(portal):
    """Stop everything, and forget the queue workers: a killed one cannot take its leave."""
    portal.stop()
    portal.processes.clear()
    portal.change("DELETE FROM metodstod_cache WHERE cache_key LIKE '%cluster%'")


@pytest.fixture
def elsewhere(kept, cluster, tmp_path, mail_server):
    """An empty place for a portal of its own."""
    if cluster:
        cluster.execute("CREATE DATABASE elsewhere")
    address = cluster.address("elsewhere") if cluster else f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    portal = Portal(tmp_path / "elsewhere", address, mail_port=mail_server.port)
    yield portal
    portal.stop()
    if cluster:
        cluster.execute("DROP DATABASE elsewhere WITH (FORCE)")


def restore(portal, kept, path=None, *arguments, check=True):
    return portal.manage(
        "restore", path or kept["path"], "--key", kept["key"], *(arguments or ["--yes"]), check=check
    )


def test_backup_laid_back_in_an_empty_place_is_the_portal_as_it_was(kept, elsewhere):
    said = restore(elsewhere, kept).stdout

    film = elsewhere.directory / "media" / "films" / "film åäö.mp4"
    count = Count(elsewhere, kept["groups"])
    assert "every table compared" in said
    assert (count.acknowledged, count.found, count.lost, count.doubled) == (3, 3, 0, 0)
    assert film.read_bytes() == FILM
    assert elsewhere.rows("SELECT count(*) FROM metodstod_session") == [(0,)]
    assert elsewhere.manage("migrate", "--check").returncode == 0
    assert elsewhere.rows("SELECT max(id) FROM metodstod_user") == kept["portal"].rows(
        "SELECT max(id) FROM metodstod_user"
    )
    elsewhere.groups_ready_to_send(1)  # New rows get new numbers.


def test_backup_laid_back_over_another_state_leaves_nothing_of_it(kept, elsewhere):
    restore(elsewhere, kept)
    groups = elsewhere.groups_ready_to_send(2)
    later = elsewhere.directory / "media" / "later.mp4"
    later.write_bytes(b"later")
    elsewhere.change("CREATE TABLE of_a_later_release (id integer)")

    restore(elsewhere, kept)

    found = [row[0] for row in elsewhere.rows("SELECT email FROM metodstod_user")]
    assert not {group.email for group in groups} & set(found)
    assert {group.email for group in kept["groups"]} <= set(found)
    assert not later.exists()
    with pytest.raises(Exception, match="of_a_later_release"):
        elsewhere.rows("SELECT * FROM of_a_later_release")


def test_rehearsal_compares_and_leaves_everything_as_it_was(kept, cluster):
    portal = kept["portal"]
    before = portal.rows("SELECT count(*) FROM metodstod_user")

    said = restore(portal, kept, None, "--check").stdout

    assert "this backup is good" in said
    assert portal.rows("SELECT count(*) FROM metodstod_user") == before
    assert [path.name for path in portal.directory.glob(".restore-*")] == []
    if cluster:
        assert cluster.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%rehearsal%'") == [(0,)]


def test_nothing_is_laid_back_where_nobody_can_be_asked(kept):
    refused = restore(kept["portal"], kept, None, "--verbosity=1", check=False)

    assert refused.returncode == 1
    assert "add --yes" in refused.stderr
    assert kept["portal"].rows("SELECT count(*) FROM feedback_submission") >= [(3,)]


def test_nothing_is_laid_back_under_a_portal_that_runs(kept):
    portal = kept["portal"]
    portal.start_queue()
    wait_until(lambda: portal.rows("SELECT 1 FROM metodstod_cache WHERE cache_key LIKE '%cluster%'"))

    refused = restore(portal, kept, check=False)

    stop(portal)
    assert refused.returncode == 1
    assert "The queue worker is running" in refused.stderr


@pytest.mark.parametrize("harm", ["cut off", "a byte changed", "another key"])
def test_damaged_backup_is_refused_and_nothing_is_changed(kept, tmp_path, harm):
    path, key = tmp_path / kept["path"].name, kept["key"]
    data = bytearray(kept["path"].read_bytes())
    if harm == "cut off":
        data = data[: len(data) * 2 // 3]
    if harm == "a byte changed":
        data[len(data) // 2] ^= 1
    if harm == "another key":
        key = tmp_path / "key"
        kept["portal"].manage("backup", "--new-key", key)
    path.write_bytes(data)

    refused = restore(kept["portal"], kept | {"key": key}, path, check=False)

    expected = "does not open" if harm == "another key" else "damaged or cut off"
    assert (refused.returncode, expected in refused.stderr) == (1, True), refused.stderr
    assert "Nothing was changed." in refused.stderr
    assert kept["portal"].rows("SELECT count(*) FROM feedback_submission") >= [(3,)]


def test_backup_tells_nothing_without_the_key_and_is_its_owners(kept):
    data = kept["path"].read_bytes()

    assert data.startswith(b"age-encryption.org/v1\n")
    assert PLANTED.encode() not in data
    assert b"SQLite format" not in data
    assert kept["path"].stat().st_mode & 0o777 == 0o600
    assert kept["key"].stat().st_mode & 0o777 == 0o600


def test_backup_opens_without_the_portal(kept, tmp_path):
    """By age's and tar's own programs; here age's format is read by the library, and tar by tar."""
    import pyrage

    identity = pyrage.x25519.Identity.from_str(kept["key"].read_text().splitlines()[-1])
    pyrage.decrypt_file(str(kept["path"]), str(tmp_path / "backup.tar"), [identity])
    subprocess.run(["tar", "-xf", "backup.tar"], cwd=tmp_path, check=True)

    assert (tmp_path / "media" / "films" / "film åäö.mp4").read_bytes() == FILM
    assert (tmp_path / "database").stat().st_size > 10_000


def test_oldest_backups_beyond_those_to_keep_are_removed_and_nothing_else(kept, tmp_path):
    directory = tmp_path / "backups"
    directory.mkdir()
    for name in ("metodstod-20260101T000000Z.tar.age", "metodstod-20260102T000000Z.tar.age"):
        shutil.copy(kept["path"], directory / name)
    (directory / "the-authority's own.tar.age").write_text("not ours")
    kept["portal"].environment["BACKUP_DIR"] = str(directory)

    kept["portal"].manage("backup", "--keep=2")

    del kept["portal"].environment["BACKUP_DIR"]
    left = sorted(path.name for path in directory.iterdir())
    assert left[:1] == ["metodstod-20260102T000000Z.tar.age"]
    assert left[-1] == "the-authority's own.tar.age"
    assert len(left) == 3


def test_backup_without_a_key_to_encrypt_to_is_not_made(kept, tmp_path):
    portal = Portal(tmp_path / "no-key", kept["portal"].database_url, mail_port=1)

    refused = portal.manage("backup", check=False)

    assert refused.returncode == 1
    assert "BACKUP_RECIPIENTS names no key" in refused.stderr
