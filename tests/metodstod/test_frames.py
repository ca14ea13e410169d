"""What is drawn once and then filled."""

import pytest
from django.utils.safestring import mark_safe

from metodstod.frames import Frame, frame

pytestmark = pytest.mark.once


def test_frame_is_filled_with_text_as_a_template_would_show_it():
    drawn = Frame(lambda texts: f"<p title={texts['a']}>{texts['b']} och {texts['a']}</p>", ["a", "b"])

    filled = drawn.filled({"a": "<&>", "b": mark_safe("<mark>x</mark>")})

    assert filled == "<p title=&lt;&amp;&gt;><mark>x</mark> och &lt;&amp;&gt;</p>"


def test_frame_of_a_template_is_one_for_each_of_what_it_is_given():
    chapter = frame("lectures/_hit.html", "url", "clock", "text", is_chapter=True)
    line = frame("lectures/_hit.html", "url", "clock", "text", is_chapter=False)
    texts = {"url": "/a/#t=5", "clock": "0:05", "text": "Om stöd."}

    assert line is frame("lectures/_hit.html", "url", "clock", "text", is_chapter=False)
    assert chapter.filled(texts) == line.filled(texts).replace("Om stöd.", "Kapitel: Om stöd.")
    assert 'href="/a/#t=5"' in line.filled(texts)
