from django.views.generic import TemplateView


class About(TemplateView):
    template_name = "consultations/about.html"


class ConsultationDetail(TemplateView):
    template_name = "consultations/detail.html"


class ConsultationCreate(TemplateView):
    template_name = "consultations/form.html"


calendar = TemplateView.as_view(template_name="consultations/detail.html")
mandate = TemplateView.as_view(template_name="consultations/mandate.html")
