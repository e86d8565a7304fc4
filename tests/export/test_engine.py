"""CTranslate2 behind the API of our own translator."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from seq2seq.alignment.words import words
from seq2seq.config import DecodingConfig, LengthPenalty
from seq2seq.errors import UserError
from seq2seq.search.hypothesis import length_penalty
from seq2seq.search.lengths import limit
from tests.conftest import PAIRS

pytest.importorskip("ctranslate2")
from seq2seq.export.engine import CTranslate2Translator, rows_of

SOURCES = [src for src, _ in PAIRS]
N_BEST = DecodingConfig(beam=5, n_best=5, penalty=LengthPenalty.gnmt, length_penalty=0.6)


def test_order_is_kept_and_blank_texts_stay_blank(theirs):
    texts = ["", SOURCES[0], " \t", *SOURCES[1:], ""]
    translations = theirs.translate(texts)
    assert [t.src for t in translations] == texts
    assert [t.src for t in translations if not t.candidates] == ["", " \t", ""]
    alone = [theirs.translate([src])[0].candidates[0] for src in SOURCES]
    together = [t.candidates[0] for t in translations if t.candidates]
    assert [c.ids for c in together] == [c.ids for c in alone]
    assert theirs.translate([]) == []


def test_scores_are_log_probabilities_over_our_length_penalty_best_first(ours, theirs):
    for t in theirs.translate(SOURCES, N_BEST):
        assert len(t.candidates) == 5
        scores = [c.score for c in t.candidates]
        assert scores == sorted(scores, reverse=True)
        for c in t.candidates:
            penalty = length_penalty(len(c.ids) + c.finished, 0.6)
            assert c.score == pytest.approx(c.log_probability / penalty)
            assert c.text == ours.tokenizer.decode(c.ids)


@pytest.mark.parametrize("beam", [1, 5])
def test_the_limit_is_that_of_our_own_search(ours, theirs, beam):
    for options in (
        DecodingConfig(beam=beam, n_best=beam, max_length=4),
        DecodingConfig(beam=beam, n_best=beam),
        DecodingConfig(beam=beam, n_best=beam, max_length=1000),
    ):
        for t, src in zip(theirs.translate(SOURCES, options), ours.encode(SOURCES), strict=True):
            most = limit(len(src), 0, options, ours.model.config.max_length - 1)
            for c in t.candidates:
                assert len(c.ids) + c.finished <= most
                assert c.finished or len(c.ids) == most


def test_candidates_are_linked_by_the_aligning_head(ours, theirs):
    options = DecodingConfig(beam=4, n_best=4, max_length=12)
    head = ours.aligning_heads[0]
    cut = False
    for t in theirs.translate([*SOURCES, "", "Hello ♥"], options, align=True):
        for c in t.candidates:
            assert c.alignment.src_words == words(t.src)
            attention = ours.align_ids([(ours.encode([t.src])[0], c.ids)])[0]
            if "♥" not in t.src and c.text:  # an unknown character is shown as it is
                wanted = attention.to_words(head.reading).of(head)
                np.testing.assert_allclose(c.alignment.weights_TS, wanted, atol=1e-4)
            cut |= not c.finished  # the input reading needs a row that no search has made
    assert cut


def test_too_long_and_undecoded_texts_are_refused_with_their_number(theirs):
    with pytest.raises(UserError, match=r"^sentence 12 has .* split it"):
        theirs.translate(["yes", "word " * 100], first=11)
    with pytest.raises(UserError, match=r"^sentence 1 is not UTF-8"):
        theirs.translate(["caf\udce9"])


def test_what_ctranslate2_cannot_do_is_refused_by_name(theirs):
    for name, options in [
        ("samples=3", DecodingConfig(samples=3)),
        ("mbr=True", DecodingConfig(mbr=True)),
        ("min_length=5", DecodingConfig(min_length=5)),
    ]:
        with pytest.raises(UserError, match=f"^{name} is not an option of --engine ctranslate2$"):
            theirs.translate(SOURCES, options)
    with pytest.raises(UserError, match=r"^a forced beginning is not an option"):
        theirs.translate(SOURCES, prefixes=["Bonjour"] * len(SOURCES))


def test_what_cannot_be_opened_is_refused(run, exported, tmp_path):
    def refusal(*arguments, **options):
        with pytest.raises(UserError) as error:
            CTranslate2Translator.load(*arguments, **options)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "seq2seq export --run" in refusal(str(run.folder))
    assert "use auto, cpu or cuda" in refusal(str(exported), device="mps")
    copy = shutil.copytree(exported, tmp_path / "copy")
    (copy / "model.bin").write_bytes((copy / "model.bin").read_bytes()[:-100])
    assert "cannot open" in refusal(str(copy))
    (copy / "tokenizer.model").unlink()
    assert "no run 'nowhere'" in refusal("nowhere", runs_dir=str(tmp_path))


PROGRAM = """
import sys
sys.argv = ["seq2seq", "translate", "--engine", "ctranslate2", *sys.argv[1:]]
from seq2seq.cli.main import main
main()
heavy = {"torch", "datasets", "hydra", "sacrebleu", "matplotlib", "tensorboard", "transformers"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""


def test_translating_imports_no_torch(exported, theirs):
    command = [sys.executable, "-c", PROGRAM, "--run", str(exported), "--format", "json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, SOURCES[0]], env=environment, capture_output=True, text=True, check=True
    )
    line, imported = done.stdout.splitlines()
    assert imported == "[]"
    (expected,) = theirs.translate(SOURCES[:1])
    assert json.loads(line)["candidates"][0]["text"] == expected.text


def test_rows_of_each_key():
    assert rows_of([7, 3, 7, 5]) == {7: [0, 2], 3: [1], 5: [3]}
    assert rows_of([]) == {}
