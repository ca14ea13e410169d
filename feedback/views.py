from django.views.generic import TemplateView


class About(TemplateView):
    template_name = "feedback/about.html"


class SubmissionDetail(TemplateView):
    template_name = "feedback/receipt.html"


draft = TemplateView.as_view(template_name="feedback/draft.html")
review = TemplateView.as_view(template_name="feedback/review.html")
