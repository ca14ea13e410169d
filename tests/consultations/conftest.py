"""A group with a consultation, and both sides logged in: `member` and `staff` are test clients."""

import pytest
from django.test import Client

from tests.factories import make_consultation, make_municipality, make_team


@pytest.fixture
def team(social_worker):
    return make_team(social_worker)


@pytest.fixture
def member(client, social_worker, log_in):
    log_in(client, social_worker)
    return client


@pytest.fixture
def staff(coordinator, log_in):
    client = Client()
    log_in(client, coordinator)
    return client


@pytest.fixture
def consultation(team):
    return make_consultation(team)


@pytest.fixture
def varberg(db):
    return make_municipality("Varberg", code="1383", domain="varberg.example.se")


@pytest.fixture
def party(consultation):
    """The municipality that is asked to join, where there is one."""
    return consultation.parties.get(is_lead=False)
