"""One installation for each process that runs these tests, on the kind of database that the suite is run on."""

import os

import pytest
from django.conf import settings

from tests.operations.portal import Cluster, MailServer, Portal

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
    cluster = Cluster(
        Path(tempfile.mkdtemp(prefix="metodstod-cluster-")) / name, name=name, settings=settings
    )
    cluster.directory.parent.chmod(0o755)
    cluster.init()
    cluster.start()
    cluster.execute("CREATE DATABASE metodstod")
    return cluster


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
