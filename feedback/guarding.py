"""The guard against personal data in a group's draft: shows where, masks, and leaves what is only suspected to the writer."""

import secrets
from dataclasses import dataclass
from hashlib import blake2s

from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from metodstod.personal_data import Kind, around, find, mask

from .models import DraftVersion, GuardCount


@dataclass(frozen=True)
class Place:
    """One thing that may point somebody out: what it is, and the words around it."""

    kind: Kind
    words: str

    def __str__(self):
        what = self.kind.words[:1].upper() + self.kind.words[1:]
        return f"{what}: ”{self.words}”"


def own_to(team):
    """Return the addresses and numbers that are nobody else's: the members', and the authority's own.

    They are asked for when some text holds an address or a number, which few do.
    """

    def own():
        county = team.municipality.county
        return frozenset({*team.people.values(), county.contact_email, county.contact_phone} - {""})

    return SimpleLazyObject(own)


def places(text, own):
    """Return everything in the text that may point somebody out, in order."""
    if harmless.knows(text):
        return []
    return [Place(one.kind, around(text, one.span)) for one in find(text, own=own)]


class Harmless:
    """The texts in which nothing is found, whoever's they are, by marks that nobody can read a word from.

    A text is looked at when it is saved, and again each time it is shown, reviewed and sent.
    """

    MOST = 2000

    def __init__(self):
        self.key, self.marks = secrets.token_bytes(32), set()

    def knows(self, text):
        # Of another day there may be other numbers of people.
        mark = blake2s(f"{timezone.localdate()} {text}".encode(), key=self.key, digest_size=16).digest()
        if mark in self.marks:
            return True
        if find(text):
            return False
        if len(self.marks) >= self.MOST:
            self.marks.clear()
        self.marks.add(mark)
        return True


harmless = Harmless()


def places_in(draft, own):
    """Return each answer of the draft that holds something, with its places."""
    found = ((answer, places(answer.text, own)) for answer in draft.written)
    return [(answer, some) for answer, some in found if some]


def kinds(text, own=frozenset()):
    return [one.kind for one in find(text, own=own)]


def hide(data, name, own):
    """Return what was sent with everything in one answer masked, and count what that was."""
    text = data.get(name, "")
    found = kinds(text, own)
    if not found:
        return data
    GuardCount.add(found, GuardCount.Outcome.MASKED)
    data = data.copy()
    data[name] = mask(text, own=own)
    return data


def hide_earlier(answer, own):
    """Mask the answer's earlier versions too: what was hidden is not to be kept beside it."""
    for version in answer.versions.all():
        masked = mask(version.text, own=own)
        if masked != version.text:
            DraftVersion.objects.filter(pk=version.pk).update(text=masked)


def count_certain(texts, outcome):
    """Count the identity numbers in these texts."""
    found = [kind for text in texts for kind in kinds(text) if kind.is_certain]
    if found:
        GuardCount.add(found, outcome)
