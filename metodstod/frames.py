"""What a template draws, kept with holes for what differs each time: drawn once, and then filled.

For a small part that a page has many of, or that costs much. What is kept is drawn without anybody's words, so that none
can be sent to another; and a condition on what goes into a hole cannot be made in the template: to it, there is a text.
"""

import re
import secrets
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString


class Frame:
    """What `draw` makes of a text for each of the names, kept with a hole in the place of each text."""

    def __init__(self, draw, names):
        # Such as nobody can write, so that it is found where it was put and nowhere else.
        holes = {secrets.token_hex(16): name for name in names}
        drawn = draw({name: hole for hole, name in holes.items()})
        # Every other piece is a hole.
        self.pieces = re.split(f"({'|'.join(holes)})", drawn)
        self.names = [holes[hole] for hole in self.pieces[1::2]]

    def filled(self, texts):
        """Return what would have been drawn of these texts."""
        pieces = self.pieces.copy()
        pieces[1::2] = [conditional_escape(texts[name]) for name in self.names]
        return SafeString("".join(pieces))


@lru_cache(maxsize=64)
def frame(template, *names, **given):
    """Return the template's frame with holes of these names; the rest that it needs is `given`."""
    return Frame(lambda holes: render_to_string(template, given | holes), names)
