"""Step 3. Included at the root: the Swedish paths are the portal's own."""

from django.contrib.auth.decorators import login_not_required as public
from django.urls import include, path

from metodstod.kept import kept

from .views import (
    afterwards,
    asking,
    calendar,
    desk,
    following,
    joint,
    mandate,
    open_times,
    partner,
    suitability,
    times,
)

app_name = "consultations"

one = [
    path("", following.ConsultationDetail.as_view(), name="detail"),
    path("kalender.ics", times.calendar, name="calendar"),
    # The group's acts.
    path("andra/", asking.ConsultationChange.as_view(), name="change"),
    path("chef/", mandate.ManagerChange.as_view(), name="manager"),
    path("chef/igen/", mandate.ask_manager_again, name="ask_again"),
    path("chef/aterkalla/", mandate.withdraw_link, name="withdraw_link"),
    path("fraga/<int:question>/", mandate.QuestionAnswer.as_view(), name="answer"),
    path("tid/<uuid:booking_id>/", times.accept, name="accept"),
    path("andra-tider/", times.TimesRefuse.as_view(), name="refuse"),
    path("lediga-tider/", open_times.TimeChoose.as_view(), name="choose"),
    path("byt-tid/", open_times.TimeSwap.as_view(), name="swap"),
    path("ko/", suitability.LineStand.as_view(), name="line"),
    path("erbjudande/<uuid:booking_id>/", suitability.answer_offer, name="offer"),
    path("passar/", suitability.TimesSuit.as_view(), name="suits"),
    path("ta-tillbaka/", asking.ConsultationWithdraw.as_view(), name="withdraw"),
    path("kommun/<int:party>/", partner.PartyInvite.as_view(), name="invite"),
    path("gemensamt/<int:offer>/", joint.joint_answer, name="joint_answer"),
    path("gemensamt/lamna/", joint.joint_leave, name="joint_leave"),
    # Both sides'.
    path("mandat/<uuid:mandate>.pdf", mandate.mandate_copy, name="mandate_pdf"),
    path("nasta-steg/", afterwards.NextStepCreate.as_view(), name="step"),
    path("nasta-steg/<int:step>/klart/", afterwards.finish_step, name="step_done"),
    path("uppfoljning/<int:months>/", afterwards.FollowUpWrite.as_view(), name="follow_up"),
    # The coordinator's.
    path("hur-det-blev/", afterwards.OutcomeNote.as_view(), name="outcome"),
    path("mandat/", partner.RuleChange.as_view(), name="rule"),
    path("ta-hand-om/", times.take, name="take"),
    path("tider/", times.TimesPropose.as_view(), name="propose"),
    path("bestam/<uuid:booking_id>/", suitability.settle_on, name="settle_on"),
    path("tid-star-kvar/", times.let_stand, name="let_stand"),
    path("flytta/", times.TimeMove.as_view(), name="move"),
    path("stall-in/", times.ConsultationCancel.as_view(), name="cancel"),
]

urlpatterns = [
    path("konsultation/", kept(following.About.as_view()), name="about"),
    path("konsultation/<reference:reference>/", include(one)),
    path("arbetsgrupp/<uuid:team>/konsultation/ny/", asking.ConsultationCreate.as_view(), name="create"),
    path("konsultation/gemensamma/", public(joint.JointMeetingList.as_view()), name="joint_list"),
    path("mandat/<str:token>/", public(mandate.manager), name="mandate"),
    path("mandat/<str:token>/mandat.pdf", public(mandate.manager_copy), name="mandate_copy"),
    path("tid/<str:token>/", public(partner.PartnerDetail.as_view()), name="partner"),
    path("tid/<str:token>/tider/", public(suitability.PartnerTimes.as_view()), name="partner_times"),
    path("tid/<str:token>/annan-tid/", public(partner.PartnerWish.as_view()), name="partner_wish"),
    path("tid/<str:token>/dra-sig-ur/", public(partner.PartnerWithdraw.as_view()), name="partner_withdraw"),
    path("tid/<str:token>/chef/", public(partner.PartnerManager.as_view()), name="partner_manager"),
    path(
        "tid/<str:token>/chef/igen/", public(partner.PartnerManagerAgain.as_view()), name="partner_ask_again"
    ),
    path(
        "tid/<str:token>/chef/aterkalla/",
        public(partner.PartnerLinkWithdraw.as_view()),
        name="partner_withdraw_link",
    ),
    path(
        "tid/<str:token>/fraga/<int:question>/",
        public(partner.PartnerAnswer.as_view()),
        name="partner_answer",
    ),
    # The coordinator's desk.
    path("konsultationer/vecka/", desk.Week.as_view(), name="week"),
    path("konsultationer/siffror/", desk.Figures.as_view(), name="figures"),
    path("konsultationer/export.<str:kind>", desk.export, name="export"),
    path("konsultationer/tillsammans/", joint.Desk.as_view(), name="desk"),
    path("konsultationer/tillsammans/nytt/", joint.JointMeetingCreate.as_view(), name="joint_create"),
    path("konsultationer/tillsammans/<uuid:meeting>/stang/", joint.joint_close, name="joint_close"),
    # The coordinator's own times.
    path("tider/", open_times.my_times, name="my_times"),
    path("tider/ny/", open_times.TimePublish.as_view(), name="time_publish"),
    path("tider/varje-vecka/", open_times.WeeklyPublish.as_view(), name="weekly_publish"),
    path("tider/<uuid:bookable>/dra-tillbaka/", open_times.time_withdraw, name="time_withdraw"),
    path(
        "tider/varje-vecka/<uuid:pattern>/dra-tillbaka/", open_times.weekly_withdraw, name="weekly_withdraw"
    ),
    path("tider/kalender/", open_times.feed_make, name="feed_make"),
    path("tider/kalender/avsluta/", open_times.feed_end, name="feed_end"),
    path("kalender/<str:token>/metodstod.ics", public(calendar.calendar_feed), name="feed"),
]
