"""Who did what, and when."""

from django.db import models
from django.utils import timezone

from metodstod.models import OncePerKey, User

from .booking import Booking
from .consultation import Consultation
from .mandate import Mandate
from .party import Party


class Act(OncePerKey):
    """Something that has been done in a consultation, by whom and when. Rows are only ever added.

    `by` is empty for those who have no account: `mandate` says which manager it was, `party` which
    partner municipality the act is by or about. `text` is what was
    written with the act (a reason), where no other row holds it.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", "Förfrågan skickades"
        CHANGED = "changed", "Förfrågan ändrades"
        MANAGER_NAMED = "manager_named", "En annan chef utsågs"
        MANAGER_ASKED = "manager_asked", "Chefen fick frågan om mandat på nytt"
        MANDATE_GIVEN = "mandate_given", "Chefen gav mandat"
        MANDATE_DECLINED = "mandate_declined", "Chefen gav inte mandat"
        QUESTION_ASKED = "question_asked", "Chefen ställde en fråga"
        QUESTION_ANSWERED = "question_answered", "Gruppen svarade på chefens fråga"
        LINK_WITHDRAWN = "link_withdrawn", "Chefens länk återkallades"
        REMINDED = "reminded", "Chefen fick en påminnelse"
        PARTNER_ASKED = "partner_asked", "En annan kommun tillfrågades"
        PARTNER_ACCEPTED = "partner_accepted", "En annan kommun sa ja till att vara med"
        PARTNER_DECLINED = "partner_declined", "En annan kommun sa nej till att vara med"
        PARTNER_WITHDREW = "partner_withdrew", "En annan kommun drog sig ur"
        RULE_SET = "rule_set", "Samordnaren bestämde vilka mandat som behövs"
        JOINT_OFFERED = "joint_offered", "Samordnaren erbjöd ett gemensamt möte"
        JOINT_ACCEPTED = "joint_accepted", "Gruppen tackade ja till ett gemensamt möte"
        JOINT_DECLINED = "joint_declined", "Gruppen tackade nej till ett gemensamt möte"
        JOINT_JOINED = "joint_joined", "En annan kommun kom med i mötet"
        JOINT_LEFT = "joint_left", "Det gemensamma mötet gäller inte längre"
        HELD = "held", "Mötet hölls"
        MISSED = "missed", "Mötet blev inte av"
        STEP_AGREED = "step_agreed", "Ett nästa steg lades till"
        STEP_DONE = "step_done", "Ett nästa steg blev klart"
        FOLLOWED_UP = "followed_up", "Uppföljningen gjordes"
        TAKEN = "taken", "Samordnaren tog sig an förfrågan"
        PROPOSED = "proposed", "Samordnaren föreslog tider"
        ACCEPTED = "accepted", "Gruppen valde en tid"
        CONFIRMED = "confirmed", "Tiden bekräftades"
        TIMES_REFUSED = "times_refused", "Gruppen bad om andra tider"
        TIMES_ANSWERED = "times_answered", "En kommun svarade vilka tider som passar"
        TIMES_WISHED = "times_wished", "En kommun önskade en annan tid"
        WISH_MET = "wish_met", "Samordnaren lät tiden stå kvar"
        FITTED = "fitted", "Den tid som passar blev vald"
        SWAPPED = "swapped", "Gruppen bytte till en annan tid"
        LAPSED = "lapsed", "Tiden släpptes, eftersom mandatet dröjde"
        QUEUED = "queued", "Gruppen ställde sig i kö"
        UNQUEUED = "unqueued", "Gruppen lämnade kön"
        OFFERED = "offered", "Gruppen stod på tur och erbjöds en tid"
        OFFER_DECLINED = "offer_declined", "Gruppen tackade nej till tiden"
        OFFER_LAPSED = "offer_lapsed", "Erbjudandet om en tid gick ut"
        MOVED = "moved", "Samordnaren flyttade tiden"
        TIME_CANCELLED = "time_cancelled", "Samordnaren ställde in tiden"
        WITHDRAWN = "withdrawn", "Gruppen tog tillbaka förfrågan"
        CANCELLED = "cancelled", "Samordnaren avslutade förfrågan"

    BY_MANAGER = ("mandate_given", "mandate_declined", "question_asked")

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="acts", verbose_name="konsultation"
    )
    kind = models.CharField("vad", max_length=20, choices=Kind.choices)
    at = models.DateTimeField("när", default=timezone.now)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name="vem")
    mandate = models.ForeignKey(Mandate, models.CASCADE, null=True, related_name="+", verbose_name="mandat")
    party = models.ForeignKey(Party, models.CASCADE, null=True, related_name="+", verbose_name="kommun")
    booking = models.ForeignKey(Booking, models.CASCADE, null=True, related_name="+", verbose_name="bokning")
    text = models.TextField("text", max_length=4000, blank=True)

    class Meta:
        verbose_name = "händelse"
        verbose_name_plural = "händelser"
        ordering = ["at", "pk"]

    def __str__(self):
        return self.get_kind_display()

    @property
    def who(self):
        """Who did it, in words; nothing for what came about by itself or by someone no longer known.

        Of a partner all parties learn which municipality it is, and its manager's title, but no names.
        """
        if self.kind in self.BY_MANAGER and self.mandate:
            if self.party:
                return f"{self.mandate.manager_title}, {self.party}"
            return f"{self.mandate.manager_name}, {self.mandate.manager_title}"
        return ", ".join(str(one) for one in (self.by, self.party) if one)
