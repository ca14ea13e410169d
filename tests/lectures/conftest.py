"""An editor with a disk of their own."""

import pytest

from tests.factories import make_staff


@pytest.fixture
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_DIR = tmp_path / "uploads"


@pytest.fixture
def editor(client, db, log_in, own_files):
    client.person = make_staff(role="redaktör")
    log_in(client, client.person)
    post = client.post

    def post_and_close(*args, **kwargs):
        """Post as a server does, which closes what was uploaded when it has answered."""
        response = post(*args, **kwargs)
        response.wsgi_request.close()
        return response

    client.post = post_and_close
    return client
