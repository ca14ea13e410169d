from django.views.generic import TemplateView


class LectureList(TemplateView):
    template_name = "lectures/list.html"


class LectureDetail(TemplateView):
    template_name = "lectures/detail.html"


class MaterialList(TemplateView):
    template_name = "lectures/materials.html"


class MeetingCreate(TemplateView):
    template_name = "lectures/meeting_form.html"


class MeetingDetail(TemplateView):
    template_name = "lectures/meeting.html"
