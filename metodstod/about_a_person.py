"""What the portal holds about the person with an e-mail address (GDPR art. 15), over all steps, as far as a member of staff sees it.

Each app says in its own `about_a_person` which of its models hold what; one that holds nothing of anybody's says so, and why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Model, Q

from .models import AccessLog, Invitation, Mail, Membership, Team, User


@dataclass(frozen=True)
class Holding:
    """A model that holds what concerns people, and where in it.

    `people` lead to an account, `emails` hold an address, and in `texts` an address may have been written. `shown` is what is told
    of a row that is found, among `visible(by)`. `county` leads from a row to its county, for the access log.
    """

    model: type[Model]
    visible: Callable
    shown: tuple[str, ...]
    people: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    county: str = ""
    # In place of the condition made of the fields: `(email, person)` gives a condition; `row` gives a dictionary.
    sought: Callable | None = None
    described: Callable | None = None
    # Where a row is read and put right.
    address: Callable | None = None
    # Of no county: told only when something else is, or to whoever sees all counties.
    is_beside: bool = False
    is_noted: bool = True

    @property
    def heading(self):
        return str(self.model._meta.verbose_name_plural).capitalize()

    def rows(self, email, person, by):
        condition = self.sought(email, person) if self.sought else self.condition(email, person)
        found = self.visible(by).filter(condition)
        # Noting them asks each row for its county.
        return list(found.select_related(self.county.replace(".", "__")) if self.county else found)

    def condition(self, email, person):
        parts = [Q(**{f"{name}__iexact": email}) for name in self.emails]
        parts += [Q(**{f"{name}__icontains": email}) for name in self.texts]
        if person:
            parts += [Q(**{name: person}) for name in self.people]
        return reduce(or_, parts, Q(pk__in=[]))

    def values(self, row):
        """Return what is told of a row, by the fields' names in Swedish."""
        if self.described:
            return self.described(row)
        names = {name: str(row._meta.get_field(name).verbose_name) for name in self.shown}
        return {label: plain(row, name) for name, label in names.items()}

    def county_of(self, row):
        return (
            reduce(lambda thing, name: thing and getattr(thing, name), self.county.split("."), row)
            if self.county
            else None
        )


def plain(row, name):
    """Return a field's value as people read it, and times as they are."""
    if hasattr(row, f"get_{name}_display"):
        return getattr(row, f"get_{name}_display")()
    value = getattr(row, name)
    return str(value) if isinstance(value, Model) else value


_holdings, _passed_over = [], {}


def register(holdings, passed_over):
    """Add an app's holdings, and its models or fields that are left out with the reason: `{"app.Model.field": reason}`."""
    _holdings.extend(one for one in holdings if one not in _holdings)
    _passed_over.update(passed_over)


def holdings():
    return (*HOLDINGS, *_holdings)


def passed_over():
    return PASSED_OVER | _passed_over


def everything(email, *, by):
    """Return `[(holding, rows)]` for each holding that has something about the person and that this member of staff sees."""
    person = User.objects.filter(email=email.lower()).first()
    found = [(one, one.rows(email, person, by)) for one in holdings()]
    is_known = by.sees_all_counties or any(rows for one, rows in found if not one.is_beside)
    return [(one, rows) for one, rows in found if rows and (is_known or not one.is_beside)]


def note(found, action, *, by):
    """Note in the access log that these rows have been read or taken out."""
    for holding, rows in found:
        for row in rows if holding.is_noted else ():
            AccessLog.record(
                by,
                action,
                row,
                reference=getattr(row, "reference", "registerutdrag"),
                county=holding.county_of(row),
            )


# The core's own ------------------------------------------------------------------------------------


def people_known_to(by):
    """Colleagues, and those that belong to a group or a municipality of the own counties."""
    in_groups = Membership.objects.filter(team__in=Team.objects.visible_to(by)).values("user")
    near = User.objects.visible_to(by).values("pk")
    return User.objects.filter(Q(is_staff=True) | Q(pk__in=near) | Q(pk__in=in_groups)).select_related(
        "municipality__county"
    )


def read_about(email, person):
    """What has been read, taken out or changed about the person, or about the groups he or she belongs to."""
    return Q(pk__in=AccessLog.objects.about(person).values("pk")) if person else Q(pk__in=[])


def log_of(by):
    rows = AccessLog.objects.select_related("who")
    return rows if by.sees_all_counties else rows.filter(county__in=by.reach())


HOLDINGS = (
    Holding(
        User,
        people_known_to,
        (
            "email",
            "name",
            "municipality",
            "workplace",
            "joined_at",
            "last_login",
            "admission_asked_at",
            "admitted_at",
        ),
        emails=("email",),
        county="municipality.county",
        described=lambda row: account(row),
        address=lambda row: ("admin:metodstod_user_change", row.pk),
    ),
    Holding(
        Membership,
        lambda by: Membership.objects.filter(team__in=Team.objects.visible_to(by)).select_related(
            "team__municipality__county", "user"
        ),
        ("team", "is_contact", "joined_at"),
        people=("user",),
        county="team.municipality.county",
        address=lambda row: ("admin:metodstod_team_change", row.team_id),
    ),
    Holding(
        Team,
        lambda by: Team.objects.visible_to(by).select_related("municipality__county"),
        ("name", "workplace", "created_at", "closed_at"),
        people=("created_by", "closed_by"),
        texts=("name", "workplace"),
        county="municipality.county",
        address=lambda row: ("admin:metodstod_team_change", row.pk),
    ),
    Holding(
        Invitation,
        lambda by: Invitation.objects.filter(team__in=Team.objects.visible_to(by)).select_related(
            "team__municipality__county"
        ),
        ("email", "team", "invited_at", "answered_at", "accepted"),
        people=("invited_by",),
        emails=("email",),
        county="team.municipality.county",
    ),
    Holding(
        Mail,
        lambda by: Mail.objects.all(),
        ("to", "subject", "created_at", "delivered_at"),
        emails=("to",),
        is_beside=True,
        is_noted=False,
    ),
    Holding(
        AccessLog,
        log_of,
        ("at", "who", "action", "kind", "reference"),
        people=("about",),
        sought=read_about,
        is_beside=True,
        is_noted=False,
    ),
)


def account(row):
    values = {
        "e-post": row.email,
        "namn": row.name,
        "kommun": str(row.municipality or ""),
        "arbetsplats": row.workplace,
        "skapad": row.joined_at,
        "senast inloggad": row.last_login,
        "bad om tillträde": row.admission_asked_at,
        "insläppt": row.admitted_at,
    }
    return {label: value for label, value in values.items() if value}


PASSED_OVER = {
    "metodstod.User.name": "told with the account that the address finds",
    "metodstod.Session": "the person sees it on a page of their own; to others it would tell when somebody works",
    "metodstod.User.admitted_by": "what a member of staff decided is told with the person it was about",
    "metodstod.AccessLog.who": "what a member of staff has read is told to those whom it was about",
    "metodstod.County": "the authority's own public contact, which everybody sees",
    "metodstod.Municipality": "a place",
    "metodstod.EmailDomain": "a municipality's own",
    "metodstod.TargetGroup": "a list of words",
    "metodstod.FieldOfWork": "a list of words",
    "metodstod.Fact": "public text with an office as its owner",
    "metodstod.Mail.body": "the text is emptied after thirty days, and what it tells of is told here itself",
    "metodstod.Mail.calendar": "the time it is about is told with the consultation",
    "admin.LogEntry": "the list of what staff have changed in content",
    "account.EmailAddress": "the account's address once more",
    "mfa.Authenticator": "a key that is told to nobody",
    "socialaccount.SocialAccount": "the account's address once more",
}
