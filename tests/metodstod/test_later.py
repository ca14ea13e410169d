"""What is imported in part: only what is asked for, and the package is whole for whoever asks for it."""

import sys

import pytest

from metodstod.later import alone


@pytest.fixture
def many(tmp_path, monkeypatch):
    """A package that imports every language as soon as it is imported itself."""
    package = tmp_path / "every_language"
    package.mkdir()
    (package / "__init__.py").write_text("from . import french, swedish\n")
    (package / "swedish.py").write_text("from .shared import WORD\n")
    (package / "shared.py").write_text("WORD = 'ord'\n")
    (package / "french.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield "every_language"
    for name in [name for name in sys.modules if name.startswith("every_language")]:
        del sys.modules[name]


def test_one_module_of_a_package_is_imported_alone(many):
    swedish = alone(f"{many}.swedish")

    assert swedish.WORD == "ord"
    assert f"{many}.french" not in sys.modules


def test_the_package_is_whole_for_whoever_asks_for_it_afterwards(many):
    swedish = alone(f"{many}.swedish")

    import every_language

    assert every_language.swedish is swedish
    assert f"{many}.french" in sys.modules
    assert alone(f"{many}.swedish") is swedish
