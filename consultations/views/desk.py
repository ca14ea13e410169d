"""The coordinator's own pages: the week, the figures, and what is taken out."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from metodstod.exports import KINDS, export_response
from metodstod.figures import chosen_year
from metodstod.models import AccessLog
from metodstod.second_factor import demand_fresh_factor

from .. import exporting
from ..figures import figures, years
from ..models import Booking, Consultation, FollowUp
from ..standing import waits
from .joint import must_be_desk_staff

WEEK = timedelta(days=7)


class Week(TemplateView):
    """The coordinator's week: meetings day by day, what is waited for, and follow-ups that are due."""

    template_name = "consultations/week.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        must_be_desk_staff(user)
        monday = self.monday()
        mine = self.request.GET.get("vems") != "alla"
        return super().get_context_data(
            monday=monday,
            sunday=monday + WEEK - timedelta(days=1),
            earlier=monday - WEEK,
            later=monday + WEEK,
            number=monday.isocalendar().week,
            days=self.days(monday, mine),
            mine=mine,
            today=timezone.localdate(),
            **self.waiting(mine),
            due=self.due(mine),
            **kwargs,
        )

    def monday(self):
        """Return the Monday of the week that the address names by any of its days; this week's if it names none."""
        try:
            day = date.fromisoformat(self.request.GET.get("vecka", ""))
        except ValueError:
            day = timezone.localdate()
        if abs(day - timezone.localdate()) > timedelta(days=3 * 366):
            day = timezone.localdate()
        return day - timedelta(days=day.weekday())

    def days(self, monday, mine):
        start = timezone.make_aware(timezone.datetime.combine(monday, timezone.datetime.min.time()))
        end = timezone.make_aware(timezone.datetime.combine(monday + WEEK, timezone.datetime.min.time()))
        booked = Booking.objects.visible_to(self.request.user).filter(
            state__in=Booking.OCCUPYING, starts_at__gte=start, starts_at__lt=end
        )
        if mine:
            booked = booked.filter(coordinator=self.request.user)
        booked = list(
            booked.select_related("consultation__team__municipality", "coordinator").order_by("starts_at")
        )
        return [
            (day, [one for one in booked if timezone.localdate(one.starts_at) == day])
            for day in (monday + timedelta(days=step) for step in range(7))
        ]

    def waiting(self, mine):
        """Return the open requests with who is waited for, the longest waiting first, and the coordinator's own apart."""
        found = Consultation.objects.visible_to(self.request.user).open().filter(held_on=None)
        if mine:
            found = found.filter(coordinator=self.request.user) | found.filter(coordinator=None)
        found = found.with_tracks().select_related("team__municipality").order_by("asked_at", "pk")
        pairs = [(one, waits(one)) for one in found[:50]]
        ours = [pair for pair in pairs if any(wait.is_for_coordinator for wait in pair[1])]
        return {"ours": ours, "others": [pair for pair in pairs if pair[1] and pair not in ours]}

    def due(self, mine):
        found = FollowUp.objects.filter(
            consultation__in=Consultation.objects.visible_to(self.request.user).open(),
            done_at=None,
            due_on__lte=timezone.localdate() + timedelta(days=30),
        )
        if mine:
            found = found.filter(consultation__coordinator=self.request.user)
        return found.select_related("consultation__team__municipality")[:50]


class Figures(TemplateView):
    template_name = "consultations/figures.html"

    def get_context_data(self, **kwargs):
        if not self.request.user.has_perm("metodstod.see_figures"):
            must_be_desk_staff(self.request.user)
        all_years = years(self.request.user)
        year = chosen_year(self.request, all_years)
        return super().get_context_data(
            year=year,
            years=all_years,
            kinds=KINDS,
            may_export=self.request.user.has_perm("consultations.change_consultation"),
            **figures(self.request.user, year=year),
            **kwargs,
        )


@require_safe
def export(request, kind):
    """Give the consultations of one's counties as a file; who took what is noted, county by county."""
    must_be_desk_staff(request.user)
    if kind not in KINDS:
        raise Http404
    if not request.user.has_perm("consultations.change_consultation"):
        raise PermissionDenied
    demand_fresh_factor(request)
    year = chosen_year(request, years(request.user))
    found = exporting.chosen(request.user, year=year)
    reference = f"konsultationer {year or 'alla år'} ({found.count()})"
    for county in request.user.reach():
        AccessLog.record(
            request.user, AccessLog.Action.EXPORTED, Consultation, reference=reference, county=county
        )
    name = f"konsultationer-{year}" if year else "konsultationer"
    return export_response(kind, name, exporting.COLUMNS, exporting.rows(found))
