import pytest
from django.core.management import call_command

from consultations.models import BookableTime, Consultation, JointMeeting, Party
from metodstod.models import Mail, User


@pytest.fixture
def demo(db, settings):
    settings.DEMO = True
    call_command("load_content", verbosity=0)
    call_command("load_demo", verbosity=0)


def test_demo_shows_every_part_of_the_way_and_leaves_the_first_groups_to_begin(demo):
    call_command("load_demo", verbosity=0)

    statuses = sorted(Consultation.objects.values_list("status", flat=True))
    assert statuses == ["asked", "asked", "held"]
    assert JointMeeting.objects.listed().count() == 1
    assert Party.objects.filter(contact_email="frida.falk@falkenberg.example.se").count() == 1
    assert [party.municipality.name for party in Party.objects.wishing()] == ["Hylte"]
    assert not Mail.objects.filter(to__endswith="@").exists()
    anna = User.objects.get(email="anna.lind@halmstad.example.se")
    assert not Consultation.objects.visible_to(anna).exists()


def test_demo_has_times_to_choose_among_in_both_counties(demo):
    people = set(BookableTime.objects.standing().values_list("coordinator__email", flat=True))

    assert len(people) == 2
    assert BookableTime.objects.filter(on_site=True).exists()
    assert BookableTime.objects.filter(digital=True, phone=True).exists()
