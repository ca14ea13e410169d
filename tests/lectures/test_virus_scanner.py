"""Files that are uploaded are shown to the scanner for viruses, where there is one, and taken only if it finds nothing."""

import io
import socketserver
import threading

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField
from django.urls import reverse

from lectures.models import Material
from metodstod import doctor, virus_scanner

VIRUS = b"not a virus, but called one here"
LIMIT = 5 * 1024 * 1024


class Clamd(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Speaks as clamd does (`man clamd`), with one thing that it calls a virus, and keeps what it was shown."""

    daemon_threads = True

    def __init__(self, path):
        super().__init__(str(path), Conversation)
        self.seen = []


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        self.wfile.write({b"zPING\0": lambda: b"PONG\0", b"zINSTREAM\0": self.scan}[command]())

    def scan(self):
        content = b""
        while size := int.from_bytes(self.rfile.read(4), "big"):
            content += self.rfile.read(size)
            if len(content) > LIMIT:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.server.seen.append(content)
        return b"stream: Test.Virus FOUND\0" if VIRUS in content else b"stream: OK\0"


@pytest.fixture
def clamd(tmp_path, settings):
    settings.CLAMD = str(tmp_path / "clamd.ctl")
    with Clamd(settings.CLAMD) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def upload(editor, content):
    """Send a document; return what the form says of its file, or nothing if it was taken."""
    answer = editor.post(
        reverse("admin:lectures_material_add"),
        {
            "title": "Samtalsstöd",
            "slug": "samtalsstod",
            "summary": "Stöd för samtal.",
            "file": SimpleUploadedFile("stod.pdf", content),
            "url": "",
            "owner": "Länsstyrelsen",
            "reviewed_at": "2026-11-03",
            "position": "1",
        },
    )
    return [] if answer.status_code == 302 else answer.context["adminform"].form.errors.get("file")


def test_upload_in_which_nothing_is_found_is_taken_whole(clamd, editor):
    content = b"%PDF-1.7\n" + bytes(range(256)) * 8192 + b"%%EOF"

    assert upload(editor, content) == []
    assert clamd.seen == [content]
    with Material.objects.get().file.open() as stored:
        assert stored.read() == content


def test_upload_with_a_virus_is_refused(clamd, editor):
    said = upload(editor, b"%PDF-1.7\n" + VIRUS + b"%%EOF")

    assert said == ["Viruskontrollen stoppade filen. Den har inte sparats."]
    assert not Material.objects.exists()


@pytest.mark.parametrize("content", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7\n" + bytes(2 * LIMIT) + b"%%EOF"])
def test_upload_is_refused_when_the_scanner_cannot_say(clamd, editor, content, settings):
    if len(content) < LIMIT:
        settings.CLAMD += ".away"

    (said,) = upload(editor, content)

    assert said.startswith("Filen kunde inte kontrolleras mot virus just nu")
    assert not Material.objects.exists()


def test_upload_is_taken_unseen_where_there_is_no_scanner(editor, settings):
    assert settings.CLAMD == ""
    assert upload(editor, b"%PDF-1.7\n" + VIRUS + b"%%EOF") == []


def test_scanner_that_answers_something_else_has_not_said_that_it_is_clean(monkeypatch):
    monkeypatch.setattr(virus_scanner, "ask", lambda command, parts: "stream: ")
    file = io.BytesIO(b"x")

    with pytest.raises(ValidationError):
        virus_scanner.check(file)

    assert file.tell() == 0


def test_every_file_of_content_is_shown_to_the_scanner():
    fields = {
        f"{model._meta.label}.{field.name}": admin_of_model.formfield_for_dbfield(field, None)
        for model, admin_of_model in admin.site._registry.items()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    }

    assert len(fields) >= 5
    assert [
        name for name, field in fields.items() if not isinstance(field, virus_scanner.ScannedFileField)
    ] == []


def test_doctor_tells_whether_the_scanner_is_there(clamd, settings):
    there = list(doctor.scanner_answers())
    settings.CLAMD += ".away"
    away = list(doctor.scanner_answers())
    settings.CLAMD = ""
    none = list(doctor.scanner_answers())

    assert [finding.level for finding in (*there, *away, *none)] == ["well", "wrong", "well"]
    assert "(FileNotFoundError): no upload is taken" in away[0].saw
