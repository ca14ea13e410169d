"""What the tests of step 3's pages write in forms, and how they read the answers."""

import re
import uuid
from datetime import timedelta

from bs4 import BeautifulSoup
from django.utils import timezone

from consultations import booking, mandate
from consultations.models import Mandate
from metodstod.models import Mail
from metodstod.working_days import is_working_day, working_days_after
from tests.factories import make_booking, make_target_group

NUL, LONG, MARKUP = "a\0b", "x" * 10_000, "<script>alert(1)</script> & \"'"
PERSONNUMMER = "Gäller 850709-9805 från i går."


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    return " ".join(soup(response).main.get_text(" ").split())


def manager_link():
    mail = Mail.objects.filter(purpose="consultation_mandate").order_by("created_at").last()
    return re.search(r"http://testserver(/mandat/\S+)", mail.body)[1]


def request_data(**fields):
    data = {
        "key": str(uuid.uuid4()),
        "need": "Vi vill kunna möta ungdomar.\r\nOch deras föräldrar.",
        "target_groups": [make_target_group().slug],
        "form": "on_site",
        "place": "Rådhuset",
        "wished_times": "Helst en tisdag.",
        "manager_name": "Maja Malm",
        "manager_title": "enhetschef",
        "manager_email": "maja.malm@halmstad.example.se",
    }
    return data | fields


def slot_data(start=None, *, row=1, **fields):
    """Write a time at half past nine, on the day or, when nobody is at work then, the next working day."""
    local = timezone.localtime(start or timezone.now() + timedelta(days=7)).date()
    if not is_working_day(local):
        local = working_days_after(local, 1)
    data = {
        "key": str(uuid.uuid4()),
        f"date_{row}_day": local.day,
        f"date_{row}_month": local.month,
        f"date_{row}_year": local.year,
        f"time_{row}": "9.30",
        "minutes": 90,
        "before": 30,
        "after": 30,
    }
    return data | fields


def anyway(response):
    """Return what confirms all that the page has told about the times."""
    return {"warned": soup(response).select_one("[name=warned]")["value"], "anyway": "on"}


def create_url(team):
    return f"/arbetsgrupp/{team.pk}/konsultation/ny/"


def confirmed(consultation, coordinator, by):
    """Take a consultation all the way to a confirmed time."""
    booking.take(consultation, by=coordinator)
    mandate.decide(
        Mandate.objects.standing().get(party__consultation=consultation), "given", "", key=uuid.uuid4()
    )
    chosen = make_booking(consultation, coordinator)
    booking.accept(chosen, by=by)
    return chosen
