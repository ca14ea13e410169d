"""People, places and facts as staff meet them: tables and reading views, and the few lists that staff keep."""

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.utils.formats import date_format
from django.utils.timezone import localtime

from .key_pages import NewestFirst
from .models import (
    AccessLog,
    County,
    EmailDomain,
    Fact,
    FieldOfWork,
    Mail,
    Membership,
    Municipality,
    TargetGroup,
    Team,
    User,
)
from .second_factor import demand_fresh_factor, forget_second_factor
from .staff import (
    Fixed,
    HistoryAdmin,
    MunicipalityFilter,
    NotedReading,
    Reading,
    RelatedThereFilter,
    ValuesThereFilter,
    VisibleAdmin,
)

# What a role may do follows the release (fixtures/roles.json).
admin.site.unregister(Group)

TICKED = {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
SECURE_LINK = {models.URLField: {"assume_scheme": "https"}}


# People --------------------------------------------------------------------------------------------


class AdmissionFilter(admin.SimpleListFilter):
    title = "tillträde"
    parameter_name = "tilltrade"

    def lookups(self, request, model_admin):
        return [("vantar", "Väntar på svar"), ("inslappt", "Insläppt")]

    def queryset(self, request, queryset):
        if self.value() == "vantar":
            return queryset.awaiting_admission()
        return queryset.filter(admitted_at__isnull=False) if self.value() == "inslappt" else queryset


class UserForm(forms.ModelForm):
    def clean_email(self):
        return self.cleaned_data["email"].lower()


@admin.register(User)
class UserAdmin(NotedReading, VisibleAdmin):
    """Coordinators read about people in their counties and let them in; the programme lead keeps everyone."""

    form = UserForm
    change_form_template = "admin/person.html"
    list_display = ["email", "name", "municipality", "workplace", "admission"]
    list_filter = [AdmissionFilter]
    list_select_related = ["municipality"]
    search_fields = ["email", "name", "workplace", "municipality__name"]
    search_help_text = "Sök på e-post, namn, arbetsplats eller kommun."
    formfield_overrides = TICKED
    readonly_fields = ["admission", "joined_at", "last_login"]
    actions = ["admit", "forget_second_factor", "end_sessions"]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Who may do what is not changed from a session that someone else may have sat down at."""
        if request.method == "POST" and self.has_change_permission(request):
            demand_fresh_factor(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_fieldsets(self, request, obj=None):
        found = [(None, {"fields": ["email", "name", "municipality", "workplace", "is_active"]})]
        if obj:
            found.append(("Tillträde", {"fields": ["admission", "joined_at", "last_login"]}))
        if self.has_change_permission(request, obj):
            found.append(("Personal", {"fields": ["is_staff", "groups", "counties"]}))
        return found

    def get_list_display(self, request):
        return [*self.list_display, *self.kept_by_lead(request)]

    def get_list_filter(self, request):
        return [*self.list_filter, *self.kept_by_lead(request)]

    def kept_by_lead(self, request):
        return ["is_staff", "is_active"] if self.has_change_permission(request) else []

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "groups":
            kwargs |= {"label": "Roller", "help_text": "Vad personen får göra."}
        if db_field.name == "counties":
            kwargs |= {"queryset": County.objects.participating()}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description="tillträde", ordering="admitted_at")
    def admission(self, person):
        if person.admitted_at:
            return f"insläppt {date_format(localtime(person.admitted_at), 'DATE_FORMAT')}"
        if person.admission_asked_at:
            return f"väntar sedan {date_format(localtime(person.admission_asked_at), 'DATE_FORMAT')}"
        return "har inte bett om det"

    @admin.action(description="Släpp in", permissions=["admit"])
    def admit(self, request, queryset):
        waiting = list(queryset.awaiting_admission())
        for person in waiting:
            person.admit(by=request.user)
        if waiting:
            people = ", ".join(person.email for person in waiting)
            self.message_user(request, f"Insläppt: {people}. Ett brev talar om det.")
        else:
            self.message_user(request, "Ingen av dem väntar på att släppas in.")

    @admin.action(description="Ta bort andra steget vid inloggning", permissions=["change"])
    def forget_second_factor(self, request, queryset):
        """For someone who has lost both the app and the recovery codes, and has proved it in person."""
        demand_fresh_factor(request)
        people = list(queryset.filter(is_staff=True))
        for person in people:
            forget_second_factor(person, by=request.user)
        self.message_user(
            request, f"{len(people)} av dem du valde får lägga till ett nytt andra steg vid nästa inloggning."
        )

    @admin.action(description="Logga ut överallt", permissions=["change"])
    def end_sessions(self, request, queryset):
        """For an account that someone else may have got into."""
        for person in queryset:
            person.end_sessions()
            AccessLog.record(request.user, AccessLog.Action.CHANGED, person, reference=str(person.pk))
        self.message_user(request, f"{len(queryset)} av dem du valde är utloggade överallt.")

    def has_admit_permission(self, request):
        return request.user.has_perm("metodstod.admit_user")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        context["may_admit"] = bool(obj and obj.awaits_admission and self.has_admit_permission(request))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def has_delete_permission(self, request, obj=None):
        """A person is made inactive: what they wrote and received stays."""
        return False

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        AccessLog.record(request.user, AccessLog.Action.CHANGED, obj, reference=str(obj.pk))


class MembershipInline(Reading, admin.TabularInline):
    model = Membership
    fields = ["user", "is_contact", "joined_at"]
    readonly_fields = fields

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "team")


@admin.register(Team)
class TeamAdmin(Reading, NotedReading, VisibleAdmin):
    list_display = ["name", "municipality", "workplace", "field_of_work", "created_at", "closed_at"]
    list_filter = [("municipality", MunicipalityFilter), "field_of_work", "organisation"]
    list_select_related = ["municipality", "field_of_work"]
    search_fields = ["name", "workplace", "municipality__name"]
    search_help_text = "Sök på namn, arbetsplats eller kommun."
    fields = [
        "name",
        "municipality",
        "workplace",
        "field_of_work",
        "organisation",
        "created_at",
        "created_by",
        "closed_at",
        "closed_by",
    ]
    inlines = [MembershipInline]


# Places --------------------------------------------------------------------------------------------


@admin.register(County)
class CountyAdmin(Fixed, HistoryAdmin):
    list_display = ["name", "code", "participates", "authority", "contact_name", "contact_email"]
    list_filter = ["participates"]
    formfield_overrides = SECURE_LINK
    readonly_fields = ["code"]
    fieldsets = [
        (None, {"fields": ["code", "name", "participates"]}),
        (
            "Myndigheten",
            {
                "fields": [
                    "authority",
                    "governor",
                    "visiting_address",
                    "postal_address",
                    "organisation_number",
                    "website",
                ]
            },
        ),
        (
            "Kontakt på webbplatsen",
            {"fields": ["contact_name", "contact_title", "contact_email", "contact_phone"]},
        ),
    ]


class EmailDomainInline(Reading, admin.TabularInline):
    model = EmailDomain
    fields = ["name", "reviewed_at"]


@admin.register(Municipality)
class MunicipalityAdmin(Reading, admin.ModelAdmin):
    list_display = ["name", "code", "county"]
    list_filter = [("county", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["county"]
    search_fields = ["name", "code"]
    fields = ["name", "code", "county"]
    inlines = [EmailDomainInline]


class ReviewFilter(admin.SimpleListFilter):
    title = "granskning"
    parameter_name = "granskad"

    def lookups(self, request, model_admin):
        return [("ja", "Granskad"), ("nej", "Inte granskad")]

    def queryset(self, request, queryset):
        return queryset.filter(reviewed_at__isnull=self.value() == "nej") if self.value() else queryset


@admin.action(description="Granskade i dag", permissions=["change"])
def review(model_admin, request, queryset):
    for thing in queryset:
        thing.review()
    model_admin.message_user(request, "Dagens datum står nu på det du valde.")


class EmailDomainForm(forms.ModelForm):
    def clean_name(self):
        return self.cleaned_data["name"].lower()


@admin.register(EmailDomain)
class EmailDomainAdmin(admin.ModelAdmin):
    """Whoever reads mail at one of these domains is let in without anyone's decision."""

    form = EmailDomainForm
    list_display = ["name", "municipality", "reviewed_at"]
    list_filter = [ReviewFilter, ("municipality__county", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["municipality"]
    search_fields = ["name", "municipality__name"]
    actions = [review]


# Content -------------------------------------------------------------------------------------------


@admin.register(Fact)
class FactAdmin(HistoryAdmin):
    list_display = ["title", "kind", "phone", "source", "reviewed_at", "published"]
    list_filter = ["published", "kind"]
    formfield_overrides = SECURE_LINK
    search_fields = ["title", "text", "phone", "source"]
    prepopulated_fields = {"slug": ["title"]}
    actions = [review]
    fields = [
        "title",
        "slug",
        "kind",
        "position",
        "text",
        "phone",
        "hours",
        "url",
        "source",
        "owner",
        "reviewed_at",
        "published",
    ]


@admin.register(TargetGroup)
class TargetGroupAdmin(Fixed, admin.ModelAdmin):
    list_display = ["name", "position"]
    fields = ["name", "slug", "description", "position"]
    readonly_fields = ["slug"]


@admin.register(FieldOfWork)
class FieldOfWorkAdmin(Fixed, admin.ModelAdmin):
    list_display = ["name", "position"]
    fields = ["name", "slug", "position"]
    readonly_fields = ["slug"]


# What the portal has told, and who has read --------------------------------------------------------


@admin.register(Mail)
class MailAdmin(NewestFirst, Reading, admin.ModelAdmin):
    """Whether a mail has gone out. The text of a mail with a code or a link that acts is never shown."""

    moment = "created_at"
    list_display = ["when", "to", "subject", "purpose", "delivered", "attempts", "last_error"]
    list_filter = [("delivered_at", admin.EmptyFieldListFilter), ("purpose", ValuesThereFilter)]
    search_fields = ["to", "subject"]
    search_help_text = "Sök på mottagare eller ämne."
    fields = ["to", "subject", "text", "purpose", "created_at", "delivered_at", "attempts", "last_error"]
    readonly_fields = ["text"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("body", "calendar")

    @admin.display(description="levererat", ordering="delivered_at", empty_value="-")
    def delivered(self, mail):
        return mail.delivered_at and date_format(localtime(mail.delivered_at), "SHORT_DATETIME_FORMAT")

    @admin.display(description="text")
    def text(self, mail):
        return "Brevet innehåller en kod eller en hemlig länk och visas inte." if mail.secret else mail.body


@admin.register(AccessLog)
class AccessLogAdmin(NewestFirst, Reading, admin.ModelAdmin):
    moment = "at"
    list_display = ["when", "who", "action", "kind", "reference", "county"]
    list_filter = ["action", ("kind", ValuesThereFilter), ("county", RelatedThereFilter)]
    list_select_related = ["who", "county"]
    search_fields = ["reference", "who__email"]
    search_help_text = "Sök på början av en referens eller på personalens e-post."
    fields = ["at", "who", "action", "kind", "reference", "county"]

    def get_search_results(self, request, queryset, search_term):
        return queryset.searched(search_term) if search_term.strip() else queryset, False
