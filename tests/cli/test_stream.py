"""Lines in, lines out: lazily, in order, with a bar only where somebody waits."""

import io
import itertools
import sys
from dataclasses import replace

import pytest

from seq2seq.cli import stream
from seq2seq.cli.stream import in_chunks, render, splitting, translating, with_bar
from seq2seq.config import DecodingConfig
from seq2seq.errors import UserError
from seq2seq.translation import Candidate, Translation
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SOURCES = [src for src, _ in PAIRS]
GREEDY = DecodingConfig(beam=1)


@pytest.fixture(scope="module")
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


def test_answers_keep_the_order_and_chunks_their_numbers():
    seen = []

    def work(chunk, first):
        seen.append((first, len(chunk)))
        return [f"<{line}>" for line in chunk]

    found = list(in_chunks(map(str, range(3000)), work))
    assert found == [f"<{i}>" for i in range(3000)]
    assert seen == [(1, 64), (65, 128), (193, 256), (449, 512), (961, 1024), (1985, 1016)]


def test_endless_input_is_answered_as_it_comes():
    """No line is read before it is needed: memory does not grow with the input."""
    read = itertools.count(1)
    endless = (f"line {next(read)}" for _ in itertools.repeat(None))
    answers = in_chunks(endless, lambda chunk, _: chunk)
    taken = list(itertools.islice(answers, 100_000))
    assert taken[-1] == "line 100000"
    assert next(read) <= 100_000 + stream.CHUNK + 1


def test_the_first_answer_does_not_wait_for_a_whole_chunk():
    read = []
    lines = (read.append(i) or str(i) for i in range(5000))
    next(in_chunks(lines, lambda chunk, _: chunk))
    assert len(read) == stream.FIRST_CHUNK < stream.CHUNK


def test_the_number_of_too_long_a_line_counts_from_the_start_of_the_file(translator, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 3)
    texts = ["", "", "", "", "word " * 100]
    with pytest.raises(UserError, match=r"^sentence 5 has"):
        list(in_chunks(texts, translating(translator, GREEDY, "text")))


def test_split_paragraphs_are_translated_sentence_by_sentence_in_their_layout(translator):
    a, b, c = (t.text for t in translator.translate(SOURCES[:3], GREEDY))
    lines = [f"  {SOURCES[0]}  {SOURCES[1]}\t", "", " \t", f"{SOURCES[2]}", SOURCES[0]]
    found = list(in_chunks(lines, splitting(translator, GREEDY, "en")))
    assert found == [f"  {a}  {b}\t", "", " \t", c, a]


def test_split_counts_sentences_in_errors(translator, monkeypatch):
    monkeypatch.setattr(stream, "CHUNK", 1)
    lines = ["One. Two. Three.", "", "Four. " + "word " * 100]
    with pytest.raises(UserError, match=r"^sentence 5 has"):
        list(in_chunks(lines, splitting(translator, GREEDY, "en")))


def test_several_candidates_are_shown_with_what_ranks_them():
    likely = Candidate("a", [], [], -1.0, -2.0, True)
    good = Candidate("b", [], [], -3.0, -4.0, True)
    shown = render(Translation("x", [likely, good]), "text")
    assert shown.split("\n") == [" -1.0000  a", " -3.0000  b"]
    ranked = [replace(good, utility=61.5), replace(likely, utility=40.0)]
    assert render(Translation("x", ranked), "text").split("\n") == [" 61.5000  b", " 40.0000  a"]


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stderr", "stdout", "shown"),
    [(Screen, io.StringIO, True), (Screen, Screen, False), (io.StringIO, io.StringIO, False)],
)
def test_a_bar_is_for_a_person_whose_answers_go_elsewhere(monkeypatch, stderr, stdout, shown):
    monkeypatch.setattr(stream, "BAR_DELAY", 0)
    screen = stderr()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", stdout())
    asked = []
    answers = list(with_bar(iter("abc"), lambda: asked.append(1) or 3))
    assert answers == ["a", "b", "c"]
    assert bool(asked) == shown
    assert ("3/3" in screen.getvalue()) == shown


def test_short_work_shows_no_bar(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert list(with_bar(iter("abc"), lambda: 3)) == ["a", "b", "c"]
    assert screen.getvalue().strip() == ""
