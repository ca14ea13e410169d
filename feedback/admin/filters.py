"""What the inbox can be narrowed by."""

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ..models import Passage, Theme


class CountyFilter(admin.SimpleListFilter):
    """By county, for those who handle more than one."""

    title = "län"
    parameter_name = "lan"

    def lookups(self, request, model_admin):
        places = [place for place in request.user.places if place.county__participates]
        counties = sorted({(place.county__code, place.county__name) for place in places})
        return counties if len(counties) > 1 else []

    def queryset(self, request, queryset):
        return queryset.filter(municipality__county__code=self.value()) if self.value() else queryset


class DoneFilter(admin.EmptyFieldListFilter):
    """By whether the moment when something was done is there, in the words that staff use for it."""

    def choices(self, changelist):
        for choice, word in zip(super().choices(changelist), ("Alla", "Nej", "Ja"), strict=True):
            yield choice | {"display": word}


class AssigneeFilter(admin.SimpleListFilter):
    title = "handläggare"
    parameter_name = "handlaggare"

    def lookups(self, request, model_admin):
        return [("jag", "Jag"), ("ingen", "Ingen"), ("annan", "Någon annan")]

    def queryset(self, request, queryset):
        if self.value() == "jag":
            return queryset.filter(assignee=request.user)
        if self.value() == "ingen":
            return queryset.filter(assignee__isnull=True)
        if self.value() == "annan":
            return queryset.filter(assignee__isnull=False).exclude(assignee=request.user)
        return queryset


class FollowUpFilter(admin.SimpleListFilter):
    title = "uppföljning"
    parameter_name = "folj_upp"

    def lookups(self, request, model_admin):
        return [("nu", "Dags nu"), ("senare", "Senare"), ("utan", "Utan datum")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "nu":
            return queryset.due(today)
        if self.value() == "senare":
            return queryset.filter(follow_up_on__gt=today)
        return queryset.filter(follow_up_on__isnull=True) if self.value() == "utan" else queryset


class DiaryFilter(admin.SimpleListFilter):
    title = "diarium"
    parameter_name = "diarium"

    def lookups(self, request, model_admin):
        return [("utan", "Utan diarienummer"), ("stopp", "Med gallringsstopp")]

    def queryset(self, request, queryset):
        if self.value() == "utan":
            return queryset.filter(diary_number="")
        return queryset.filter(held_at__isnull=False) if self.value() == "stopp" else queryset


class ThemeFilter(admin.SimpleListFilter):
    title = "tema"
    parameter_name = "tema"

    def lookups(self, request, model_admin):
        return [(str(theme.pk), theme.name) for theme in Theme.objects.all()]

    def queryset(self, request, queryset):
        if self.value() not in dict(self.lookup_choices):
            return queryset
        marked = Passage.objects.filter(submission=OuterRef("pk"), theme=self.value())
        return queryset.filter(Exists(marked))
