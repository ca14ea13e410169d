from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from lectures.stage import stage
from metodstod.path import Action, State
from tests.factories import make_lecture, make_meeting, make_team


@pytest.fixture
def team(db):
    return make_team()


def open_actions(team):
    """What an open group can do, whatever it has seen."""
    return (
        Action("Led en träff från en skärm", reverse("lectures:meeting_start", args=[team.pk])),
        Action("Anteckna en träff", reverse("lectures:meeting_create", args=[team.pk])),
        Action("Planera träffarna", reverse("lectures:plan")),
    )


def list_action(team, number):
    return Action(f"Träffar ({number})", reverse("lectures:meeting_list", args=[team.pk]))


def test_group_that_has_seen_nothing_is_led_to_the_lectures(team):
    make_lecture()
    make_meeting(make_team(), lectures=[make_lecture()])

    found = stage(team)

    assert (found.number, found.state, found.text) == (
        1,
        State.NOT_BEGUN,
        "Ingen av 2 föreläsningar är sedd än.",
    )
    assert found.next == Action("Se föreläsningarna", reverse("lectures:list"))
    assert (found.links, found.items) == (open_actions(team), ())


def test_group_under_way_is_led_to_the_next_lecture(team):
    first, second, third = make_lecture("Ett"), make_lecture("Två"), make_lecture("Tre")
    make_meeting(team, lectures=[third])
    make_meeting(team, lectures=[third, first])

    found = stage(team)

    assert (found.state, found.text) == (State.UNDER_WAY, "2 av 3 föreläsningar är sedda, på 2 träffar.")
    assert found.next == Action("Se nästa föreläsning", second.get_absolute_url())
    assert found.links == (*open_actions(team), list_action(team, 2))
    assert found.items == ("Ett", "Tre")


def test_group_that_has_seen_all_is_done(team):
    make_meeting(team, lectures=[make_lecture("Ett"), make_lecture("Två")])

    found = stage(team)

    assert (found.state, found.text, found.next) == (
        State.DONE,
        "Alla 2 föreläsningar är sedda, på 1 träff.",
        None,
    )


def test_lecture_that_has_left_the_catalogue_still_counts_for_who_saw_it(team):
    gone = make_lecture("Borttagen", published_at=None)
    make_lecture("Kommer", published_at=timezone.now() + timedelta(days=1))
    make_lecture("Kvar")
    make_meeting(team, lectures=[gone])

    assert stage(team).text == "1 av 2 föreläsningar är sedda, på 1 träff."
    assert stage(team).items == ("Borttagen",)


def test_group_that_has_ended_has_nothing_to_do(team):
    make_meeting(team, lectures=[make_lecture()])
    make_lecture()
    team.closed_at = timezone.now()

    found = stage(team)

    assert (found.next, found.links) == (None, (list_action(team, 1),))


def test_stage_asks_the_database_three_times_however_much_has_been_seen(team, django_assert_num_queries):
    for _ in range(30):
        make_meeting(team, lectures=[make_lecture(), make_lecture()])

    with django_assert_num_queries(3):
        found = stage(team)

    assert len(found.items) == 60
