"""A mandate as a document to keep: the words that were read, their version, who decided, and when."""

from django.utils import timezone
from django.utils.formats import date_format

from metodstod.documents import pdf_response


def response(mandate):
    """Return the decided mandate as a download. The same mandate gives the same bytes."""
    reference = mandate.party.consultation.reference
    return pdf_response(
        "mandate", content(mandate), filename=f"mandat-{reference}.pdf", made_at=mandate.decided_at
    )


def content(mandate):
    consultation = mandate.party.consultation
    return {
        "title": f"{mandate.get_decision_display()}: konsultation {consultation.reference}",
        "reference": consultation.reference,
        "facts": [
            ["Kommun", str(mandate.party.municipality)],
            ["Besked", mandate.get_decision_display()],
            ["Lämnat", when(mandate.decided_at)],
            ["Av", f"{mandate.manager_name}, {mandate.manager_title}"],
            ["Frågan ställdes", when(mandate.asked_at)],
        ],
        "asked": mandate.asked,
        "terms": mandate.terms,
        "text_version": mandate.text_version,
        "message": mandate.message,
    }


def when(moment):
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")
