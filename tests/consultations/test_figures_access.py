"""The statistics reader counts every county's requests and reads none of them."""

import pytest

from tests.factories import make_consultation, make_municipality, make_staff, make_team


@pytest.fixture
def reader(client, db, log_in):
    log_in(client, make_staff("siffror@lansstyrelsen.example.se", role="statistikläsare", name="Sten Vik"))
    return client


def test_statistics_reader_counts_and_reads_nothing(reader, consultation):
    figures = reader.get("/konsultationer/siffror/")
    request = reader.get(f"/konsultation/{consultation.reference}/")
    table = reader.get("/admin/consultations/consultation/")

    assert figures.status_code == 200
    assert figures.context["facts"][0].shown == "färre än fem grupper"
    assert consultation.need not in figures.text
    assert consultation.reference not in figures.text
    assert "Ta ut som" not in figures.text
    assert (request.status_code, table.status_code) == (404, 403)


def test_statistics_reader_sees_no_number_that_could_point_a_group_out(reader, db):
    for form, number in (("digital", 6), ("phone", 5), ("on_site", 2)):
        place = make_municipality()
        for _ in range(number):
            make_consultation(make_team(municipality=place), form=form)

    page = reader.get("/konsultationer/siffror/")

    by_form = next(table for table in page.context["tables"] if table.by == "Mötesform")
    assert dict(by_form.lines) == {
        "På plats i kommunen": None,
        "Per telefon": None,
        "Digitalt möte": [6, 6, 0, 6],
    }
    facts = {fact.name: fact.shown for fact in page.context["facts"]}
    assert (facts["Förfrågningar"], facts["På gång"]) == (13, 13)


def test_statistics_reader_does_not_learn_from_a_fact_what_the_tables_hide(reader, db):
    place = make_municipality()
    requests = [make_consultation(make_team(municipality=place)) for _ in range(6)]
    type(requests[0]).objects.filter(pk=requests[0].pk).update(held_on="2026-11-02", status="held")

    facts = {fact.name: fact.shown for fact in reader.get("/konsultationer/siffror/").context["facts"]}

    assert facts["Förfrågningar"] == 6
    assert facts["Hållna möten"] == "färre än fem grupper"
    assert facts["På gång"] == 5


def test_statistics_reader_takes_out_no_requests(reader, consultation):
    assert reader.get("/konsultationer/export/csv/").status_code in {403, 404}


def test_statistics_reader_finds_the_figures(reader):
    assert 'href="/konsultationer/siffror/"' in reader.get("/admin/").text
