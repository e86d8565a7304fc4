import re
from html.parser import HTMLParser

import numpy as np
import pytest

from seq2seq.analysis.explain.page import render, to_page
from seq2seq.analysis.explain.sentence_story import tell
from seq2seq.analysis.explain.story import Formula, Heat, Matrix, Section, Story, Table
from seq2seq.analysis.explain.toy import tell_toy, toy
from seq2seq.analysis.explain.walk import explain
from seq2seq.translator import Translator
from tests.conftest import PAIRS

HOSTILE = "<script>alert('1')</script> & \"the\" $title boy"
VOID = {"meta", "rect", "path", "link", "img", "br"}


class Page(HTMLParser):
    """Checks that tags close in order, and keeps what is in them."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.text, self.links = [], [], "", []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


@pytest.fixture(scope="module")
def html(translator):
    return to_page(tell(explain(translator, PAIRS[0][0], target=PAIRS[0][1], word="comment")))


@pytest.fixture(
    params=["pair", "toy", "hostile", "long", "one letter"],
)
def any_page(request, translator, html):
    if request.param == "pair":
        return html
    if request.param == "toy":
        return to_page(tell_toy(toy()))
    src = {"hostile": HOSTILE, "long": "the boy is " * 5, "one letter": "a"}[request.param]
    return to_page(tell(explain(translator, src, target=src)))


def test_it_is_one_well_formed_page_that_needs_nothing_else(any_page):
    page = Page(any_page)
    assert page.tags.count("html") == page.tags.count("main") == page.tags.count("h1") == 1
    assert not re.search(r"https?:|//|@import|url\(", any_page)
    assert set(page.tags).isdisjoint({"script", "link", "img", "iframe"})
    assert len(any_page.encode()) < 1_000_000


def test_every_link_leads_to_a_step(any_page):
    for link in Page(any_page).links:
        assert f'id="{link.removeprefix("#")}"' in any_page


def test_light_and_dark_follow_the_reader(html):
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html


def test_text_is_escaped_and_taken_literally(translator):
    page = Page(to_page(tell(explain(translator, HOSTILE, target=HOSTILE, word="script"))))
    assert f"“{HOSTILE}” → “{HOSTILE}”" in page.text


def test_everything_that_the_story_says_is_on_the_page(translator, html):
    story = tell(explain(translator, PAIRS[0][0], target=PAIRS[0][1], word="comment"))
    text = Page(html).text
    for section in story.sections:
        assert section.title in text
        for part in section.parts:
            if isinstance(part, str):
                assert part.replace("W_O", "WO") in text
            if isinstance(part, Table):
                assert all(cell in text for row in part.rows for cell in row)
            if isinstance(part, Matrix):
                assert f"{part.name} {part.shape}" in text


def test_colours_are_as_strong_as_the_numbers():
    values = np.array([[2, -1, 0]], np.float32)
    html = render(Matrix("m", values, ["row"], ["a", "b", "c"]))
    assert re.findall(r'class="([^"]*)" style="--v:([\d.]+)">([^<]+)', html) == [
        ("strong", "1.00", "2"), ("n", "0.50", "−1"), ("", "0.00", "0"),
    ]  # fmt: skip
    weights = render(Matrix("m", np.array([[0.25]], np.float32), ["r"], ["c"], Heat.weight))
    assert "--v:0.25" in weights


def test_a_vector_is_shown_whole_six_numbers_and_a_strip():
    html = render(Matrix("m", np.ones((2, 32), np.float32), ["a", "b"]))
    assert html.count(">1</td>") == 2 * 6
    assert html.count("<i ") == 2 * 26


def test_the_largest_walk_stays_small():
    names = [f"piece{n}" for n in range(500)]
    matrices = [
        Matrix("map", np.full((500, 500), 0.123, np.float32), names, names, Heat.weight, mark=250),
        *[Matrix("states", np.full((500, 1024), -0.123, np.float32), names, mark=250)] * 8,
    ]
    html = to_page(Story("t", "l", [Section("s", matrices)]))
    assert len(html.encode()) < 1_000_000
    assert "piece250" in html


def test_learned_matrices_are_set_as_mathematics():
    assert "W<sub>Q</sub> + b<sub>Q</sub>" in render(Formula("x · W_Q + b_Q"))
