"""Mark what an answer is about: sentence by sentence, so that it can be done with a keyboard and without a script."""

import re

from django.db import transaction

from .models import Passage

# A sentence ends with its mark and a space, or with its line.
SENTENCE = re.compile(r"[^\s].*?(?:[.!?…]+(?=\s|$)|$)", re.MULTILINE)


def sentences(text):
    """Return (start, end) of each sentence, in order."""
    return [match.span() for match in SENTENCE.finditer(text)]


def joined(text, chosen):
    """Return the places of the chosen sentences (by number), those that follow one another as one."""
    found, last = [], None
    for number, (start, end) in enumerate(sentences(text)):
        if number not in chosen:
            continue
        if found and number - 1 == last:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        last = number
    return found


@transaction.atomic
def mark(answers, chosen, *, theme, by):
    """Mark sentences with a theme: `chosen` is a set of numbers for each answer's key. Marked again, they stay marked once."""
    passages = [
        Passage.of(answer, theme=theme, start=start, end=end, by=by)
        for answer in answers
        for start, end in joined(answer.text, chosen.get(answer.pk, ()))
    ]
    Passage.objects.bulk_create(passages, ignore_conflicts=True)
    return len(passages)
