"""How long something lasts, in Swedish words."""

from datetime import timedelta

NOTHING = timedelta()
UNITS = (("timme", "timmar", "tim", 3600), ("minut", "minuter", "min", 60), ("sekund", "sekunder", "s", 1))


def parts(length):
    """Return the hours, minutes and seconds that are not zero, each with its two words; fractions are rounded."""
    seconds = round(length.total_seconds())
    found = []
    for one, many, short, size in UNITS:
        number, seconds = divmod(seconds, size)
        if number:
            found.append((number, one if number == 1 else many, short))
    return found


def in_words(length):
    """Return a length as it is read aloud: `1 timme, 4 minuter och 27 sekunder`."""
    words = [f"{number} {word}" for number, word, _ in parts(length)] or ["0 sekunder"]
    return " och ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def in_short(length):
    """Return a length for a list: `1 tim 4 min 27 s`. A number stays on the line of its unit."""
    return (
        " ".join(f"{number}\N{NO-BREAK SPACE}{short}" for number, _, short in parts(length))
        or "0\N{NO-BREAK SPACE}s"
    )


def clock(second):
    """Return a place in a film as it is written beside its words: `10:12`, or `1:04:27` past the hour."""
    hours, minutes = divmod(int(second) // 60, 60)
    return f"{hours}:{minutes:02}:{int(second) % 60:02}" if hours else f"{minutes}:{int(second) % 60:02}"
