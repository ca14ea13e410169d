"""One installation for each process that runs these tests, on the kind of database that the suite is run on."""

import os
import resource
import shutil
import subprocess
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings

from tests.operations.portal import Cluster, MailServer, Portal, children

# How many times the rounds are, and how many groups send: few by default, many by `OPERATIONS_ROUNDS`.
ROUNDS = int(os.environ.get("OPERATIONS_ROUNDS", "1"))


def is_sqlite():
    return settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A PostgreSQL of one's own, to be killed; None when the suite is run on SQLite."""
    if is_sqlite():
        yield None
        return
    cluster = make_cluster()
    yield cluster
    cluster.remove()


def make_cluster(name="metodstod", **settings):
    import tempfile
    from pathlib import Path

    # Not below pytest's own directory, which the server's account may not enter.
    place = Path(tempfile.mkdtemp(prefix="metodstod-cluster-"))
    disk = Disk(place)
    place.chmod(0o755)
    cluster = Cluster(place / name, name=name, settings=settings)
    cluster.disk = disk
    cluster.init()
    cluster.start()
    cluster.execute("CREATE DATABASE metodstod")
    return cluster


class Disk:
    """A file system of the cluster's own, in memory, that can be made full; where one may not mount, limits on its files."""

    ROOM = "2g"

    def __init__(self, place):
        self.place = place
        self.is_own = self.mount(f"size={self.ROOM}")

    def mount(self, options):
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.place]
        return subprocess.run(command, capture_output=True).returncode == 0

    @contextmanager
    def full(self, cluster):
        """Leave no room for another page of 8 kB while the block lasts."""
        if self.is_own:
            self.mount(f"remount,size={shutil.disk_usage(self.place).used}")
        else:
            limit_files(cluster, 8192)
        yield
        if self.is_own:
            self.mount(f"remount,size={self.ROOM}")
        else:
            limit_files(cluster, resource.RLIM_INFINITY)

    def remove(self):
        if self.is_own:
            subprocess.run(["umount", "--lazy", self.place], capture_output=True)


def limit_files(cluster, size):
    """Let no file of the server's grow beyond so many bytes, in any of its processes."""
    for pid in [cluster.process.pid, *children(cluster.process)]:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def make_standby(primary, name):
    """Start a cluster that streams from another under a name of its own."""
    import tempfile
    from pathlib import Path

    standby = Cluster(Path(tempfile.mkdtemp(prefix="metodstod-cluster-")) / name, name=name)
    standby.directory.parent.chmod(0o755)
    standby.copy_of(primary)
    return standby.start()


@pytest.fixture(scope="session")
def mail_server():
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def installed(tmp_path_factory, cluster, mail_server):
    """A portal with the programme's content, nothing started."""
    directory = tmp_path_factory.mktemp("portal")
    address = cluster.address() if cluster else f"sqlite:///{directory}/metodstod.sqlite3"
    portal = Portal(directory, address, mail_port=mail_server.port)
    portal.install()
    return portal


@pytest.fixture
def portal(installed, cluster, mail_server):
    """The installation, with everything stopped and the database back when the test ends."""
    mail_server.refusal, mail_server.delay = "", 0
    yield installed
    installed.stop()
    installed.processes.clear()
    if cluster and not cluster.answers():
        cluster.start()
