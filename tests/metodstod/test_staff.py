"""What our own tables in admin have in place of Django's."""

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.contrib.admin import ModelAdmin

from metodstod.models import Team
from tests.factories import make_team


@pytest.mark.django_db
def test_checkbox_of_a_row_is_as_djangos_own():
    model_admin = admin.site.get_model_admin(Team)
    team = make_team(name='Grupp "A" <b>')

    ours = BeautifulSoup(model_admin.action_checkbox(team), "html.parser").input
    theirs = BeautifulSoup(ModelAdmin.action_checkbox(model_admin, team), "html.parser").input

    assert ours.attrs | {"aria-label": ""} == theirs.attrs | {"aria-label": ""}
    assert ours["aria-label"] == 'Välj Grupp "A" <b>'
