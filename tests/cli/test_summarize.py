"""``seq2seq summarize`` finds runs by name and the runs of a sweep."""

import pytest

from seq2seq.cli import summarize
from seq2seq.errors import UserError
from tests.analysis.test_summary import evaluated


def test_the_runs_of_a_sweep_are_taken_together(tmp_path, capsys):
    for seed, value in [(1, 40.0), (2, 42.0)]:
        folder = evaluated(tmp_path / "seeds" / f"seed-{seed}", value)
        (folder / "config.yaml").write_text("")
    summarize.main(["seeds", "--runs-dir", str(tmp_path)])
    printed = capsys.readouterr().out
    assert printed.startswith("2 runs: seed-1, seed-2\n")
    assert "41.0 ± 1.4" in printed


def test_an_unknown_run_is_named(tmp_path):
    with pytest.raises(UserError, match="no run 'nothing'"):
        summarize.main(["nothing", "--runs-dir", str(tmp_path)])
