"""The desk's pages about one submission: reply, mark themes, correct, and the document for the diary."""

import re

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from metodstod.models import AccessLog
from metodstod.second_factor import demand_fresh_factor

from .. import diary, handling, marking, replying
from ..models import Passage, ReplyTemplate, Submission
from .desk_page import desk_page, own_submission, show
from .forms import CorrectionForm, MarkForm, ReplyForm


def back(submission):
    return redirect("admin:feedback_submission_change", submission.pk)


@desk_page
def reply(model_admin, request, pk):
    submission = own_submission(request, pk)
    templates = ReplyTemplate.objects.visible_to(request.user)
    fetches = "fetch" in request.POST
    form = with_template(request.POST, templates) if fetches else ReplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if replying.reply(submission, text=data["text"], key=data["key"], by=request.user):
            messages.success(
                request, "Svaret är skickat. Gruppen ser det på sitt kvitto och får ett brev med en länk."
            )
        else:
            messages.info(request, "Svaret var redan skickat.")
        return back(submission)
    if request.method == "GET":
        handling.log(submission, AccessLog.Action.READ, by=request.user)
    return show(
        model_admin,
        request,
        "feedback/desk/reply.html",
        title=f"Svara på {submission.reference}",
        submission=submission,
        answers=submission.answers.select_related("question"),
        templates=templates,
        form=form,
    )


def with_template(data, templates):
    """Return the form, not sent yet, with the chosen template after what has been written; nothing written is lost."""
    chosen, written = data.get("mall", ""), data.get("text", "").strip()
    template = templates.filter(pk=chosen).first() if re.fullmatch(r"\d{1,9}", chosen, re.ASCII) else None
    text = template.text if template and template.text not in written else ""
    whole = "\n\n".join(part for part in (written, text) if part)
    # A new key would let a second press of "Skicka" become a second reply; a broken one is renewed when it is sent.
    return ReplyForm(initial={"text": whole, "key": data.get("key", "")})


@desk_page
def mark(model_admin, request, pk):
    submission = own_submission(request, pk)
    answers = submission.answers.select_related("question").prefetch_related("passages__theme")
    form = MarkForm(request.POST or None)
    if request.method == "POST" and "remove" in request.POST:
        return unmark(request, submission)
    if request.method == "POST" and form.is_valid():
        chosen = sentences_in(request.POST.getlist("sentence"))
        number = marking.mark(answers, chosen, theme=form.cleaned_data["theme"], by=request.user)
        if number:
            handling.log(submission, AccessLog.Action.CHANGED, by=request.user)
            messages.success(request, f"Märkt med {form.cleaned_data['theme']}.")
            return redirect(request.path)
        form.add_error(None, "Kryssa för minst en mening.")
    if request.method == "GET":
        handling.log(submission, AccessLog.Action.READ, by=request.user)
    return show(
        model_admin,
        request,
        "feedback/desk/mark.html",
        title=f"Märk teman i {submission.reference}",
        submission=submission,
        answers=[(answer, shown_sentences(answer)) for answer in answers if answer.text],
        form=form,
    )


def sentences_in(values):
    """Return the ticked sentences, `<answer>-<number>`, as numbers by answer; what is malformed counts as nothing."""
    chosen = {}
    for value in values:
        if re.fullmatch(r"\d{1,18}-\d{1,5}", value, re.ASCII):
            answer, _, number = value.partition("-")
            chosen.setdefault(int(answer), set()).add(int(number))
    return chosen


def shown_sentences(answer):
    """Return each sentence with its number and the names of the themes that it is marked with."""
    passages = answer.passages.all()
    return [
        (
            number,
            answer.text[start:end],
            sorted({one.theme.name for one in passages if one.start < end and one.end > start}),
        )
        for number, (start, end) in enumerate(marking.sentences(answer.text))
    ]


def unmark(request, submission):
    wanted = request.POST["remove"]
    passage = get_object_or_404(
        Passage.objects.filter(submission=submission),
        pk=wanted if re.fullmatch(r"\d{1,18}", wanted, re.ASCII) else 0,
    )
    passage.delete()
    handling.log(submission, AccessLog.Action.CHANGED, by=request.user)
    messages.success(request, "Märkningen är borttagen.")
    return redirect(request.path)


@desk_page
def correct(model_admin, request, pk):
    submission = own_submission(request, pk)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if handling.correct(submission, text=form.cleaned_data["text"], by=request.user):
            messages.success(request, "Rättelsen är antecknad. Gruppen ser den på sitt kvitto.")
        else:
            messages.info(request, "Rättelsen var redan antecknad.")
        return back(submission)
    return show(
        model_admin,
        request,
        "feedback/desk/correct.html",
        title=f"Anteckna en rättelse till {submission.reference}",
        submission=submission,
        form=form,
    )


@desk_page
def document(model_admin, request, pk):
    """The submission as the diary keeps it: one PDF."""
    demand_fresh_factor(request)
    submission = own_submission(request, pk)
    handling.log(submission, AccessLog.Action.EXPORTED, by=request.user)
    whole = Submission.objects.with_content().get(pk=submission.pk)
    response = HttpResponse(diary.document(whole), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{submission.reference}.pdf"'
    return response
