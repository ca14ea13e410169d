"""A work group of two, each in a browser of their own."""

import pytest
from django.test import Client

from tests.factories import make_member, make_question_set, make_team


@pytest.fixture
def team(db):
    make_question_set()
    return make_team(name="Barn och unga")


@pytest.fixture
def anna(team, client, log_in):
    """Anna, logged in on `client`."""
    anna = make_member(team, name="Anna Lind")
    log_in(client, anna)
    return anna


@pytest.fixture
def bo(team, log_in):
    """Bo's browser; he belongs to the same group."""
    client = Client()
    log_in(client, make_member(team, name="Bo Ek"))
    return client
