"""``seq2seq score``: metrics with signatures and intervals, a protocol, parallel files only."""

import subprocess
import sys

import pytest

from seq2seq.analysis.protocol import moses
from tests.conftest import PAIRS

REFERENCE = [tgt for _, tgt in PAIRS]


def run(*arguments):
    """Run the console command."""
    program = "from seq2seq.cli.main import main; main()"
    command = [sys.executable, "-c", program, "score", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def refusal(*arguments):
    """The one line with which the command refuses."""
    ran = run(*arguments)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.startswith("seq2seq score: ")
    assert ran.stderr.count("\n") == 1
    return ran.stderr


@pytest.fixture
def reference(tmp_path):
    """Eight French sentences in a file."""
    path = tmp_path / "ref.fr"
    path.write_text("\n".join(REFERENCE) + "\n", "utf-8")
    return path


def test_identical_files_score_perfectly(reference):
    ran = run(reference, reference)
    assert ran.returncode == 0, ran.stderr
    bleu, chrf, ter = ran.stdout.splitlines()
    assert bleu.split()[:4] == ["BLEU", "100.0", "±", "0.0"]
    assert chrf.split()[:4] == ["chrF2", "100.0", "±", "0.0"]
    assert ter.split()[:4] == ["TER", "0.0", "±", "0.0"]


def test_every_score_has_its_interval_and_signature(tmp_path, reference):
    hypotheses = tmp_path / "hyp.fr"
    changed = [line.replace("J'ai", "Je suis") for line in REFERENCE[::-1][:4]] + REFERENCE[4:]
    hypotheses.write_text("\n".join(changed) + "\n", "utf-8")
    ran = run(hypotheses, reference, reference, "--bootstrap", "50")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["BLEU", "chrF2", "TER"]
    for line in lines:
        _, value, plus_minus, interval = line.split()[:4]
        assert 0 < float(value) < 100
        assert plus_minus == "±"
        assert float(interval) > 0
        assert "(nrefs:2|bs:50|seed:" in line
        assert "|version:" in line


def test_files_of_unequal_length_are_refused(tmp_path, reference):
    short = tmp_path / "short.fr"
    short.write_text("Bonjour.\n", "utf-8")
    message = refusal(reference, short)
    assert "8 hypotheses" in message
    assert "reference 1 has 1 lines" in message
    assert "reference 2 has 1 lines" in refusal(reference, reference, short)


def test_absent_and_empty_files_are_refused(tmp_path, reference):
    (tmp_path / "empty.fr").touch()
    assert "absent.fr" in refusal(tmp_path / "absent.fr", reference)
    assert "empty" in refusal(tmp_path / "empty.fr", tmp_path / "empty.fr")


def test_the_protocol_reads_raw_translations_and_the_official_reference(tmp_path, reference):
    official = tmp_path / "ref.lc.norm.tok.fr"
    official.write_text("".join(f"{moses()(line)}\n" for line in REFERENCE), "utf-8")
    ran = run(reference, official, "--protocol", "multi30k")
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    assert line.split()[:4] == ["BLEU-multi30k", "100.0", "±", "0.0"]
    assert "(protocol:multi30k|ref:official|" in line
    assert "|bs:1000|" in line
    assert "lc.norm.tok.fr" in refusal(reference, reference, "--protocol", "multi30k")
    assert "already" in refusal(official, official, "--protocol", "multi30k")
