"""What a lecture's page shows: the film, its chapters, what is said in it, and what is new since it was recorded."""

from django.db.models import Count, Q

from .models import Lecture, Notice
from .transcript import Transcript


def published_parts(lecture):
    """Return what a reader's page about a published lecture is made from."""
    return parts(lecture, chapters=lecture.chapters.published(), notices=Notice.objects.published())


def preview(lecture, *, cues=None):
    """Return all that its page shows to those who write it: also what is not yet to be seen by others.

    `cues` are shown in place of those that are stored, if given.
    """
    chapters, notices = lecture.chapters.all(), Notice.objects.all()
    return {
        "lecture": lecture,
        "shows_outside_film": False,
        **outline(lecture),
        **parts(lecture, chapters=chapters, notices=notices, cues=cues),
        "is_preview": True,
    }


def parts(lecture, *, chapters, notices, cues=None):
    chapters = list(chapters)
    notices = list(notices.concerning(lecture))
    places = {}
    for place in lecture.notice_places.all():
        places.setdefault(place.notice_id, []).append(place.second)
    placed = []
    for notice in notices:
        notice.seconds = sorted(second for second in places.get(notice.pk, ()) if second is not None)
        placed += [Placed(second, notice) for second in notice.seconds]
    return {
        "chapters": chapters,
        "notices": notices,
        "is_preview": False,
        "film_waits": False,
        "transcript": Transcript(lecture.cues.all() if cues is None else cues, chapters, placed),
    }


class Placed:
    """A notice at one of its seconds in a lecture."""

    def __init__(self, second, notice):
        self.second, self.notice = second, notice


def outline(lecture):
    """Return where the lecture stands among the published, and the ways on, as `_pager.html` wants them: three queries."""
    published = Lecture.objects.published().only("title", "slug")
    before = Q(position__lt=lecture.position) | Q(position=lecture.position, slug__lt=lecture.slug)
    after = Q(position__gt=lecture.position) | Q(position=lecture.position, slug__gt=lecture.slug)
    counts = published.aggregate(
        total=Count("pk"),
        before=Count("pk", filter=before),
        itself=Count("pk", filter=Q(pk=lecture.pk)),
    )
    if not counts["itself"]:
        return {"number": None, "total": counts["total"]}
    return {
        "number": counts["before"] + 1,
        "total": counts["total"],
        **way_on("previous", published.filter(before).reverse()[:1]),
        **way_on("next", published.filter(after)[:1]),
    }


def way_on(where, lectures):
    """Return what `_pager.html` needs of the one lecture, if there is one."""
    return {
        name: value
        for lecture in lectures
        for name, value in (
            (f"{where}_url", lecture.get_absolute_url()),
            (f"{where}_name", lecture.title),
        )
    }
