"""What step 3 holds about people: who asked, who is the contact, which manager gave a mandate, who answered what."""

from metodstod.about_a_person import Holding

from .models import (
    Act,
    BookableTime,
    Booking,
    Consultation,
    FollowUp,
    Invitee,
    JointMeeting,
    ManagerQuestion,
    Mandate,
    NextStep,
    Party,
    TimeAnswer,
    WaitingPlace,
)


def within(model, way, *more):
    """Return a function that gives the rows of the consultations that a member of staff sees; `way` leads to the consultation."""

    def visible(by):
        rows = model.objects.filter(**{f"{way}__in": Consultation.objects.visible_to(by)})
        return rows.select_related(f"{way}__team__municipality__county", *more)

    return visible


def desk(way):
    """Return a function that gives where a row's consultation is read and handled."""

    def address(row):
        for name in filter(None, way.split(".")):
            row = getattr(row, name)
        return ("admin:consultations_consultation_change", row.pk)

    return address


HOLDINGS = (
    Holding(
        Consultation,
        lambda by: Consultation.objects.visible_to(by).select_related("team__municipality__county"),
        ("reference", "asked_at", "team", "status", "need", "participants", "wished_times", "ended_at"),
        people=("asked_by", "coordinator", "ended_by"),
        texts=("need", "participants", "wished_times", "place"),
        county="team.municipality.county",
        address=desk(""),
    ),
    Holding(
        Party,
        within(Party, "consultation", "municipality"),
        (
            "consultation",
            "municipality",
            "contact_name",
            "contact_email",
            "invited_at",
            "answer",
            "need",
            "message",
            "wished_times",
        ),
        people=("invited_by",),
        emails=("contact_email",),
        texts=("contact_name", "need", "message", "wished_times"),
        county="municipality.county",
        address=desk("consultation"),
    ),
    Holding(
        Mandate,
        within(Mandate, "party__consultation"),
        (
            "manager_name",
            "manager_title",
            "manager_email",
            "asked_at",
            "decision",
            "decided_at",
            "message",
            "voided_at",
        ),
        emails=("manager_email",),
        texts=("manager_name", "manager_title", "message"),
        county="party.consultation.team.municipality.county",
        address=desk("party.consultation"),
    ),
    Holding(
        ManagerQuestion,
        within(ManagerQuestion, "mandate__party__consultation"),
        ("text", "asked_at", "answer", "answered_at", "answered_as"),
        people=("answered_by",),
        texts=("text", "answer"),
        county="mandate.party.consultation.team.municipality.county",
        address=desk("mandate.party.consultation"),
    ),
    Holding(
        Booking,
        within(Booking, "consultation"),
        ("consultation", "starts_at", "ends_at", "state", "proposed_at", "accepted_at"),
        people=("coordinator", "proposed_by", "accepted_by"),
        county="consultation.team.municipality.county",
        address=desk("consultation"),
    ),
    Holding(
        Invitee,
        within(Invitee, "booking__consultation"),
        ("email", "booking"),
        emails=("email",),
        county="booking.consultation.team.municipality.county",
        address=desk("booking.consultation"),
    ),
    Holding(
        Act,
        within(Act, "consultation"),
        ("consultation", "kind", "at", "text"),
        people=("by",),
        texts=("text",),
        county="consultation.team.municipality.county",
        address=desk("consultation"),
    ),
    Holding(
        TimeAnswer,
        within(TimeAnswer, "booking__consultation"),
        ("booking", "answered_at"),
        people=("by",),
        county="booking.consultation.team.municipality.county",
        address=desk("booking.consultation"),
    ),
    Holding(
        WaitingPlace,
        within(WaitingPlace, "consultation"),
        ("consultation", "since", "left_at"),
        people=("by",),
        county="consultation.team.municipality.county",
        address=desk("consultation"),
    ),
    Holding(
        NextStep,
        within(NextStep, "consultation"),
        ("consultation", "text", "added_at", "done_at"),
        people=("added_by", "done_by"),
        texts=("text",),
        county="consultation.team.municipality.county",
        address=desk("consultation"),
    ),
    Holding(
        FollowUp,
        within(FollowUp, "consultation"),
        ("consultation", "text", "done_at"),
        people=("done_by",),
        texts=("text",),
        county="consultation.team.municipality.county",
        address=desk("consultation"),
    ),
    Holding(
        JointMeeting,
        lambda by: JointMeeting.objects.visible_to(by),
        ("subject", "made_at", "closed_at"),
        people=("made_by", "closed_by"),
        texts=("subject",),
        county="county",
    ),
    Holding(
        BookableTime,
        lambda by: BookableTime.objects.visible_to(by),
        ("starts_at", "ends_at", "published_at", "withdrawn_at"),
        people=("coordinator",),
        is_noted=False,
    ),
)

PASSED_OVER = {
    "consultations.WeeklyPattern": "the times that are made of it are told",
    "consultations.CalendarFeed": "a key that is told to nobody",
}
