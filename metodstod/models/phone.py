"""Phone numbers as they are dialled."""


def as_dialled(phone):
    """Return a number as a phone dials it: digits, and a plus before a country's code."""
    return "".join(character for character in phone if character.isdigit() or character == "+")
