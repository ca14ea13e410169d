"""What the stories share: the programme as it is loaded, the letters that come, and what every page must pass."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction

from metodstod.models import County
from tests.factories import make_municipality, make_staff


@pytest.fixture
def programme(transactional_db):
    """The programme's own content, two municipalities' mail domains, and a coordinator in each county."""
    with transaction.atomic():
        call_command("load_content", verbosity=0)
        make_municipality("Halmstad", code="1380", domain="halmstad.example.se")
        make_municipality("Borås", code="1490", domain="boras.example.se")
        for code, mailbox, name in (
            ("13", "halland", "Karin Karlsson"),
            ("14", "vastragotaland", "Viktor Ek"),
        ):
            person = make_staff(
                f"samordnare.{mailbox}@lansstyrelsen.example.se",
                counties=[County.objects.get(code=code)],
                name=name,
            )
            person.groups.add(Group.objects.get(name="samordnare"))


@pytest.fixture
def letters(deliver_mail, mailoutbox):
    """Read the mail to an address, newest last, after the queue has done its work."""

    def letters(address):
        deliver_mail()
        return [letter for letter in mailoutbox if letter.to == [address]]

    return letters


@pytest.fixture
def visit(open_browser):
    """Give a person a browser of their own, where the pages that are passed are noted in `page.passed`."""

    def visit(*, judged=True, javascript=True, **options):
        page = open_browser(javascript=javascript, **options)
        page.passed = []

        def note(frame):
            if frame == page.main_frame and frame.url.startswith(page.own_address):
                page.passed.append(frame.url.removeprefix(page.own_address).partition("?")[0])

        page.on("framenavigated", note)
        # axe is a script: where scripts are off it cannot run. The same pages are judged in tests/test_markup.py.
        page.judged = judged and javascript
        return page

    return visit
