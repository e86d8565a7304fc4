"""``seq2seq align`` as a user calls it."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from seq2seq.alignment.links import from_pharaoh
from seq2seq.alignment.weights import AligningHead, Reading, align_words
from seq2seq.alignment.words import words
from seq2seq.translator import Translator
from tests.conftest import PAIRS

SEQ2SEQ = [sys.executable, "-c", "from seq2seq.cli.main import main; main()"]
ORDINARY = [pair for pair in PAIRS if "«" not in pair[0]]  # whose spaces can be guessed
LINES = [f"{' '.join(words(src))} ||| {' '.join(words(tgt))}" for src, tgt in ORDINARY]


def call(*arguments, text=None):
    return subprocess.run(
        [*SEQ2SEQ, "align", "--device", "cpu", *arguments],
        input=text,
        text=True,
        capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=120,
    )


@pytest.fixture
def reverse_folder(run_folder, tmp_path):
    """The same weights, said to translate from French."""
    folder = tmp_path / "reverse"
    folder.mkdir()
    for file in run_folder.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    options = yaml.safe_load((folder / "config.yaml").read_text())
    options["data"]["reverse"] = True
    (folder / "config.yaml").write_text(yaml.safe_dump(options))
    return folder


def test_lines_of_a_file_become_lines_of_links(run_folder, tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text("\n".join(LINES) + "\n", "utf-8")
    done = call("--run", str(run_folder), str(file))
    assert done.returncode == 0, done.stderr
    translator = Translator.load(str(run_folder), device="cpu")
    for line, (src, tgt) in zip(done.stdout.splitlines(), ORDINARY, strict=True):
        expected = align_words(translator.align(src, tgt), translator.aligning_heads)
        assert from_pharaoh(line)[0] == expected.links
    again = call("--run", str(run_folder), text=file.read_text("utf-8"))
    assert again.stdout == done.stdout


def test_any_tokenization_is_taken_as_it_is(run_folder):
    done = call(
        "--run", str(run_folder), "--format", "json", text="I am hun gry. ||| J'ai faim .\n"
    )
    found = json.loads(done.stdout)
    assert found["src_words"] == ["I", "am", "hun", "gry."]
    assert found["tgt_words"] == ["J'ai", "faim", "."]
    assert all(src < 4 and tgt < 3 for src, tgt in found["links"])
    assert [len(row) for row in found["weights"]] == [5, 5, 5]
    assert all(abs(sum(row) - 1) < 1e-3 for row in found["weights"])


def test_a_reverse_run_changes_links_as_the_symmetrization_says(run_folder, reverse_folder):
    both = ["--run", str(run_folder), "--reverse-run", str(reverse_folder), "--symmetrize"]
    text = "\n".join(LINES)
    found = {
        how: [from_pharaoh(line)[0] for line in call(*both, how, text=text).stdout.splitlines()]
        for how in ("intersection", "grow-diagonal", "union")
    }
    rows = zip(*found.values(), strict=True)
    assert all(small <= middle <= large for small, middle, large in rows)
    assert found["intersection"] != found["union"]


def test_two_runs_of_one_direction_are_refused(run_folder):
    done = call("--run", str(run_folder), "--reverse-run", str(run_folder), text=LINES[0])
    assert done.returncode == 2
    assert "data.reverse=true" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("line", ["no sides", "a ||| b ||| c"])
def test_a_line_without_two_sides_is_named(run_folder, line):
    done = call("--run", str(run_folder), text=f"{LINES[0]}\n{line}\n")
    assert done.returncode == 2
    assert done.stderr == (
        "seq2seq align: standard input line 2 is not 'source words ||| target words'\n"
    )


def test_an_empty_side_has_no_links(run_folder):
    assert call("--run", str(run_folder), text=" ||| Oui .\n").stdout == "\n"


def test_gold_links_are_scored(run_folder, reverse_folder, tmp_path):
    """Links of the run itself, taken for gold, are found without an error."""
    text = "\n".join(LINES) + "\n"
    (tmp_path / "own.src-tgt").write_text(text, "utf-8")
    (tmp_path / "own.gold").write_text(call("--run", str(run_folder), text=text).stdout, "utf-8")
    gold = ["--gold", str(tmp_path / "own")]
    found = call("--run", str(run_folder), *gold).stdout.splitlines()
    assert found[0].startswith(f"{len(LINES)} pairs, links by block 2, mean of heads, output")
    assert found[1] == "AER 0.0  precision 100.0  recall 100.0  F1 100.0"
    turned = call("--run", str(reverse_folder), *gold).stdout
    assert "AER 0.0" not in turned
    assert "AER" in turned
    refused = call("--run", str(run_folder), *gold, str(tmp_path / "own.src-tgt"))
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


def test_any_head_and_any_threshold_can_be_asked_for(run_folder):
    run = ["--run", str(run_folder)]
    one = call(*run, "--layer", "1", "--head", "2", "--reading", "input", text=LINES[0])
    translator = Translator.load(str(run_folder), device="cpu")
    attention = translator.align(*ORDINARY[0])
    expected = align_words(attention, [AligningHead(Reading.input, 0, 1)])
    assert from_pharaoh(one.stdout)[0] == expected.links
    few, many = (
        from_pharaoh(call(*run, "--threshold", share, text=LINES[0]).stdout)[0]
        for share in ("0.5", "0.01")
    )
    assert few < many


@pytest.mark.parametrize("flags", [["--head", "1"], ["--layer", "9"], ["--layer", "1", "--head=0"]])
def test_a_head_that_is_not_there_is_refused(run_folder, flags):
    done = call("--run", str(run_folder), *flags, text=LINES[0])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
