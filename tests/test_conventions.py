"""What the house has agreed on and no linter knows. Each test reads the tree; none needs the database."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.template.loader import get_template
from django.urls import URLResolver, get_resolver

from tests.planted import WEAKNESSES, without_a_place

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
CORE = "metodstod"
STEPS = ("lectures", "feedback", "consultations")
TEMPLATES = ROOT / "templates"
# One sits down and reads a module; when it takes longer it becomes a package of things.
LONGEST_MODULE = 600
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "services", "service", "base", "misc"}


# The tree ------------------------------------------------------------------------------------------


def modules(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


@cache
def tree(path):
    return ast.parse(path.read_text())


@cache
def code():
    """Every Python module of the product, without its tests."""
    return tuple(modules(CORE, *STEPS))


@cache
def our_templates():
    return tuple(sorted(path for path in TEMPLATES.rglob("*") if path.is_file()))


def name_of(template):
    return template.relative_to(TEMPLATES).as_posix()


def shown(path):
    return path.relative_to(ROOT).as_posix()


@cache
def strings_in_code():
    """Every string that stands in the product's Python, for looking names up in."""
    return {
        node.value
        for path in code()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def without_comments(text):
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}", "", text, flags=re.DOTALL)
    return re.sub(r"{#.*?#}", "", text)


# Imports and modules -------------------------------------------------------------------------------


def imported(path):
    """Yield the first name of every package that the module imports from this tree."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def test_core_imports_no_step():
    found = {
        (shown(path), name)
        for path in modules(CORE)
        for name in imported(path)
        if name in STEPS and path != ROOT / CORE / "urls.py"
    }

    # The demo's command fills every step with its people's work; nothing else in core may know of a step.
    allowed = {pair for pair in found if pair[0].startswith("metodstod/management/commands/")}
    assert found - allowed == set()


@pytest.mark.parametrize("step", STEPS)
def test_step_imports_no_other_step(step):
    others = set(STEPS) - {step}

    found = {(shown(path), name) for path in modules(step) for name in imported(path) if name in others}

    assert found == set()


def test_product_imports_no_test():
    found = {shown(path) for path in code() if "tests" in set(imported(path))}

    assert found == set()


def test_modules_are_named_after_things():
    vague = {shown(path) for path in modules(CORE, *STEPS, "tests") if path.stem in VAGUE_NAMES}
    vague |= {
        shown(path) for path in (ROOT / "frontend").rglob("*.*") if path.stem.lstrip("_") in VAGUE_NAMES
    }

    # Django looks for a database's driver in a module of that name.
    vague.discard("metodstod/postgresql/base.py")
    assert vague == set()


def test_modules_can_be_read_in_a_sitting():
    long = {
        shown(path): lines
        for path in modules(CORE, *STEPS, "tests")
        if (lines := len(path.read_text().splitlines())) > LONGEST_MODULE
    }

    assert long == {}


@pytest.mark.parametrize("app", [CORE, *STEPS])
def test_models_open_with_one_sentence_about_the_domain(app):
    sentence = ast.get_docstring(tree(ROOT / app / "models" / "__init__.py"))

    assert sentence
    assert re.fullmatch(r"[A-Z][^\n]*[^.]\.", sentence.splitlines()[0])


def test_models_keep_side_effects_out_of_save_and_signals():
    found = []
    for path in code():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name == "save" and path.parent.name == "models":
                found.append(f"{shown(path)}:{node.lineno} save")
            if isinstance(node, ast.ImportFrom) and node.module == "django.db.models.signals":
                found.append(f"{shown(path)}:{node.lineno} signals")

    assert found == []


def test_every_model_speaks_swedish():
    """Staff meet the names in admin; Django's default would be the class's English name."""
    english = [
        model.__name__
        for app in (CORE, *STEPS)
        for model in apps.get_app_config(app).get_models()
        if not model.__name__.startswith("Historical") and "verbose_name" not in model._meta.original_attrs
    ]

    assert english == []


def test_words_stand_in_the_open_without_gettext():
    found = [
        shown(path)
        for path in code()
        if any(
            isinstance(node, ast.ImportFrom)
            and node.module == "django.utils.translation"
            and {alias.name for alias in node.names} & {"gettext", "gettext_lazy", "ngettext", "pgettext"}
            for node in ast.walk(tree(path))
        )
    ]
    found += [
        shown(path)
        for path in our_templates()
        if re.search(r"{%\s*(trans|translate|blocktrans)", path.read_text())
    ]

    assert found == []


# Templates -----------------------------------------------------------------------------------------


def views():
    """Yield every view class that an address leads to."""
    waiting = [get_resolver()]
    while waiting:
        for pattern in waiting.pop().url_patterns:
            if isinstance(pattern, URLResolver):
                waiting.append(pattern)
            elif view := getattr(pattern.callback, "view_class", None):
                yield view


def names_by_convention():
    """The templates that Django's generic views find by themselves, from the model's name."""
    for view in views():
        model = getattr(view, "model", None)
        if model is None and getattr(view, "form_class", None):
            model = getattr(getattr(view.form_class, "_meta", None), "model", None)
        if model is not None:
            label = f"{model._meta.app_label}/{model._meta.model_name}"
            yield from (f"{label}_{kind}.html" for kind in ("list", "detail", "form", "confirm_delete"))


def names_in_templates():
    for template in our_templates():
        text = without_comments(template.read_text())
        yield from re.findall(r"[\"']([\w./-]+\.(?:html|txt|xml))[\"']", text)


def names_of_packages():
    """The templates that packages ask for by their own names, and that ours take the place of."""
    import allauth
    import crispy_forms
    import django
    import simple_history

    for package in (allauth, crispy_forms, django, simple_history):
        folder = Path(package.__file__).parent
        for path in folder.rglob("templates/**/*"):
            if path.is_file():
                yield path.as_posix().rpartition("/templates/")[2]
    # Crispy asks for `<pack>/<name>`; the names stand in its code.
    for path in Path(crispy_forms.__file__).parent.rglob("*.py"):
        yield from (f"govuk/{name}" for name in re.findall(r"(?:%s|\})/([\w/]+\.html)", path.read_text()))


def test_every_template_is_used():
    asked_for = strings_in_code() | set(names_in_templates()) | set(names_by_convention())
    asked_for |= set(names_of_packages())
    asked_for |= {f"mail/{name}.txt" for name in strings_in_code()}
    # A document is asked for by its name alone, and takes what documents share from one of them.
    asked_for |= {f"documents/{name}.typ" for name in {*strings_in_code(), "document"}}

    unused = {name_of(template) for template in our_templates()} - asked_for

    # Crispy puts the name of a field's kind together at run time: `govuk/layout/…`, from a layout object's own class.
    assert {name for name in unused if not name.startswith("govuk/")} == set()


def queued_mails():
    """Yield the name of every mail that the code queues."""
    for path in code():
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) == "queue_mail"
                and len(node.args) > 1
                and isinstance(node.args[1], ast.Constant)
            ):
                yield node.args[1].value


def test_every_mail_has_its_text():
    names = sorted(set(queued_mails()))

    missing = [name for name in names if not (TEMPLATES / "mail" / f"{name}.txt").exists()]

    assert names
    assert missing == []


def test_mail_has_a_subject_of_one_short_line():
    """The subject is the first line and must not be pushed down, or out of sight, by tags."""
    wrong = []
    for path in sorted((TEMPLATES / "mail").glob("*.txt")):
        subject, blank = [*path.read_text().splitlines(), "", ""][:2]
        subject = re.sub(r"{%\s*(load|autoescape)[^%]*%}", "", subject).strip()
        if not subject or subject.endswith(".") or blank.strip():
            wrong.append(path.name)

    assert wrong == []


def test_mail_is_plain_text_with_nothing_escaped():
    found = [
        shown(path)
        for path in sorted((TEMPLATES / "mail").glob("*.txt"))
        if not path.read_text().startswith("{% autoescape off %}")
    ]

    assert found == []


@pytest.mark.parametrize("template", our_templates(), ids=name_of)
def test_template_compiles(template):
    """A page that no test opens must not hide a misspelt tag."""
    assert get_template(name_of(template))


INLINE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")",
    "a style sheet in the page": r"<style\b",
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a script in an attribute": r"<[a-z][^>]*\son[a-z]+\s*=",
    "a script as an address": r"(?:href|src|action)\s*=\s*[\"']?\s*javascript:",
}


@pytest.mark.parametrize("fault", INLINE)
def test_templates_hold_nothing_inline(fault):
    """The content security policy refuses it, and the reader would see a page that does nothing."""
    found = [
        name_of(path)
        for path in our_templates()
        if re.search(INLINE[fault], without_comments(path.read_text()), re.IGNORECASE)
    ]

    assert found == []


def test_nothing_is_loaded_from_another_host():
    fetched = re.compile(
        r"<(?:script|img|iframe|source|track|video|audio|embed|object)\b[^>]*\b(?:src|srcset|data)\s*=\s*[\"']?(?:https?:)?//"
        r"|<link\b[^>]*\bhref\s*=\s*[\"']?(?:https?:)?//"
        r"|url\(\s*[\"']?(?:https?:)?//"
        r"|@import\s+[\"'](?:https?:)?//"
        r"|\b(?:import|fetch)\s*\(?\s*[\"'](?:https?:)?//",
        re.IGNORECASE,
    )
    watched = list(our_templates())
    watched += [path for path in (ROOT / "frontend").rglob("*.*") if path.suffix in {".scss", ".css", ".js"}]
    watched += [path for path in (ROOT / "static").rglob("*.*") if path.suffix in {".css", ".js", ".svg"}]

    found = [shown(path) for path in watched if fetched.search(path.read_text())]

    assert found == []


def test_words_about_people_are_the_programmes():
    """Someone is exposed to something; nobody is it. (House style, and the field's own terms.)"""
    forbidden = re.compile(r"\bprostituera(d|de|t)\b|\bhoror?\b|\bmissbrukare\b", re.IGNORECASE)
    watched = [*our_templates(), *(ROOT / "fixtures").glob("*.json"), *code()]

    found = [shown(path) for path in watched if forbidden.search(path.read_text())]

    assert found == []


# Documents -----------------------------------------------------------------------------------------


def test_decisions_are_numbered_without_gaps():
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("*.md"))

    numbers = [name[:4] for name in names]

    assert names
    assert numbers == [f"{number:04}" for number in range(1, len(names) + 1)]
    assert [name for name in names if not re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name)] == []


def documents():
    return [path for name in ("README", "CONTRIBUTING", "docs/*") for path in sorted(ROOT.glob(f"{name}.md"))]


def test_documents_name_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    named = {
        (shown(path), target)
        for path in documents()
        for target in re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z][\w-]*)", path.read_text())
    }

    assert named
    assert {pair for pair in named if pair[1] not in targets} == set()


def test_documents_lead_only_to_files_that_exist():
    dead = []
    for path in [*documents(), *sorted((ROOT / "docs" / "decisions").glob("*.md"))]:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if "://" not in link and not link.startswith("mailto:") and not (path.parent / link).exists():
                dead.append((shown(path), link))

    assert dead == []


def test_documents_name_only_tests_that_exist():
    """What is said to be shown by a test is shown by one: the threats, and what the security standard asks for."""
    there = {test.name for _, test in every_test()}

    named = {
        (shown(path), name) for path in documents() for name in re.findall(r"`(test_\w+)`", path.read_text())
    }

    assert len(named) > 80
    assert {pair for pair in named if pair[1] not in there} == set()


def test_every_planted_weakness_has_its_place():
    assert without_a_place() == []
    assert len({one.name for one in WEAKNESSES}) == len(WEAKNESSES) >= 20


# Tests ---------------------------------------------------------------------------------------------


def every_test():
    """Yield every test in the suite with its module."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield path, node


def asserts(function):
    """Whether a test can fail by its own judgement: an assert, an expected error, or a step that is one."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"raises", "fail"} or name.startswith(("assert_", "then_")):
                return True
    return False


def test_every_test_asserts_something():
    idle = [f"{shown(path)}::{test.name}" for path, test in every_test() if not asserts(test)]

    assert idle == []


def test_tests_are_plain_functions():
    classes = [
        f"{shown(path)}::{node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test")
    ]

    assert classes == []


def test_test_names_are_taken_once():
    """Of two tests with one name in a module, Python keeps the last, and the first is never run."""
    seen, twice = set(), []
    for path, test in every_test():
        name = f"{shown(path)}::{test.name}"
        if name in seen:
            twice.append(name)
        seen.add(name)

    assert twice == []
