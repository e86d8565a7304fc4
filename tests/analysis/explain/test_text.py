import numpy as np
import pytest

from seq2seq.analysis.explain.sentence_story import tell
from seq2seq.analysis.explain.story import Heat, Matrix, Section, Story, Table
from seq2seq.analysis.explain.text import WIDTH, bar_of, columns_of, render, to_text
from seq2seq.analysis.explain.toy import tell_toy, toy
from seq2seq.analysis.explain.walk import explain
from seq2seq.translator import Translator
from tests.conftest import PAIRS

LONG = "日本語 <b>the boy</b> is playing 🙂 in the garden "


@pytest.fixture(scope="module")
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


def test_the_walk_has_the_words_and_the_shapes(translator):
    e = explain(translator, PAIRS[0][0], target=PAIRS[0][1], word="comment")
    text = to_text(tell(e))
    s, t = len(e.steps.src), len(e.steps.read)
    assert "“Hello, how are you?” → “Bonjour, comment allez-vous ?”" in text
    assert f"queries Q (T×K), from the decoder: {t}×8" in text
    assert f"weights softmax(QKᵀ/√K) (T×S): {t}×{s}" in text
    assert f"output of cross-attention (T×D): {t}×16" in text
    for number, section in enumerate(tell(e).sections, 1):
        assert f"\n{number}. {section.title}\n" in text


@pytest.mark.parametrize("src", [PAIRS[0][0], "?", LONG, "a" * 50, "日" * 50])
def test_no_line_is_wider_than_the_page(translator, src):
    e = explain(translator, src, target=src)
    for line in to_text(tell(e)).split("\n"):
        assert columns_of(line) <= WIDTH
        assert line == line.rstrip()
    for line in to_text(tell_toy(toy())).split("\n"):
        assert columns_of(line) <= WIDTH


def test_the_walk_is_plain_text(translator):
    text = to_text(tell(explain(translator, "a\x1b[31mb", target="oui")))
    assert all(c.isprintable() or c == "\n" for c in text.replace("\u00a0", " "))


def test_columns_are_aligned():
    values = np.array([[1.5, -22.25], [0.001, 3]], np.float32)
    lines = render(Matrix("m", values, ["a", "longer"], ["x", "日本"], mark=1))
    assert lines == [
        "   m: 2×2",
        "              x    日本",
        "   a       1.50  −22.25",
        " ▸ longer  0.00    3.00",
    ]


def test_a_large_map_is_cut_around_what_matters():
    weights = np.full((60, 50), 0.001, np.float32)
    weights[30, 40] = 0.9
    names = [f"row{n}" for n in range(60)], [f"col{n}" for n in range(50)]
    lines = render(Matrix("m", weights, *names, Heat.weight, mark=30))
    assert len(lines) == 2 + 16
    assert "col40" in lines[1]
    followed = next(line for line in lines if "row30" in line)
    assert followed.startswith(" ▸ ")
    assert "0.90" in followed
    assert "…" in followed
    assert "60×50" in lines[0]


def test_the_sum_is_under_a_rule_and_never_cut():
    lines = render(Matrix("m", np.ones((41, 2), np.float32), ["s"] * 40 + ["sum"], total=True))
    assert set(lines[-2].strip()) == {"─"}
    assert lines[-1].split() == ["sum", "1", "1"]


def test_bars_are_as_long_as_their_shares():
    table = Table(["piece", "p"], [["a", "100 %"], ["b", "50 %"]], bars=[1.0, 0.5])
    lines = render(table)
    assert [line.count("█") for line in lines] == [0, 20, 10]
    assert bar_of(0.0) == ""
    assert bar_of(1 / 160) == "▏"


def test_prose_wraps_at_spaces_only():
    text = to_text(Story("t", "cross-attention " * 20, [Section("s", ["x " * 100])]))
    assert "cross-\n" not in text
