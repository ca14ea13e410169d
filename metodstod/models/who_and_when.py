"""Something done is done by someone at some time."""

from django.db import models
from django.db.models import Q


def who_and_when(who, when, *, name):
    """Return a constraint: whoever did an act, and when, are known together or not at all."""
    return models.CheckConstraint(
        condition=Q(**{f"{who}__isnull": True, f"{when}__isnull": True})
        | Q(**{f"{who}__isnull": False, f"{when}__isnull": False}),
        name=name,
        violation_error_message="Vem och när hör ihop: ange båda eller ingen.",
    )
