"""``seq2seq selfcheck``: which sentences it takes, what it prints, and its exit code."""

import sys

import pytest

from seq2seq.cli import selfcheck
from seq2seq.cli.selfcheck import BUILT_IN, main
from seq2seq.data.corpus import prepare
from seq2seq.errors import UserError
from seq2seq.model.rotary import Rotary
from seq2seq.run import Run
from tests.conftest import PAIRS
from tests.training.conftest import toy_folder, whole

__all__ = ["toy_folder", "whole"]  # fixtures


def call(run, *arguments):
    """The exit code."""
    with pytest.raises(SystemExit) as stop:
        main(["--run", str(run), "--device", "cpu", *arguments])
    return stop.value.code


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "in.en"
    path.write_text("\n\n".join(src for src, _ in PAIRS), "utf-8")
    return path


def test_a_sound_run_is_said_to_keep_its_promises(run_folder, file, capsys):
    pytest.importorskip("ctranslate2")
    assert call(run_folder, "--file", str(file), "--sentences", "3") == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"untrained, 3 sentences: {file}\n")
    assert printed.count(" ok\n") == 23
    assert printed.endswith("all promises are kept\n")


def test_without_ctranslate2_the_rest_is_checked(run_folder, file, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    for name in [name for name in sys.modules if name.startswith("seq2seq.export.")]:
        monkeypatch.delitem(sys.modules, name)
    assert call(run_folder, "--file", str(file), "--sentences", "3") == 0
    printed = capsys.readouterr().out
    assert "exported = ours is not checked: CTranslate2 is not installed" in printed
    assert printed.count(" ok\n") == 22


def test_a_broken_one_exits_with_1(run_folder, file, capsys, monkeypatch):
    pytest.importorskip("ctranslate2")
    forward = Rotary.forward
    monkeypatch.setattr(Rotary, "forward", lambda self, at, n: forward(self, 2 * at, n))
    assert call(run_folder, "--file", str(file), "--sentences", "3") == 1
    printed = capsys.readouterr().out
    broken = printed.count(" BROKEN\n")
    assert broken >= 6
    assert printed.endswith(f"{broken} of 23 promises are broken\n")


def test_without_a_corpus_there_are_built_in_sentences(run_folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    texts, origin = selfcheck.own_sentences(Run.open(run_folder), 200)
    assert texts == BUILT_IN
    assert "no file x.tsv" in origin
    assert selfcheck.own_sentences(Run.open(run_folder), 2)[0] == BUILT_IN[:2]


def test_a_run_is_checked_with_its_own_validation_set(whole, monkeypatch):
    monkeypatch.chdir(whole.parents[1])
    run = Run.open(whole)
    texts, origin = selfcheck.own_sentences(run, 5)
    assert texts == list(prepare(run.config.data, run.config.tokenizer).validation["src"])[:5]
    assert origin == "validation set of toy"


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--sentences", "0"], "at least 1"),
        (["--file", "empty.txt"], "empty.txt has no sentence"),
        (["--run", "nowhere"], "no run 'nowhere'"),
    ],
)
def test_mistakes_are_refused_in_a_line(run_folder, arguments, answer, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").write_text("\n \n", "utf-8")
    with pytest.raises(UserError, match=answer):
        main(["--run", str(run_folder), "--device", "cpu", *arguments])
