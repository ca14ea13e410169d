"""Published times: the coordinator's own page for them, and the group's choice."""

from functools import wraps

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import FormView

from metodstod.mail import absolute

from .. import availability, feed, open_times
from ..acts import Conflict
from ..forms.open_times import ChooseForm, PublishForm, SwapForm, WeeklyForm
from ..models import BookableTime, CalendarFeed, WeeklyPattern
from .act_page import GroupPage, make_ready_again, own_key

# The coordinator's -----------------------------------------------------------------------------------


def for_publishers(view):
    """Let only those on who publish times; to others there is no such page."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not (request.user.is_staff and request.user.has_perm("consultations.add_bookabletime")):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@for_publishers
@require_safe
def my_times(request, token=None):
    """Show the coordinator's published times that are still to come, the weekly ones, and the calendar's address."""
    times = BookableTime.objects.standing().filter(coordinator=request.user)
    context = {
        "times": with_bookings(times),
        "patterns": WeeklyPattern.objects.standing().filter(coordinator=request.user),
        "feed": CalendarFeed.objects.filter(coordinator=request.user).first(),
        "address": absolute(reverse("consultations:feed", args=[token])) if token else "",
    }
    return render(request, "consultations/my_times.html", context)


def with_bookings(times):
    """Return the times, each with `taken`: the booking that takes it up, or None."""
    times = list(times.prefetch_related("bookings__consultation__team"))
    for one in times:
        one.taken = next((booked for booked in one.bookings.all() if booked.is_occupying), None)
    return times


@method_decorator(for_publishers, name="dispatch")
class PublishPage(FormView):
    template_name = "consultations/publish.html"

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"by": self.request.user}

    def form_valid(self, form):
        form.cleaned_data["key"] = own_key(form, self.request.POST)
        try:
            messages.success(self.request, self.publish(form))
        except Conflict as conflict:
            make_ready_again(form, str(conflict))
            return self.render_to_response(self.get_context_data(form=form), status=409)
        return redirect("consultations:my_times")

    def get_context_data(self, **kwargs):
        return super().get_context_data(page={"title": self.title, "lead": self.lead}, **kwargs)


class TimePublish(PublishPage):
    form_class = PublishForm
    title = "Publicera en tid"
    lead = "Grupperna i ditt län kan välja tiden så snart den är publicerad."

    def publish(self, form):
        open_times.publish(BookableTime(**form.terms, **form.times), by=self.request.user)
        return "Tiden är publicerad."


class WeeklyPublish(PublishPage):
    form_class = WeeklyForm
    title = "Publicera en tid varje vecka"
    lead = "Helgdagar, midsommarafton, julafton och nyårsafton lämnas ut, och dagar då du redan har en tid."

    def publish(self, form):
        pattern, skipped = open_times.publish_weekly(
            WeeklyPattern(**form.terms, **form.times), by=self.request.user
        )
        made = pattern.times.count()
        text = "1 tid är publicerad." if made == 1 else f"{made} tider är publicerade."
        if skipped:
            days = ", ".join(f"{date_format(one.day, 'j F Y')} ({one.why})" for one in skipped)
            text = f"{text} Dagar som lämnades ut: {days}."
        return text


@for_publishers
@require_POST
def time_withdraw(request, bookable):
    mine = BookableTime.objects.filter(coordinator=request.user)
    get_object_or_404(mine, pk=bookable)
    open_times.withdraw(mine.filter(pk=bookable))
    messages.success(request, "Tiden går inte längre att välja.")
    return redirect("consultations:my_times")


@for_publishers
@require_POST
def weekly_withdraw(request, pattern):
    found = get_object_or_404(WeeklyPattern, pk=pattern, coordinator=request.user)
    open_times.withdraw_pattern(found)
    messages.success(request, "Veckotiden är tillbakadragen. Det som redan är bokat står kvar.")
    return redirect("consultations:my_times")


# The group's -----------------------------------------------------------------------------------------


class TimeChoose(GroupPage):
    form_class = ChooseForm
    template_name = "consultations/choose.html"
    title = "Välj en ledig tid"
    lead = (
        "Tiden hålls åt er medan ni väntar på mandat från chefen, i högst tio arbetsdagar. "
        "Den bekräftas när mandatet finns."
    )
    button = "Välj tiden"

    def fetched(self, consultations):
        return consultations.with_times()

    @cached_property
    def free(self):
        """What the group may choose now. Asked for when the page is shown, not while the choice is made."""
        return availability.free_for(self.consultation)

    def refuse(self, form, text, *, status):
        """Show what is free now, when someone else got the time first; nothing that was written is lost."""
        form.data = form.data.copy()
        form.data.pop("time", None)
        if status == 409:
            others = "Här är de tider som är lediga nu." if self.free else ""
            text = f"{text} {others}".strip()
        return super().refuse(form, text, status=status)

    def act(self, form):
        open_times.choose(
            self.consultation,
            open_times.find(form.cleaned_data["time"]),
            by=self.request.user,
            key=form.cleaned_data["key"],
        )

    def get_context_data(self, **kwargs):
        form = kwargs.get("form") or self.get_form()
        form.fields["time"].offer(self.free)
        return super().get_context_data(
            **kwargs | {"form": form}, free=self.free, line=reverse_line(self.consultation)
        )


def reverse_line(consultation):
    return reverse("consultations:line", args=[consultation.reference])


class TimeSwap(TimeChoose):
    form_class = SwapForm
    title = "Byt till en annan tid"
    lead = (
        "Ni får den nya tiden genast, och den gamla blir ledig för andra. Alla får ändringen i sin kalender."
    )
    button = "Byt tid"

    def must_be_open(self):
        super().must_be_open()
        if not self.consultation.booking:
            raise Conflict("Det finns ingen tid att byta.")

    def get_initial(self):
        return self.seen()

    def seen(self):
        booked = self.consultation.booking
        return {"sequence": booked.sequence} if booked else {}

    def act(self, form):
        open_times.swap(
            self.consultation,
            open_times.find(form.cleaned_data["time"]),
            form.cleaned_data["reason"],
            seen_sequence=form.cleaned_data["sequence"],
            by=self.request.user,
            key=form.cleaned_data["key"],
        )


# The calendar at work --------------------------------------------------------------------------------


@for_publishers
@require_POST
def feed_make(request):
    """Make a new secret address and show it, this once."""
    request.method = "GET"
    return my_times(request, token=feed.make(request.user))


@for_publishers
@require_POST
def feed_end(request):
    feed.end(request.user)
    messages.success(request, "Adressen gäller inte längre.")
    return redirect("consultations:my_times")
