"""``seq2seq compare`` finds two runs by name and prints how they differ."""

import pytest

from seq2seq.cli import compare
from seq2seq.errors import UserError
from tests.analysis.test_compare import SLIGHTLY, WORSE, evaluated


@pytest.fixture
def runs(tmp_path, run_folder):
    """A folder with two evaluated runs."""
    for name, hypotheses in [("one", SLIGHTLY), ("two", WORSE)]:
        folder = evaluated(tmp_path / name, hypotheses)
        (folder / "config.yaml").write_bytes((run_folder / "config.yaml").read_bytes())
    return str(tmp_path)


def test_two_runs_are_compared_by_name(runs, capsys):
    compare.main(["one", "two", "--runs-dir", runs, "--samples", "50", "--sentences", "1"])
    printed = capsys.readouterr().out
    assert printed.startswith("A  one\nB  two\ntest/beam-5, 32 sentences\n")
    assert "A is better" in printed
    assert "BLEU by length of the source:" in printed
    assert printed.count("  reference  ") == 1


def test_mistakes_are_said(runs):
    with pytest.raises(UserError, match="no run 'three'"):
        compare.main(["one", "three", "--runs-dir", runs])
    with pytest.raises(UserError, match="--samples must be at least 1"):
        compare.main(["one", "two", "--runs-dir", runs, "--samples", "0"])
