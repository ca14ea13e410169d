"""A work group's path through the three steps.

Each step's app registers one function that answers where a group stands in it; the core app thus
shows the whole path without importing the steps, and a step can ask about an earlier one.
"""

from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    NOT_BEGUN = "Inte påbörjat"
    UNDER_WAY = "Pågår"
    WAITING = "Väntar på svar"
    DONE = "Klart"


@dataclass(frozen=True)
class Action:
    """Something the group can do: the words on the button or link, and where it leads."""

    label: str
    url: str


@dataclass(frozen=True)
class Stage:
    """Where a group stands in one step.

    `text` says it in one plain sentence; `next` is the one thing to do now, if the group is the one
    to act, and `others_wait` whether someone outside the group waits for it to do so; `links` are other
    places in the step; `items` what has been done, in words (lectures seen).
    """

    number: int
    title: str
    state: State
    text: str
    next: Action | None = None
    others_wait: bool = False
    links: tuple[Action, ...] = field(default=())
    items: tuple[str, ...] = field(default=())


_stages = {}
_items = {}
_begun = {}


def register(stage):
    """Add a step's function `stage(team) -> Stage`; registering it again replaces it."""
    _stages[stage.__module__] = stage


def register_items(number, items):
    """Add a step's function `items(team)`: what `Stage.items` holds, without the rest of the stage."""
    _items[number] = items


def items(team, number):
    """Return what the group has done in one step, in words."""
    return _items[number](team)


def register_begun(number, begun):
    """Add a step's function `begun(teams) -> teams`: those, of many, that have done something in it."""
    _begun[number] = begun


def begun(number, teams):
    """Return, of a QuerySet of teams, those that have begun a step, with `done` (how many things) and `last_on` (a date)."""
    return _begun[number](teams)


def stages(team):
    """Return the group's stages in order."""
    return sorted((stage(team) for stage in _stages.values()), key=lambda stage: stage.number)


def stage(team, number):
    """Return where the group stands in one step, asking the others as little as can be."""
    return next(stage for stage in (ask(team) for ask in _stages.values()) if stage.number == number)


def current(stages):
    """Return the stage where the group is to act now, or the first that is not done, or None.

    Where others wait for the group goes before what it does at its own pace.
    """
    left = [stage for stage in stages if stage.state is not State.DONE]
    to_do = [stage for stage in left if stage.next]
    return next((stage for stage in to_do if stage.others_wait), next(iter(to_do or left), None))
