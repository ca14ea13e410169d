"""What step 1 holds about people: who wrote a meeting down. Who took part is never written."""

from metodstod.about_a_person import Holding

from .models import Meeting

HOLDINGS = (
    Holding(
        Meeting,
        lambda by: Meeting.objects.visible_to(by).select_related("team__municipality__county"),
        ("team", "held_on", "logged_at"),
        people=("logged_by",),
        county="team.municipality.county",
        address=lambda row: ("admin:lectures_meeting_change", row.pk),
    ),
)

PASSED_OVER = {
    "lectures.Meeting.count_manager": "a number",
    "lectures.Provider": "organisations",
    "lectures.Lecture": "public content",
    "lectures.ComingCaptions": "public content",
    "lectures.Cue": "public content",
    "lectures.Link": "public content",
    "lectures.Material": "public content",
    "lectures.Notice": "public content",
}
