"""The bench of large corpora: its corpus is what it says, and it measures every part."""

import json
import subprocess
import sys

import pytest
from bench_prepare import STARTER, write_corpus

from tests.conftest import REPOSITORY


def rows_of(path):
    """Cells of every line."""
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()]


def test_the_corpus_repeats_its_pairs_with_one_word_exchanged(tmp_path):
    few = tmp_path / "few.tsv"
    few.write_text("".join(f"a{i} b{i} c{i}\tx{i} y{i}\n" for i in range(50)), "utf-8")
    write_corpus(tmp_path / "made.tsv", [few], 175, join=1)
    rows = rows_of(tmp_path / "made.tsv")
    assert len(rows) == 175
    assert sorted(rows[:50]) == sorted(rows_of(few))
    for number, row in enumerate(rows):
        for side, original in zip(row, rows[number % 50], strict=True):
            words, wanted = side.split(), original.split()
            assert len(words) == len(wanted)
            assert sum(a != b for a, b in zip(words, wanted, strict=True)) <= 1
    assert len(set(map(tuple, rows))) > 160
    write_corpus(tmp_path / "joined.tsv", [few], 10, join=4)
    assert {len(row[0].split()) for row in rows_of(tmp_path / "joined.tsv")} == {12}


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_every_part_is_measured(tmp_path):
    out = tmp_path / "bench.json"
    command = [sys.executable, "scripts/bench_prepare.py", "--sizes", "900", "--order", "20000"]
    command += ["--processes", "1", "--pairs", str(STARTER[0]), str(STARTER[1]), "--out", str(out)]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["prepare", "read", "order"]
    results = json.loads(out.read_text("utf-8"))
    for kind in ("prepare", "read", "order"):
        (result,) = results[kind]
        assert result["resident_mb"] > result["anonymous_mb"] > 10
        found = {k: v for k, v in result["found"].items() if not k.endswith("_mb")}
        assert all(value > 0 for value in found.values())
    assert results["prepare"][0]["found"]["kept"] > 500
