"""What staff see of people, places and facts, and what each role may do there."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from metodstod.models import AccessLog, County, EmailDomain, Fact, Mail, Municipality, TargetGroup, User
from metodstod.staff import CappedPaginator
from tests.factories import make_member, make_staff, make_team, make_user

CORE = [
    "accesslog",
    "county",
    "emaildomain",
    "fact",
    "fieldofwork",
    "mail",
    "municipality",
    "targetgroup",
    "team",
    "user",
]


@pytest.fixture
def content(db):
    call_command("load_content", verbosity=0)


@pytest.fixture
def enter(client, content, log_in):
    """Log in as a new person with a role, with the second factor, and return the person."""

    def enter(role, counties=()):
        person = make_staff(f"{role}@lansstyrelsen.example.org", name=role)
        person.counties.set(County.objects.filter(code__in=counties))
        person.groups.add(Group.objects.get(name=role))
        log_in(client, person)
        return person

    return enter


def make_waiting(code="1380", **fields):
    """Make a person at an unknown address who has asked to be let in."""
    person = make_user(**fields)
    person.ask_admission(
        name="Vera Vik", municipality=Municipality.objects.get(code=code), workplace="Vård AB"
    )
    return person


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def rows(response):
    return [row.th.get_text(strip=True) for row in page(response).select("#result_list tbody tr")]


def text_of(response):
    return " ".join(page(response).get_text(" ").split())


def address(model, act="changelist", *args):
    return reverse(f"admin:metodstod_{model}_{act}", args=args)


# Who may come where --------------------------------------------------------------------------------

MAY_LIST = {
    "samordnare": {"county", "municipality", "team", "user"},
    "redaktör": {"county", "fact", "fieldofwork", "municipality", "targetgroup"},
    "programledare": set(CORE),
}


@pytest.mark.parametrize("role", MAY_LIST)
def test_role_reaches_its_own_tables_and_no_others(client, enter, role):
    enter(role, counties=["13"])

    answers = {model: client.get(address(model)).status_code for model in CORE}

    assert answers == {model: 200 if model in MAY_LIST[role] else 403 for model in CORE}


def test_staff_without_second_factor_see_nothing(client, content):
    person = make_staff("utan@lansstyrelsen.example.org", is_superuser=True)
    client.force_login(person)

    response = client.get(address("user"))

    assert response.status_code == 302
    assert response["Location"].startswith("/konto/")


def test_group_members_have_no_place_in_admin(client, content, social_worker, log_in):
    log_in(client, social_worker)

    response = client.get(address("user"), follow=True)

    assert response.redirect_chain[-1] == ("/arbetsgrupp/", 302)


def test_no_draft_is_in_admin(content):
    shown = {model._meta.model_name for model in admin.site._registry}
    inline = {
        inline.model._meta.model_name
        for model_admin in admin.site._registry.values()
        for inline in model_admin.inlines
    }

    drafts = {
        model._meta.model_name
        for model in apps.get_app_config("feedback").get_models()
        if "draft" in model._meta.model_name
    }
    assert drafts >= {"draft", "draftanswer"}
    assert drafts & (shown | inline) == set()


def test_index_greets_by_name(client, content, log_in):
    log_in(client, make_staff(role="samordnare", name="Karin Strand"))

    page = BeautifulSoup(client.get("/admin/").content, "html.parser")

    assert page.select_one("#user-tools strong").get_text() == "Karin Strand"


def test_index_shows_a_role_only_what_it_may_do(client, enter):
    enter("redaktör")

    page = BeautifulSoup(client.get("/admin/").content, "html.parser")
    shown = {name.get_text(strip=True) for name in page.select("#content-main th[scope=row]")}

    assert "Faktauppgifter" in shown
    assert not {"Personer", "Åtkomstlogg"} & shown


# People --------------------------------------------------------------------------------------------


def test_coordinator_sees_people_of_own_county_and_no_staff(client, enter):
    enter("samordnare", counties=["13"])
    make_user("sara@halmstad.se")
    make_user("olle@boras.se")
    make_user("ingen@okand.example.org")
    make_waiting(email="vera@foretag.example.org")

    response = client.get(address("user"))

    assert rows(response) == ["sara@halmstad.se", "vera@foretag.example.org"]


def test_coordinator_without_county_sees_nobody(client, enter):
    enter("samordnare")
    make_user("sara@halmstad.se")
    make_user("ingen@okand.example.org")

    assert rows(client.get(address("user"))) == []


def test_foreign_person_answers_like_a_missing_one(client, enter):
    enter("samordnare", counties=["13"])
    foreign = make_user("olle@boras.se")

    answers = [client.get(address("user", "change", pk)) for pk in (foreign.pk, 999_999)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_coordinator_lets_people_in_from_the_list(client, enter, deliver_mail):
    coordinator = enter("samordnare", counties=["13"])
    person, foreign = make_waiting(email="vera@foretag.example.org"), make_waiting("1490")
    deliver_mail()

    response = client.post(
        address("user"), {"action": "admit", "_selected_action": [person.pk, foreign.pk]}, follow=True
    )

    person.refresh_from_db()
    foreign.refresh_from_db()
    assert "Insläppt: vera@foretag.example.org." in text_of(response)
    assert (person.is_admitted, person.admitted_by) == (True, coordinator)
    assert not foreign.is_admitted
    assert [mail.to for mail in deliver_mail()] == [["vera@foretag.example.org"]]


def test_letting_in_twice_tells_the_person_once(client, enter, deliver_mail):
    enter("samordnare", counties=["13"])
    person = make_waiting()
    deliver_mail()

    for _ in range(2):
        response = client.post(
            address("user"), {"action": "admit", "_selected_action": [person.pk]}, follow=True
        )

    assert len(deliver_mail()) == 1
    assert "Ingen av dem väntar" in text_of(response)


def test_person_who_waits_is_let_in_from_their_page(client, enter):
    enter("samordnare", counties=["13"])
    person = make_waiting(email="vera@foretag.example.org")

    form = (
        page(client.get(address("user", "change", person.pk)))
        .find("input", value="Släpp in")
        .find_parent("form")
    )
    fields = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    client.post(form["action"], fields)

    person.refresh_from_db()
    assert person.is_admitted
    assert b"Sl\xc3\xa4pp in" not in client.get(address("user", "change", person.pk)).content


def test_editor_cannot_let_anyone_in(client, enter):
    enter("redaktör", counties=["13"])
    person = make_waiting()

    response = client.post(address("user"), {"action": "admit", "_selected_action": [person.pk]})

    person.refresh_from_db()
    assert response.status_code == 403
    assert not person.is_admitted


def test_coordinator_reads_a_person_and_changes_nothing(client, enter):
    enter("samordnare", counties=["13"])
    person = make_user("sara@halmstad.se", name="Sara")

    shown = page(client.get(address("user", "change", person.pk)))
    response = client.post(
        address("user", "change", person.pk), {"email": "ny@halmstad.se", "is_staff": "on"}
    )

    person.refresh_from_db()
    assert shown.select_one("[name=email]") is None
    assert "Personal" not in shown.select_one("#content").get_text()
    assert response.status_code == 403
    assert (person.email, person.is_staff) == ("sara@halmstad.se", False)


def test_list_can_be_narrowed_to_those_who_wait(client, enter):
    enter("samordnare", counties=["13"])
    make_user("sara@halmstad.se")
    make_waiting(email="vera@foretag.example.org")

    waiting = client.get(address("user"), {"tilltrade": "vantar"})
    admitted = client.get(address("user"), {"tilltrade": "inslappt"})

    assert rows(waiting) == ["vera@foretag.example.org"]
    assert rows(admitted) == ["sara@halmstad.se"]


def test_lead_adds_staff_with_role_and_county(client, enter):
    lead = enter("programledare")
    role = Group.objects.get(name="samordnare")
    county = County.objects.get(code="14")

    client.post(
        address("user", "add"),
        {
            "email": "Ny@Lansstyrelsen.example.org",
            "name": "Ny Samordnare",
            "is_active": "on",
            "is_staff": "on",
            "groups": [role.pk],
            "counties": [county.pk],
        },
    )

    person = User.objects.get(email="ny@lansstyrelsen.example.org")
    assert not person.has_usable_password()
    assert list(person.reach()) == [county]
    assert person.has_perm("feedback.view_submission")
    logged = AccessLog.objects.get(action="changed")
    assert (logged.who, logged.kind, logged.reference) == (lead, "person", str(person.pk))


def test_nobody_is_made_superuser_by_form(client, enter):
    lead = enter("programledare")

    client.post(
        address("user", "change", lead.pk),
        {
            "email": lead.email,
            "is_active": "on",
            "is_staff": "on",
            "is_superuser": "on",
            "user_permissions": ["1"],
        },
    )

    lead.refresh_from_db()
    assert not lead.is_superuser
    assert not lead.user_permissions.exists()


def test_an_address_taken_in_other_letters_is_told_beside_the_field(client, enter):
    enter("programledare")
    make_user("sara@halmstad.se")

    response = client.post(address("user", "add"), {"email": "SARA@halmstad.se", "is_active": "on"})

    assert response.status_code == 200
    assert page(response).select_one(".field-email .errorlist")
    assert User.objects.filter(email="sara@halmstad.se").count() == 1


def test_people_are_never_deleted(client, enter):
    enter("programledare")
    person = make_user("sara@halmstad.se")

    response = client.post(address("user", "delete", person.pk), {"post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=person.pk).exists()


# Work groups ---------------------------------------------------------------------------------------


def test_coordinator_reads_groups_of_own_county_with_their_members(client, enter):
    enter("samordnare", counties=["13"])
    team = make_team(name="Barn och unga", municipality=Municipality.objects.get(code="1380"))
    make_member(team, email="sara@halmstad.se", name="Sara Svensson")
    foreign = make_team(name="Vuxna", municipality=Municipality.objects.get(code="1490"))

    listed = client.get(address("team"))
    shown = client.get(address("team", "change", team.pk))

    assert rows(listed) == ["Barn och unga"]
    assert "Sara Svensson" in text_of(shown)
    assert client.get(address("team", "change", foreign.pk)).status_code == 404
    assert client.post(address("team", "change", team.pk), {"name": "Nytt"}).status_code == 403
    assert client.get(address("team", "add")).status_code == 403


# Places and facts ----------------------------------------------------------------------------------


def fields_of(form):
    """Return what a browser would send of an admin form, unchanged."""
    fields = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        if field.get("type") in {"submit", "button"} or (
            field.get("type") == "checkbox" and not field.has_attr("checked")
        ):
            continue
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            fields[field["name"]] = chosen["value"] if chosen else ""
        else:
            fields[field["name"]] = (
                field.get("value", "") if field.name == "input" else field.get_text().strip()
            )
    return fields


def test_editor_changes_a_county_s_contact_and_it_is_remembered(client, enter):
    editor = enter("redaktör")
    county = County.objects.get(code="14")
    form = page(client.get(address("county", "change", county.pk))).find("form", id="county_form")

    client.post(address("county", "change", county.pk), fields_of(form) | {"contact_name": "Ny Kontakt"})

    county.refresh_from_db()
    assert (county.contact_name, county.code) == ("Ny Kontakt", "14")
    assert county.history.first().history_user == editor
    assert client.get(address("county", "add")).status_code == 403
    assert client.get(address("county", "delete", county.pk)).status_code == 403


def test_coordinator_reads_counties_but_does_not_change_them(client, enter):
    enter("samordnare", counties=["13"])
    county = County.objects.get(code="13")

    response = client.post(address("county", "change", county.pk), {"contact_name": "Någon"})

    county.refresh_from_db()
    assert response.status_code == 403
    assert county.contact_name == "Sigun Lilja"


def test_lead_adds_a_domain_that_lets_people_in(client, enter):
    enter("programledare")
    place = Municipality.objects.get(code="1380")

    client.post(address("emaildomain", "add"), {"name": "Socialt.Example.ORG", "municipality": place.pk})

    assert EmailDomain.objects.get(name="socialt.example.org").municipality == place
    assert make_user("ny@socialt.example.org").is_admitted


def test_domains_not_yet_reviewed_are_found_and_marked(client, enter):
    enter("programledare")
    domain = EmailDomain.objects.get(name="hylte.se")

    client.post(address("emaildomain"), {"action": "review", "_selected_action": [domain.pk]})

    domain.refresh_from_db()
    assert domain.reviewed_at == timezone.localdate()
    assert rows(client.get(address("emaildomain"), {"granskad": "ja"})) == ["hylte.se"]
    assert "hylte.se" not in rows(client.get(address("emaildomain"), {"granskad": "nej"}))


def test_editor_marks_facts_as_reviewed_today_and_it_is_remembered(client, enter):
    editor = enter("redaktör")
    fact = Fact.objects.get(slug="kvinnofridslinjen")

    client.post(address("fact"), {"action": "review", "_selected_action": [fact.pk]})

    fact.refresh_from_db()
    assert fact.reviewed_at == timezone.localdate()
    assert fact.history.first().history_user == editor
    assert fact.history.last().reviewed_at == date(2024, 4, 16)


def test_editor_publishes_a_fact_and_readers_see_it(client, enter):
    enter("redaktör")
    fact = Fact.objects.get(slug="preventell")
    form = page(client.get(address("fact", "change", fact.pk))).find("form", id="fact_form")

    client.post(address("fact", "change", fact.pk), fields_of(form) | {"published": "on"})

    assert "020-66 77 88" in text_of(client.get("/stod-och-kontakt/"))


def test_editor_changes_a_target_group_but_not_its_address(client, enter):
    enter("redaktör")
    group = TargetGroup.objects.get(slug="anhoriga")

    client.post(
        address("targetgroup", "change", group.pk),
        {"name": "Närstående", "slug": "narstaende", "description": "Ny text.", "position": "4"},
    )

    group.refresh_from_db()
    assert (group.name, group.slug) == ("Närstående", "anhoriga")


# Mail and the log of access ------------------------------------------------------------------------


def make_mail(**fields):
    return Mail.objects.create(
        **{
            "to": "sara@halmstad.se",
            "subject": "Ärende",
            "purpose": "admitted",
            "message_id": f"<{timezone.now().timestamp()}@x>",
        }
        | fields
    )


def test_lead_reads_mail_but_never_a_secret(client, enter):
    enter("programledare")
    plain = make_mail(body="Välkommen in.")
    secret = make_mail(body="Din kod är 12345678.", secret=True)

    texts = [text_of(client.get(address("mail", "change", mail.pk))) for mail in (plain, secret)]

    assert "Välkommen in." in texts[0]
    assert "12345678" not in texts[1]
    assert "visas inte" in texts[1]
    assert client.post(address("mail", "change", plain.pk), {"to": "x@example.se"}).status_code == 403
    assert client.get(address("mail", "add")).status_code == 403


def test_mail_is_not_searched_by_its_text(client, enter):
    enter("programledare")
    make_mail(subject="Kod", body="12345678", secret=True)

    assert rows(client.get(address("mail"), {"q": "12345678"})) == []
    assert len(rows(client.get(address("mail"), {"q": "Kod"}))) == 1


@pytest.mark.parametrize(
    "asked", ["body__contains", "body__regex", "body", "secret__exact", "to__startswith"]
)
def test_mail_is_not_guessed_by_filters_that_are_not_there(client, enter, asked):
    enter("programledare")
    make_mail(subject="Kod", body="12345678", secret=True)

    answers = [client.get(address("mail"), {asked: guess}) for guess in ("12345678", "87654321")]

    assert [answer["Location"] for answer in answers] == [f"{address('mail')}?e=1"] * 2
    assert len(rows(client.get(address("mail"), {"purpose": "admitted"}))) == 1


def test_access_log_is_read_only_even_to_the_lead(client, enter):
    lead = enter("programledare")
    logged = AccessLog.record(lead, AccessLog.Action.READ, lead, reference="K7P-4MX-2R9")

    shown = client.get(address("accesslog", "change", logged.pk))

    assert "K7P-4MX-2R9" in text_of(shown)
    assert client.post(address("accesslog", "change", logged.pk), {"reference": "x"}).status_code == 403
    assert client.post(address("accesslog", "delete", logged.pk), {"post": "yes"}).status_code == 403
    assert AccessLog.objects.filter(pk=logged.pk, reference="K7P-4MX-2R9").exists()


# How the pages are made ----------------------------------------------------------------------------


def make_rows(number):
    """Make as many of everything that grows."""
    place = Municipality.objects.get(code="1380")
    for _ in range(number):
        team = make_team(municipality=place)
        person = make_member(team)
        make_mail()
        AccessLog.record(person, AccessLog.Action.READ, person, reference="K7P-4MX-2R9", county=place.county)


@pytest.mark.parametrize("model", ["user", "team", "mail", "accesslog"])
def test_table_asks_as_much_for_thirty_rows_as_for_one(client, enter, django_assert_num_queries, model):
    enter("programledare")
    make_rows(1)
    with CaptureQueriesContext(connection) as one:
        client.get(address(model))
    make_rows(29)

    with django_assert_num_queries(len(one)):
        response = client.get(address(model))

    assert len(rows(response)) >= 30


def test_table_is_counted_no_further_than_anyone_turns_pages(client, enter, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "MOST", 3)
    enter("programledare")
    make_rows(2)
    few = page(client.get(address("team"))).find("p", class_="paginator").get_text(" ", strip=True)
    make_rows(2)

    many = page(client.get(address("team"))).find("p", class_="paginator").get_text(" ", strip=True)

    assert few == "2 arbetsgrupper"
    assert many.startswith("Fler än 3 arbetsgrupper. Här visas de första 3")


@pytest.mark.parametrize("model", CORE)
def test_admin_pages_hold_nothing_inline(client, enter, model):
    enter("programledare")
    make_rows(1)
    thing = next(registered for registered in admin.site._registry if registered._meta.model_name == model)

    pages = [client.get(address(model))]
    pages.append(client.get(address(model, "change", thing.objects.first().pk)))

    for response in pages:
        html = response.content.decode()
        assert response.status_code == 200
        assert not re.search(
            r"<style|\sstyle=|<script(?![^>]*src=)|\son\w+=\"",
            html.replace('type="application/json"', "src="),
        )


def test_search_box_has_a_label_in_words_and_keeps_the_filter(client, enter):
    enter("programledare")

    form = page(client.get(address("user"), {"is_staff__exact": "1", "q": "<b>"})).find(
        "form", id="changelist-search"
    )

    assert form.find("label", attrs={"for": "searchbar"}).string == "Sök:"
    assert form.find("input", id="searchbar")["value"] == "<b>"
    assert form.find("input", attrs={"name": "is_staff__exact"})["value"] == "1"


@pytest.mark.parametrize(("is_demo", "said"), [(True, True), (False, False)])
def test_demo_tells_staff_what_production_demands(client, enter, settings, is_demo, said):
    settings.DEMO = is_demo
    enter("redaktör")

    text = text_of(client.get("/admin/"))

    assert ("I drift krävs en andra faktor" in text) is said
