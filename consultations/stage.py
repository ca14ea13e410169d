"""Where a work group stands in step 3."""

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from metodstod.path import Action, Stage, State

from .models import Consultation
from .standing import waits

TITLE = "Konsultation"
TO_DO = {
    Consultation.Status.ASKED: "Er förfrågan är skickad.",
    Consultation.Status.PROPOSED: "Samordnaren har föreslagit tider.",
    Consultation.Status.JOINED: "Ni är med i ett gemensamt möte med andra kommuner.",
    Consultation.Status.ACCEPTED: "Ni har valt en tid. Den bekräftas när chefen har gett sitt mandat.",
}


def stage(team):
    requests = list(Consultation.objects.filter(team=team).with_tracks()[:10])
    current = next((one for one in requests if one.is_open), None)
    earlier = tuple(
        Action(f"Förfrågan {one.reference}", one.get_absolute_url()) for one in requests if one != current
    )
    if current is None:
        return not_begun(team, earlier)
    link = Action(f"Förfrågan {current.reference}", current.get_absolute_url())
    if current.is_held:
        when = date_format(current.held_on, "DATE_FORMAT")
        text = f"Mötet hölls {when}. På förfrågans sida står vad ni kom överens om."
        return Stage(3, TITLE, State.DONE, text, links=(link, *earlier))
    if current.booking and current.booking.state == "confirmed":
        return Stage(3, TITLE, State.DONE, confirmed(current.booking), links=(link, *earlier))
    waiting = waits(current)
    ours = next((wait for wait in waiting if wait.is_for_group), None)
    text = TO_DO[current.status]
    if ours:
        text = f"{text} Nu ska ni {ours.what}."
        action = Action("Gå till förfrågan", current.get_absolute_url())
        return Stage(3, TITLE, State.UNDER_WAY, text, next=action, others_wait=True, links=(link, *earlier))
    text = " ".join([text, *(f"Väntar på: {wait.who} ska {wait.what}." for wait in waiting)])
    return Stage(3, TITLE, State.WAITING, text, links=(link, *earlier))


def not_begun(team, earlier):
    ask = Action("Be om en konsultation", reverse("consultations:create", args=[team.pk]))
    text = "Be om ett möte som utgår från era behov. Ansvarig chef behöver ge sitt mandat."
    return Stage(3, TITLE, State.NOT_BEGUN, text, next=ask, links=earlier)


def confirmed(booking):
    when = date_format(timezone.localtime(booking.starts_at), "DATETIME_FORMAT")
    if booking.ends_at < timezone.now():
        return f"Mötet hölls {when}."
    return f"Mötet är bekräftat: {when}."
