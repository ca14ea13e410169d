import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from consultations import afterwards, booking, mandate, partner, suitability, wishes
from consultations.acts import Conflict, TooMany
from consultations.booking import Slot
from consultations.models import Act, Booking, Consultation, Mandate
from consultations.standing import waits
from metodstod.models import Mail
from tests.consultations.pages import LONG, MARKUP, NUL, PERSONNUMMER, soup, text
from tests.consultations.test_partner import accepted, answer_data, invited
from tests.factories import make_consultation, make_county, make_staff
from tests.racing import at_once

pytestmark = pytest.mark.django_db

WISH = "Helst en torsdag efter klockan 13."


@pytest.fixture
def consultation(team, varberg):
    return make_consultation(team, partners=[varberg])


@pytest.fixture
def link(party, social_worker):
    """The link of a partner that takes part."""
    return accepted(party, social_worker)


def proposed(consultation, coordinator, *, days=14):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
    slots = [Slot.of(start + timedelta(days=one), minutes=60, before=0, after=0) for one in range(2)]
    booking.propose(consultation, slots, by=coordinator, key=uuid.uuid4())
    return list(consultation.bookings.filter(state="proposed"))


def wish_data(wished_times=WISH, **fields):
    return {"key": str(uuid.uuid4()), "wished_times": wished_times} | fields


def waited_for(consultation):
    return [
        f"{wait.who} ska {wait.what}" for wait in waits(Consultation.objects.whole().get(pk=consultation.pk))
    ]


# By the partner's link -----------------------------------------------------------------------------


def test_partner_wishes_for_another_time_and_the_coordinator_is_told_once(
    client, link, party, consultation, coordinator
):
    times = proposed(consultation, coordinator)
    data = wish_data()

    answers = [client.post(f"{link}annan-tid/", data) for _ in range(2)]

    party.refresh_from_db()
    mail = Mail.objects.get(purpose="consultation_partner_wished")
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (party.wished_times, party.wishes) == (WISH, True)
    assert (mail.to, WISH in mail.body) == (coordinator.email, False)
    assert mail.subject == f"En kommun önskar en annan tid, referens {consultation.reference}"
    assert [one.state for one in Booking.objects.all()] == ["proposed"] * len(times)
    assert Act.objects.get(kind="times_wished").who == "Varberg"


def test_partner_reads_its_own_wish_and_what_has_come_of_it(client, link, party, consultation, coordinator):
    proposed(consultation, coordinator)
    client.post(f"{link}annan-tid/", wish_data())
    before = text(client.get(link))

    proposed(consultation, coordinator, days=30)

    assert WISH in before
    assert "Samordnaren har inte svarat än." in before
    assert "Samordnaren har svarat" in text(client.get(link))


def test_others_than_the_coordinator_read_that_there_is_a_wish_and_not_its_words(
    client, link, consultation, coordinator, member, staff
):
    proposed(consultation, coordinator)
    client.post(f"{link}annan-tid/", wish_data())

    group = text(member.get(consultation.get_absolute_url()))
    assert "En kommun önskade en annan tid: Varberg" in group
    assert WISH not in group
    for address in ("", "tider/"):
        assert WISH in text(staff.get(f"{consultation.get_absolute_url()}{address}"))
    assert "Varberg önskar en annan tid" in text(staff.get("/konsultationer/vecka/"))
    assert "Varberg önskar en annan tid" in text(staff.get("/konsultationer/tillsammans/"))


def test_partner_says_which_suit_and_what_it_would_rather_have(
    client, link, party, consultation, coordinator, social_worker
):
    times = proposed(consultation, coordinator)
    data = wish_data(seen=" ".join(str(one.pk) for one in times))

    client.post(f"{link}tider/", data)

    party.refresh_from_db()
    assert [said.suits for said in party.time_answers.all()] == [False, False]
    assert party.wished_times == WISH
    assert f"Samordnaren {coordinator} ska svara på att Varberg önskar en annan tid" in waited_for(
        consultation
    )


def test_partner_may_say_which_times_suit_when_it_says_yes(client, party, social_worker, consultation):
    link = invited(party, social_worker)

    client.post(link, answer_data(wished_times=WISH))

    party.refresh_from_db()
    assert (party.answer, party.wished_times) == ("accepted", WISH)
    assert not Mail.objects.filter(purpose="consultation_partner_wished").exists()


@pytest.mark.parametrize(
    ("wished_times", "words"),
    [("", "Skriv vilka tider som passar"), (LONG, "tecken"), (PERSONNUMMER, "personnummer"), (NUL, "ull")],
)
def test_a_wish_that_cannot_be_kept_comes_back_as_it_was_written(client, link, party, wished_times, words):
    answer = client.post(f"{link}annan-tid/", wish_data(wished_times))

    party.refresh_from_db()
    assert answer.status_code == 200
    assert words in soup(answer).select_one(".govuk-error-summary").text
    assert party.wished_at is None


def test_markup_in_a_wish_is_shown_as_it_was_written(client, link, staff, consultation):
    client.post(f"{link}annan-tid/", wish_data(MARKUP))

    assert MARKUP in text(staff.get(consultation.get_absolute_url()))


def test_a_link_that_no_longer_works_hands_the_wish_back(client, link, party):
    partner.withdraw_links(party)

    answer = client.post(f"{link}annan-tid/", wish_data())

    assert answer.status_code == 410
    assert WISH in text(answer)


def test_one_who_has_drawn_back_wishes_for_nothing(client, link, party):
    partner.withdraw(party, "", key=uuid.uuid4())

    answer = client.post(f"{link}annan-tid/", wish_data())

    assert answer.status_code == 409
    assert WISH in text(answer)
    with pytest.raises(Conflict, match="inte längre med"):
        wishes.wish(party, WISH, key=uuid.uuid4())


def test_nobody_wishes_for_another_time_when_the_meeting_has_been(link, party, consultation, coordinator):
    afterwards.hold(consultation, timezone.localdate(), "", by=coordinator, key=uuid.uuid4())

    with pytest.raises(Conflict, match="redan hållits"):
        wishes.wish(party, WISH, key=uuid.uuid4())


def test_the_coordinator_is_not_flooded_with_wishes(link, party):
    for number in range(wishes.WISHED_A_DAY):
        wishes.wish(party, f"{WISH} {number}", key=uuid.uuid4())

    with pytest.raises(TooMany):
        wishes.wish(party, "En till.", key=uuid.uuid4())


def test_the_same_words_again_tell_nobody_twice(link, party, coordinator):
    for _ in range(3):
        wishes.wish(party, WISH, key=uuid.uuid4())

    assert Mail.objects.filter(purpose="consultation_partner_wished").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_wish_eight_times_at_once_is_one(link, party, coordinator):
    key = uuid.uuid4()

    outcomes = at_once(8, lambda _: wishes.wish(party, WISH, key=key))

    assert outcomes == [None] * 8
    assert Act.objects.filter(kind="times_wished").count() == 1
    assert Mail.objects.filter(purpose="consultation_partner_wished").count() == 1


# What the coordinator does about it ----------------------------------------------------------------


def test_a_confirmed_time_stands_until_the_coordinator_moves_it(
    link, party, consultation, coordinator, social_worker
):
    mandate.decide(Mandate.objects.standing().get(party=party), "given", "", key=uuid.uuid4())
    times = proposed(consultation, coordinator)
    lead = consultation.parties.get(is_lead=True)
    everything = {one.pk for one in times}
    suitability.answer(party, everything, seen=everything, key=uuid.uuid4())
    suitability.answer(lead, everything, seen=everything, by=social_worker, key=uuid.uuid4())
    booked = consultation.bookings.chosen().get()

    wishes.wish(party, WISH, key=uuid.uuid4())
    waiting = waited_for(consultation)
    later = Slot.of(booked.starts_at + timedelta(days=7), minutes=60, before=0, after=0)
    booking.move(
        consultation, later, "Bättre så.", seen_sequence=booked.sequence, by=coordinator, key=uuid.uuid4()
    )

    assert f"Samordnaren {coordinator} ska svara på att Varberg önskar en annan tid" in waiting
    assert not any("önskar" in one for one in waited_for(consultation))


def test_the_coordinator_lets_the_times_stand_and_the_partner_is_told(
    staff, client, link, party, consultation, coordinator
):
    proposed(consultation, coordinator)
    wishes.wish(party, WISH, key=uuid.uuid4())
    page = soup(staff.get(consultation.get_absolute_url()))
    form = page.select_one("form[action$='tid-star-kvar/']")
    key = form.select_one("[name=key]")["value"]

    answers = [staff.post(form["action"], {"key": key}) for _ in range(2)]
    late = staff.post(form["action"], {"key": str(uuid.uuid4())})

    assert [answer.status_code for answer in (*answers, late)] == [302, 302, 409]
    assert Mail.objects.get(purpose="consultation_partner_time_stands").to == party.contact_email
    assert "Samordnaren har svarat" in text(client.get(link))
    assert not any("önskar" in one for one in waited_for(consultation))


def test_another_coordinator_takes_over_before_answering(staff, link, party, consultation, coordinator):
    colleague = make_staff(role="samordnare", counties=[make_county("13")])
    proposed(consultation, coordinator)
    wishes.wish(party, WISH, key=uuid.uuid4())

    with pytest.raises(Conflict, match="har hand om förfrågan"):
        wishes.let_stand(consultation, by=colleague, key=uuid.uuid4())
    booking.take(consultation, by=colleague)
    wishes.let_stand(consultation, by=colleague, key=uuid.uuid4())

    assert not consultation.parties.wishing().exists()


def test_a_wish_before_there_are_times_is_read_when_they_are_proposed(
    staff, link, party, consultation, coordinator
):
    wishes.wish(party, WISH, key=uuid.uuid4())
    waiting = waited_for(consultation)
    booking.take(consultation, by=coordinator)

    shown = text(staff.get(f"{consultation.get_absolute_url()}tider/"))

    assert not any("önskar" in one for one in waiting)
    assert "Varberg önskar" in shown
    assert WISH in shown
