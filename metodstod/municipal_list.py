"""Statistics Sweden's list of counties and municipalities, read from a file and compared with what is here.

The list (`Kommuner och län, kodlista`) is a table of codes and names, saved from the spreadsheet as CSV: two digits are a county,
four a municipality, whose first two are its county's. A third column, if there is one, holds the municipality's mail domain.
"""

import csv
import re
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from .models import County, EmailDomain, Municipality
from .sorting import swedish_key

DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}", re.ASCII)


class BadList(Exception):
    """The file cannot be used; says which line and why."""


def read(path):
    """Return `(code, name, domain)` of each line. Raises `BadList`."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")  # What a Swedish spreadsheet saves.
    separator = max(";\t,", key=text.count)
    rows, seen = [], {}
    for number, cells in enumerate(lines_of(text, separator), start=1):
        code, name, domain = [*(cell.strip() for cell in cells[:3]), "", "", ""][:3]
        if not re.fullmatch("[0-9]+", code):
            if rows:
                raise BadList(f"Line {number} has no code: {code or 'it is empty'}.")
            continue  # Headings stand above the table.
        # A spreadsheet takes the code for a number and drops the nought it begins with.
        code = code.zfill(2 if len(code) <= 2 else 4)
        domain = domain.lower().removeprefix("@")
        if len(code) > 4 or not name.isprintable() or not 0 < len(name) <= 60:
            raise BadList(f"Line {number} is no code of two or four digits and a name.")
        if domain and not DOMAIN.fullmatch(domain):
            raise BadList(f"Line {number}: {domain} is no mail domain.")
        if code in seen:
            raise BadList(f"Line {number} has the code {code} of line {seen[code]}.")
        seen[code] = number
        rows.append((code, name, domain))
    if not rows:
        raise BadList("There is no line that begins with a code.")
    return rows


def lines_of(text, separator):
    try:
        yield from csv.reader(text.splitlines(), delimiter=separator)
    except csv.Error as error:
        raise BadList(f"It is no CSV file: {error}.") from None


@dataclass
class Changes:
    """What the list would change. Nothing is ever removed: a municipality that is gone has groups and answers still."""

    counties: list = field(default_factory=list)
    municipalities: list = field(default_factory=list)
    domains: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    not_in_list: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.lines)


def compare(rows):
    """Return the `Changes` that would make what is here as the list says. Raises `BadList`."""
    changes = Changes()
    counties = {county.code: county for county in County.objects.all()}
    here = {municipality.code: municipality for municipality in Municipality.objects.all()}
    domains = {
        domain.name: domain.municipality.code for domain in EmailDomain.objects.select_related("municipality")
    }
    for code, name, _ in rows:
        if len(code) == 2:
            note(changes, changes.counties, counties, County(code=code), name)
    for code, name, domain in rows:
        if len(code) == 2:
            continue
        if code[:2] not in counties:
            raise BadList(f"{code} {name} is in a county, {code[:2]}, that is neither in the list nor here.")
        note(changes, changes.municipalities, here, Municipality(code=code, county=counties[code[:2]]), name)
        here[code].sort_key = swedish_key(name)
        if domain and domains.get(domain, code) != code:
            raise BadList(f"{domain} belongs to {domains[domain]} here, and to {code} in the list.")
        if domain and domain not in domains:
            domains[domain] = code
            changes.domains.append(EmailDomain(name=domain, municipality=here[code]))
            changes.lines.append(f"new       {domain} for {name}")
    listed = {code for code, _, _ in rows}
    covered = {code[:2] for code in listed}
    changes.not_in_list = [
        f"{code} {row.name}"
        for code, row in sorted(here.items())
        if code not in listed and code[:2] in covered
    ]
    return changes


def note(changes, changed, known, new, name):
    """Put a row that is new or has another name among what is to be written."""
    row = known.setdefault(new.code, new)
    if row is new:
        changes.lines.append(f"new       {new.code} {name}")
    elif row.name != name:
        changes.lines.append(f"renamed   {new.code} {row.name} → {name}")
    else:
        return
    row.name = name
    changed.append(row)


@transaction.atomic
def make(changes):
    """Write the changes. A domain that came with the list counts as reviewed today."""
    for county in changes.counties:
        county.save()
    for municipality in changes.municipalities:
        municipality.county = County.objects.get(code=municipality.code[:2])
        municipality.save()
    for domain in changes.domains:
        domain.municipality = Municipality.objects.get(code=domain.municipality.code)
        domain.reviewed_at = timezone.localdate()
        domain.save()
