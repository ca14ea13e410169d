import re
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from consultations import asking, booking, mandate, partner
from consultations.acts import Conflict
from consultations.models import Act, Consultation, Mandate, PartnerLink, Party
from metodstod.models import Mail
from tests.consultations.pages import LONG, MARKUP, NUL, PERSONNUMMER, text
from tests.factories import make_booking, make_consultation
from tests.racing import at_once

MANAGER = {"name": "Berit Bok", "title": "verksamhetschef", "email": "berit.bok@varberg.example.se"}
CONTACT = {"name": "Vera Varg", "email": "vera@varberg.example.se"}
SECRET = "Vår hemliga beskrivning av det vi behöver."


@pytest.fixture
def consultation(team, varberg):
    return make_consultation(team, partners=[varberg], need=SECRET)


def invited(party, by):
    """Ask the partner's contact; return the path of the link that was mailed."""
    partner.invite(party, CONTACT, by=by, key=uuid.uuid4())
    return newest_link()


def newest_link():
    mail = Mail.objects.filter(purpose__startswith="consultation_partner", body__contains="/tid/")
    mail = mail.order_by("created_at").last()
    return re.search(r"http://testserver(/tid/[\w-]+/)", mail.body)[1]


def accepted(party, by):
    path = invited(party, by)
    partner.accept(party, "Vi vill lära oss mer.", MANAGER, key=uuid.uuid4())
    party.refresh_from_db()
    return path


def answer_data(**fields):
    manager = {f"manager_{name}": value for name, value in MANAGER.items()}
    return {"key": str(uuid.uuid4()), "decision": "yes", "need": "Vi vill lära oss mer.", **manager} | fields


def standing(party):
    return Mandate.objects.standing().get(party=party)


# Asking --------------------------------------------------------------------------------------------


def test_invite_mails_one_link_that_is_kept_hashed(party, social_worker):
    key = uuid.uuid4()

    partner.invite(party, CONTACT, by=social_worker, key=key)
    partner.invite(party, CONTACT, by=social_worker, key=key)

    mail = Mail.objects.get(to=CONTACT["email"])
    token = re.search(r"/tid/([\w-]+)/", mail.body)[1]
    assert mail.secret
    assert SECRET not in mail.body
    assert PartnerLink.objects.get().token_hash != token
    assert partner.find(token).party == party
    party.refresh_from_db()
    assert (party.state, party.invited_by) == ("Tillfrågad, har inte svarat", social_worker)


def test_invite_anew_withdraws_the_earlier_link(party, social_worker, client):
    first = invited(party, social_worker)

    second = invited(party, social_worker)

    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_invite_by_someone_outside_is_refused(party, outsider):
    with pytest.raises(PermissionDenied):
        partner.invite(party, CONTACT, by=outsider, key=uuid.uuid4())

    assert not PartnerLink.objects.exists()


def test_group_may_only_write_to_the_municipalitys_own_addresses(consultation, party, member):
    url = f"/konsultation/{consultation.reference}/kommun/{party.pk}/"

    refused = member.post(
        url, {"key": uuid.uuid4(), "contact_name": "Vem", "contact_email": "vem@annat.example.com"}
    )

    assert "Adressen hör inte till Varberg" in text(refused)
    assert not Mail.objects.filter(to="vem@annat.example.com").exists()


def test_coordinator_may_ask_any_address(consultation, party, staff):
    url = f"/konsultation/{consultation.reference}/kommun/{party.pk}/"

    staff.post(url, {"key": uuid.uuid4(), "contact_name": "Vem", "contact_email": "vem@annat.example.com"})

    assert Mail.objects.get(purpose="consultation_partner_asked").to == "vem@annat.example.com"


# The partner's page --------------------------------------------------------------------------------


def test_partner_page_shows_no_free_text_and_no_addresses_of_others(party, social_worker, client):
    path = invited(party, social_worker)

    shown = client.get(path)

    page = shown.content.decode()
    assert "Halmstad" in page
    assert SECRET not in page
    assert "Helst en tisdag" not in page
    assert social_worker.email not in page
    assert "maja.malm@" not in page
    assert "Set-Cookie" not in shown.headers
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"


def test_group_page_shows_that_the_partner_is_in_it_but_not_its_words(party, social_worker, member):
    accepted(party, social_worker)
    mandate.decide(standing(party), "declined", "Chefens eget skäl.", key=uuid.uuid4())

    page = member.get(party.consultation.get_absolute_url()).content.decode()

    assert "Varberg" in page
    assert "Mandat nekat" in page
    for words in ("Vi vill lära oss mer.", "Chefens eget skäl.", "Berit Bok", "vera@varberg", "berit.bok@"):
        assert words not in page


def test_coordinator_reads_the_partners_words(party, social_worker, staff):
    accepted(party, social_worker)

    page = staff.get(party.consultation.get_absolute_url()).content.decode()

    assert "Vi vill lära oss mer." in page
    assert "vera@varberg.example.se" in page


def test_yes_asks_the_partners_own_manager_who_reads_only_what_is_the_partners(party, social_worker, client):
    path = invited(party, social_worker)

    response = client.post(path, answer_data())

    assert response.url == path
    asked = standing(party)
    words = " ".join(text for _, text in asked.asked)
    assert asked.manager_email == MANAGER["email"]
    assert "Vi vill lära oss mer." in words
    assert SECRET not in words
    assert "Varberg är med" in text(client.get(path))
    assert party.consultation.mandate.manager_email == "maja.malm@halmstad.example.se"


def test_yes_without_a_manager_is_refused_with_the_words_kept(party, social_worker, client):
    path = invited(party, social_worker)

    shown = client.post(path, answer_data(manager_email="", need="Mina ord"))

    assert "Skriv er chefs e-postadress." in text(shown)
    assert "Mina ord" in shown.content.decode()
    party.refresh_from_db()
    assert party.answer == ""


def test_contact_cannot_be_the_manager(party, social_worker, client):
    path = invited(party, social_worker)

    shown = client.post(path, answer_data(manager_email=CONTACT["email"]))

    assert "Det är kontaktpersonens adress." in text(shown)


def test_no_may_become_yes(party, social_worker, client):
    path = invited(party, social_worker)

    client.post(path, answer_data(decision="no", message="Inte nu."))
    party.refresh_from_db()
    declined = party.state, party.message
    client.post(path, answer_data())

    party.refresh_from_db()
    assert declined == ("Är inte med", "Inte nu.")
    assert party.takes_part


def test_yes_sent_twice_is_one_yes(party, social_worker, client):
    path = invited(party, social_worker)
    data = answer_data()

    answers = [client.post(path, data).status_code for _ in range(2)]

    assert answers == [302, 302]
    assert party.mandates.count() == 1
    assert Act.objects.filter(kind="partner_accepted").count() == 1


@pytest.mark.parametrize("hostile", [NUL, LONG, MARKUP, PERSONNUMMER])
def test_hostile_words_never_break_the_partners_page(party, social_worker, client, hostile):
    path = invited(party, social_worker)

    answers = [
        client.post(path, answer_data(need=hostile)).status_code,
        client.post(path, answer_data(decision=hostile, manager_name=hostile)).status_code,
        client.post(path + "dra-sig-ur/", {"message": hostile, "key": hostile}).status_code,
        client.post(path + "chef/", {"manager_name": hostile}).status_code,
    ]

    assert set(answers) <= {200, 302, 409}


def test_unknown_link_is_404_and_expired_or_withdrawn_410_with_the_words(party, social_worker, client):
    path = invited(party, social_worker)
    PartnerLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    expired = client.post(path, answer_data(need="Mina ord"))

    assert (expired.status_code, "Mina ord" in text(expired)) == (410, True)
    assert client.get("/tid/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404
    assert client.get("/tid/x/").status_code == 404


def test_partner_withdraws_and_everyone_is_told(party, social_worker, coordinator, client):
    path = accepted(party, social_worker)
    manager = standing(party)

    client.post(path + "dra-sig-ur/", {"key": uuid.uuid4(), "message": "Vi hinner inte."})

    party.refresh_from_db()
    manager.refresh_from_db()
    assert (party.state, manager.voided_because) == ("Har dragit sig ur", "ended")
    assert Mail.objects.filter(purpose="consultation_partner_answered", to=social_worker.email).count() == 2
    assert "har dragit sig ur" in text(client.get(path))


def test_partners_manager_asks_and_the_contact_answers(party, social_worker, client):
    path = accepted(party, social_worker)
    mandate.ask_back(standing(party), "Hur lång tid?", key=uuid.uuid4())
    question = standing(party).questions.get()

    client.post(newest_link() + f"fraga/{question.pk}/", {"key": uuid.uuid4(), "answer": "En timme."})

    question.refresh_from_db()
    assert (question.answer, question.answered_as, question.answered_by) == ("En timme.", "Vera Varg", None)
    assert ["Svar på frågan", "En timme."] in standing(party).asked
    assert Mail.objects.filter(to=MANAGER["email"]).count() == 2
    assert client.get(path).status_code == 200


def test_question_of_another_party_is_not_found(party, consultation, social_worker, client):
    path = accepted(party, social_worker)
    mandate.ask_back(consultation.mandate, "Hemlig fråga?", key=uuid.uuid4())
    question = consultation.mandate.questions.get()

    assert client.get(f"{path}fraga/{question.pk}/").status_code == 404


# One mandate for each, and the rule --------------------------------------------------------------------


def test_change_of_the_groups_own_words_does_not_trouble_the_partners_manager(party, social_worker):
    accepted(party, social_worker)
    consultation = Consultation.objects.get(pk=party.consultation_id)
    mandate.decide(standing(party), "given", "", key=uuid.uuid4())

    change(consultation, social_worker, need="Något helt annat.")

    assert standing(party).is_given
    assert standing(party).scope == 2
    assert Mandate.objects.of_lead(consultation).standing().get().is_undecided


def test_change_of_what_the_partners_manager_read_asks_them_anew(party, social_worker):
    accepted(party, social_worker)
    consultation = Consultation.objects.get(pk=party.consultation_id)
    mandate.decide(standing(party), "given", "", key=uuid.uuid4())

    change(consultation, social_worker, form="phone")

    assert standing(party).is_undecided
    assert standing(party).manager_email == MANAGER["email"]


def change(consultation, by, **changes):
    names = ("need", "form", "place", "wished_times")
    asking.change(
        consultation,
        {name: getattr(consultation, name) for name in names} | changes,
        target_groups=list(consultation.target_groups.all()),
        partners=[one.municipality for one in consultation.parties.filter(is_lead=False)],
        seen_scope=consultation.scope,
        by=by,
        key=uuid.uuid4(),
    )


def test_partner_who_is_no_longer_wanted_is_told_and_stays_in_the_history(party, social_worker):
    accepted(party, social_worker)
    consultation = Consultation.objects.get(pk=party.consultation_id)

    asking.change(
        consultation,
        {"need": SECRET},
        target_groups=list(consultation.target_groups.all()),
        partners=[],
        seen_scope=1,
        by=social_worker,
        key=uuid.uuid4(),
    )

    party.refresh_from_db()
    assert party.state == "Inte längre tillfrågad"
    assert Mail.objects.filter(to=CONTACT["email"], purpose="consultation_partner_removed").count() == 1
    assert not PartnerLink.objects.filter(party=party, withdrawn_at=None).exists()
    assert Act.objects.filter(kind="partner_accepted", party=party).exists()


@pytest.mark.parametrize(("rule", "state"), [("lead", "confirmed"), ("all", "held")])
def test_time_waits_for_the_mandates_that_the_rule_says(rule, state, party, social_worker, coordinator):
    accepted(party, social_worker)
    consultation = party.consultation
    mandate.set_rule(consultation, rule, by=coordinator, key=uuid.uuid4())
    mandate.decide(Mandate.objects.of_lead(consultation).standing().get(), "given", "", key=uuid.uuid4())
    chosen = make_booking(consultation, coordinator)

    booking.accept(chosen, by=social_worker)
    chosen.refresh_from_db()
    before = chosen.state
    mandate.decide(standing(party), "given", "", key=uuid.uuid4())

    chosen.refresh_from_db()
    assert (before, chosen.state) == (state, "confirmed")
    invited = set(chosen.invitees.values_list("email", flat=True))
    assert {CONTACT["email"], MANAGER["email"], "maja.malm@halmstad.example.se"} <= invited


def test_partner_who_withdraws_is_no_longer_waited_for(party, social_worker, coordinator):
    accepted(party, social_worker)
    consultation = party.consultation
    mandate.set_rule(consultation, "all", by=coordinator, key=uuid.uuid4())
    mandate.decide(Mandate.objects.of_lead(consultation).standing().get(), "given", "", key=uuid.uuid4())
    chosen = make_booking(consultation, coordinator)
    booking.accept(chosen, by=social_worker)

    partner.withdraw(party, "", key=uuid.uuid4())

    chosen.refresh_from_db()
    assert chosen.state == "confirmed"
    assert not chosen.invitees.filter(email=CONTACT["email"]).exists()


def test_partner_who_leaves_gets_the_meeting_out_of_its_calendar(party, social_worker, coordinator):
    accepted(party, social_worker)
    consultation = party.consultation
    mandate.decide(Mandate.objects.of_lead(consultation).standing().get(), "given", "", key=uuid.uuid4())
    booking.accept(make_booking(consultation, coordinator), by=social_worker)

    partner.withdraw(party, "", key=uuid.uuid4())

    assert Mail.objects.filter(to=CONTACT["email"], calendar_method="CANCEL").count() == 1


@pytest.mark.django_db(transaction=True)
def test_yes_eight_times_at_once_is_one_yes_and_one_mail_to_the_manager(party, social_worker):
    invited(party, social_worker)
    key = uuid.uuid4()

    at_once(8, lambda _: partner.accept(party, "Ja.", MANAGER, key=key))

    assert party.mandates.count() == 1
    assert Mail.objects.filter(to=MANAGER["email"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_yes_and_no_at_once_leave_one_answer(party, social_worker):
    invited(party, social_worker)

    def answer(number):
        try:
            if number % 2:
                partner.accept(party, "", MANAGER, key=uuid.uuid4())
            else:
                partner.decline(party, "", key=uuid.uuid4())
        except Conflict:
            return "refused"
        return "done"

    at_once(6, answer)

    party.refresh_from_db()
    assert party.answer == Party.Answer.ACCEPTED
    assert party.mandates.count() == 1
