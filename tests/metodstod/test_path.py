"""Which of a group's three steps is the one to act in."""

import pytest

from metodstod.path import Action, Stage, State, current

TO_DO = Action("Gör det här", "/gor/")


def make_stage(number, state, **fields):
    return Stage(number, f"Steg {number}", state, "Så här står det.", **fields)


def test_path_goes_on_where_the_group_left_off():
    path = [
        make_stage(1, State.DONE),
        make_stage(2, State.UNDER_WAY, next=TO_DO),
        make_stage(3, State.NOT_BEGUN, next=TO_DO),
    ]

    found = current(path)

    assert found.number == 2


def test_path_puts_what_others_wait_for_before_what_has_its_own_pace():
    path = [
        make_stage(1, State.UNDER_WAY, next=TO_DO),
        make_stage(2, State.DONE),
        make_stage(3, State.UNDER_WAY, next=TO_DO, others_wait=True),
    ]

    found = current(path)

    assert found.number == 3


@pytest.mark.parametrize(
    ("others", "expected"),
    [({"next": TO_DO}, 2), ({}, 1)],
    ids=["something to do in step 2", "nothing to do"],
)
def test_path_passes_by_a_step_that_waits_when_there_is_something_to_do(others, expected):
    path = [make_stage(1, State.WAITING), make_stage(2, State.NOT_BEGUN, **others), make_stage(3, State.DONE)]

    found = current(path)

    assert found.number == expected


def test_path_that_is_walked_to_its_end_has_no_current_step():
    found = current([make_stage(number, State.DONE) for number in (1, 2, 3)])

    assert found is None
