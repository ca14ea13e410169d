"""A long list shown a page at a time, chosen by the address."""

from functools import cached_property
from urllib.parse import urlencode

from django.core.paginator import Paginator

PAGE = "sida"
LONGEST_SHOWN = 60


def shortened(text):
    """Return what an address asked for as it can be shown."""
    return text[:LONGEST_SHOWN] + ("…" if len(text) > LONGEST_SHOWN else "")


class Paged:
    """Mixin: says `listed`, how many `per_page`, the `asked_page`, and as `choice` the rest of the query, in pairs."""

    @cached_property
    def page(self):
        """The page that is asked for; the first if that is no number, the last if there is no such page."""
        return Paginator(self.listed, self.per_page).get_page(self.asked_page or 1)

    @property
    def missing_page(self):
        """The page that was asked for and is not there, cut to what can be shown; an empty text if it is."""
        asked = self.asked_page.strip()
        is_there = not asked or asked.lstrip("0") == str(self.page.number)
        return "" if is_there else asked[:LONGEST_SHOWN]

    @property
    def pages(self):
        """The links to the pages: those near by and the outermost, each as (number, address); a gap has no address."""
        numbers = self.page.paginator.get_elided_page_range(self.page.number, on_each_side=1, on_ends=1)
        return [(number, self.address_of(number) if isinstance(number, int) else "") for number in numbers]

    @property
    def previous_address(self):
        return self.address_of(self.page.previous_page_number()) if self.page.has_previous() else ""

    @property
    def next_address(self):
        return self.address_of(self.page.next_page_number()) if self.page.has_next() else ""

    def address_of(self, number):
        """Return the query that leads to another page of the same choice."""
        return "?" + urlencode([*self.choice, *([(PAGE, number)] if number > 1 else [])])
