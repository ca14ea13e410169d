import uuid

import pytest
from django.core.exceptions import PermissionDenied

from consultations import asking, booking, mandate
from consultations.acts import Conflict, TooMany
from consultations.models import Act, Consultation, Mandate
from metodstod import references
from metodstod.models import Mail
from tests.factories import (
    make_booking,
    make_consultation,
    make_county,
    make_member,
    make_municipality,
    make_staff,
    make_target_group,
    make_team,
)

pytestmark = pytest.mark.django_db


def changes_to(consultation, **changes):
    names = ("need", "form", "place", "wished_times")
    return {name: getattr(consultation, name) for name in names} | changes


def change(consultation, *, by=None, seen_scope=None, groups=None, partners=(), key=None, **changes):
    asking.change(
        consultation,
        changes_to(consultation, **changes),
        target_groups=groups or list(consultation.target_groups.all()),
        partners=partners,
        seen_scope=consultation.scope if seen_scope is None else seen_scope,
        by=by or consultation.team.contact(),
        key=key or uuid.uuid4(),
    )
    consultation.refresh_from_db()


def kinds(consultation):
    return list(consultation.acts.values_list("kind", flat=True))


def purposes(*, to):
    return sorted(Mail.objects.filter(to=to).values_list("purpose", flat=True))


def test_ask_stores_what_was_asked_and_tells_manager_coordinator_and_group(social_worker, coordinator):
    team = make_team(social_worker)
    colleague = make_member(team)
    laholm = make_municipality("Laholm", code="1381")

    consultation = make_consultation(team, partners=[laholm])

    assert consultation.status == Consultation.Status.ASKED
    assert [str(party) for party in consultation.parties.all()] == ["Halmstad", "Laholm"]
    assert consultation.lead.municipality == team.municipality
    assert consultation.mandate.scope == consultation.scope == 1
    assert kinds(consultation) == ["asked"]
    assert purposes(to="maja.malm@halmstad.example.se") == ["consultation_mandate"]
    assert purposes(to=coordinator.email) == ["consultation_asked"]
    assert purposes(to=social_worker.email) == ["consultation_receipt"]
    assert purposes(to=colleague.email) == ["consultation_receipt"]


def test_ask_tells_the_coordinators_of_every_county_it_concerns_and_no_others(social_worker, coordinator):
    other = make_staff(role="samordnare", counties=[make_county("14")])
    elsewhere = make_staff(role="samordnare", counties=[make_county("12")])
    editor = make_staff(role="redaktör", counties=[make_county("13")])

    make_consultation(make_team(social_worker), partners=[make_municipality("Borås", code="1490")])

    assert purposes(to=coordinator.email) == ["consultation_asked"]
    assert purposes(to=other.email) == ["consultation_asked"]
    assert purposes(to=elsewhere.email) == []
    assert purposes(to=editor.email) == []


def test_ask_tells_the_countys_contact_when_no_coordinator_has_an_account(social_worker):
    make_county("13").__class__.objects.filter(code="13").update(contact_email="kontakt@lst.example.se")

    make_consultation(make_team(social_worker))

    assert purposes(to="kontakt@lst.example.se") == ["consultation_asked"]


def test_mail_about_a_request_holds_nothing_of_what_was_written(social_worker, coordinator):
    make_consultation(make_team(social_worker), need="Hemligt behov", wished_times="Hemlig tisdag")

    text = "".join(mail.subject + mail.body for mail in Mail.objects.all())

    assert "Hemlig" not in text


def test_ask_again_with_the_same_key_is_the_same_request(social_worker):
    team, key = make_team(social_worker), uuid.uuid4()
    first = make_consultation(team, key=key)
    mails = Mail.objects.count()

    second = make_consultation(team, key=key)
    with pytest.raises(Conflict, match="redan skickad"):
        make_consultation(team, key=key, need="Något annat")

    assert second == first
    assert Consultation.objects.count() == 1
    assert Mail.objects.count() == mails


def test_ask_with_someone_elses_key_is_refused_and_shows_nothing(social_worker, outsider):
    key = uuid.uuid4()
    make_consultation(make_team(social_worker), key=key)

    with pytest.raises(Conflict):
        make_consultation(make_team(outsider, municipality=outsider.municipality), key=key)

    assert Consultation.objects.count() == 1


def test_ask_takes_another_reference_when_someone_elses_has_the_same(social_worker, monkeypatch):
    team = make_team(social_worker)
    first = make_consultation(team)
    new = references.new_reference()
    monkeypatch.setattr(asking, "new_reference", lambda: new)

    second = make_consultation(team, reference=first.reference)

    assert second.reference == new
    assert Consultation.objects.count() == 2


def test_ask_for_a_closed_group_is_refused(social_worker):
    team = make_team(social_worker)
    team.close(by=social_worker)

    with pytest.raises(Conflict):
        make_consultation(team, by=social_worker)

    assert Consultation.objects.count() == 0


def test_ask_by_someone_outside_the_group_is_refused(social_worker, outsider):
    with pytest.raises(PermissionDenied):
        make_consultation(make_team(social_worker), by=outsider)

    assert Consultation.objects.count() == 0


def test_ask_has_a_limit_a_day(social_worker):
    team = make_team(social_worker)
    for _ in range(asking.ASKED_A_DAY):
        make_consultation(team)

    with pytest.raises(TooMany):
        make_consultation(team)


def test_change_of_what_is_asked_voids_the_mandate_and_asks_anew(social_worker):
    consultation = make_consultation(make_team(social_worker))
    old = consultation.mandate
    mandate.decide(old, Mandate.Decision.GIVEN, "", key=uuid.uuid4())

    change(consultation, need="Vi vill också kunna möta anhöriga.")

    old.refresh_from_db()
    new = Mandate.objects.standing().get()
    assert (old.voided_because, old.decision) == ("changed", "given")
    assert (new.scope, consultation.scope, new.decision) == (2, 2, "")
    assert ["Behov", "Vi vill också kunna möta anhöriga."] in new.asked
    assert ["Behov", "Vi vill kunna möta ungdomar."] in old.asked
    assert purposes(to=new.manager_email) == ["consultation_mandate", "consultation_mandate"]


@pytest.mark.parametrize("what", ["form", "place", "groups", "partners"])
def test_change_of_any_part_of_the_scope_asks_the_manager_anew(social_worker, what):
    consultation = make_consultation(make_team(social_worker))
    new = {
        "form": "phone",
        "place": "Rådhuset",
        "groups": [make_target_group("utsatta", name="Utsatta")],
        "partners": [make_municipality("Laholm", code="1381")],
    }

    change(consultation, **{what: new[what]})

    assert consultation.scope == 2


def test_change_of_wished_times_alone_keeps_the_mandate(social_worker, coordinator):
    consultation = make_consultation(make_team(social_worker))
    mandate.decide(consultation.mandate, Mandate.Decision.GIVEN, "", key=uuid.uuid4())

    change(consultation, wished_times="Helst en onsdag.")

    assert (consultation.scope, consultation.wished_times) == (1, "Helst en onsdag.")
    assert Mandate.objects.given_for(consultation).count() == 1
    assert "consultation_changed" in purposes(to=coordinator.email)


def test_change_of_nothing_does_nothing(social_worker):
    consultation = make_consultation(make_team(social_worker))
    mails = Mail.objects.count()

    change(consultation)

    assert kinds(consultation) == ["asked"]
    assert Mail.objects.count() == mails


def test_change_keeps_proposed_times_and_makes_a_confirmed_one_wait_for_the_new_mandate(
    social_worker, coordinator
):
    consultation = make_consultation(make_team(social_worker))
    chosen = make_booking(consultation, coordinator)
    mandate.decide(consultation.mandate, Mandate.Decision.GIVEN, "", key=uuid.uuid4())
    booking.accept(chosen, by=social_worker)

    change(consultation, need="Något annat.")

    chosen.refresh_from_db()
    assert (chosen.state, chosen.mandate, chosen.confirmed_at) == ("held", None, None)
    assert consultation.status == Consultation.Status.ACCEPTED
    tentative = Mail.objects.filter(purpose="consultation_tentative", to=social_worker.email).get()
    assert "STATUS:TENTATIVE" in tentative.calendar
    assert "SEQUENCE:1" in tentative.calendar


def test_change_against_an_older_version_is_refused(social_worker):
    consultation = make_consultation(make_team(social_worker))
    change(consultation, need="Kollegans text.")

    with pytest.raises(Conflict, match="Någon annan i gruppen"):
        change(consultation, need="Min text.", seen_scope=1)

    consultation.refresh_from_db()
    assert consultation.need == "Kollegans text."


def test_change_sent_twice_is_done_once(social_worker):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()
    change(consultation, need="Nytt.", key=key)

    change(consultation, need="Nytt.", key=key, seen_scope=1)

    assert consultation.scope == 2
    assert kinds(consultation) == ["asked", "changed"]


def test_withdraw_ends_everything_and_cancels_the_time_in_the_calendars(social_worker, coordinator):
    consultation = make_consultation(make_team(social_worker))
    chosen = make_booking(consultation, coordinator)
    mandate.decide(consultation.mandate, Mandate.Decision.GIVEN, "", key=uuid.uuid4())
    booking.accept(chosen, by=social_worker)

    asking.withdraw(consultation, "Vi har fått hjälp på annat håll.", by=social_worker, key=uuid.uuid4())

    consultation.refresh_from_db()
    chosen.refresh_from_db()
    assert (consultation.status, consultation.ended_by) == ("withdrawn", social_worker)
    assert chosen.state == "cancelled"
    assert Mandate.objects.standing().count() == 0
    cancelled = Mail.objects.filter(purpose="consultation_withdrawn")
    assert sorted(mail.to for mail in cancelled) == sorted(
        [social_worker.email, coordinator.email, "maja.malm@halmstad.example.se"]
    )
    assert {mail.calendar_method for mail in cancelled} == {"CANCEL"}
    assert Act.objects.get(kind="withdrawn").text == "Vi har fått hjälp på annat håll."


def test_withdraw_without_a_time_tells_both_sides_once(social_worker, coordinator):
    consultation, key = make_consultation(make_team(social_worker)), uuid.uuid4()

    asking.withdraw(consultation, "", by=social_worker, key=key)
    asking.withdraw(consultation, "", by=social_worker, key=key)

    told = Mail.objects.filter(purpose="consultation_withdrawn").values_list("to", flat=True)
    assert sorted(told) == sorted([social_worker.email, coordinator.email])


def test_nothing_can_be_changed_in_an_ended_request(social_worker):
    consultation = make_consultation(make_team(social_worker))
    asking.withdraw(consultation, "", by=social_worker, key=uuid.uuid4())

    with pytest.raises(Conflict, match="avslutad"):
        change(consultation, need="För sent.")
    with pytest.raises(Conflict, match="avslutad"):
        asking.withdraw(consultation, "", by=social_worker, key=uuid.uuid4())


def test_history_keeps_who_changed_what_but_no_free_text(social_worker):
    consultation = make_consultation(make_team(social_worker))

    change(consultation, need="Hemligt.", form="phone")

    row = consultation.history.first()
    assert row.form == "phone"
    assert not {"need", "place", "wished_times"} & {field.name for field in row._meta.fields}
