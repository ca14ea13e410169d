"""Step 2's pages as a test reads and fills them in."""

from bs4 import BeautifulSoup
from django.urls import reverse


def soup(response):
    return BeautifulSoup(response.content, "html.parser")


def form_data(response, **answers):
    """Return what the page's form would send, with some fields filled in otherwise."""
    form = soup(response).select_one("main form")
    data = {field["name"]: field.get("value", "") for field in form.select("input")}
    # A browser, and the HTML standard, drop the line break that follows the opening tag.
    data |= {
        field["name"]: field.text.replace("\r\n", "\n").removeprefix("\n")
        for field in form.select("textarea")
    }
    return data | answers


def draft_url(team):
    return reverse("feedback:draft", args=[team.pk])


def review_url(team):
    return reverse("feedback:review", args=[team.pk])


def open_draft(client, team, **answers):
    """Open the draft and return what its form would send."""
    return form_data(client.get(draft_url(team)), **answers)


def save(client, team, data, **extra):
    return client.post(draft_url(team), data, **extra)


def save_by_script(client, team, data):
    return save(client, team, data, headers={"Accept": "application/json"})


def texts(team):
    """Return the stored texts, in order."""
    from feedback.models import DraftAnswer

    return list(DraftAnswer.objects.filter(draft__team=team).values_list("text", flat=True))


def main_text(response):
    return " ".join(soup(response).main.get_text(" ").split())
