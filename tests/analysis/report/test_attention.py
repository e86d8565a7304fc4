import base64
import json
from dataclasses import asdict

import numpy as np
import pytest

from seq2seq.alignment.weights import Reading
from seq2seq.analysis.evaluation import Sentence
from seq2seq.analysis.report import attention as report_attention
from seq2seq.analysis.report.attention import (
    LEVELS,
    TESTED,
    Viewed,
    build_viewer,
    fits,
    read_arrays,
    size,
    thinned,
    view,
)
from seq2seq.config import DecodingConfig
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.translator import Translator
from tests.analysis.report.reported import PROBES, STEPS, copied_run, reported_run
from tests.conftest import PAIRS

SHAPE = (2, 2)  # blocks and heads
HALF_A_LEVEL = 0.5 / LEVELS + 1e-6


@pytest.fixture(scope="module")
def translator(run_folder):
    return Translator.load(str(run_folder), device="cpu")


@pytest.fixture
def folder(run_folder, tmp_path):
    return reported_run(run_folder, tmp_path / "run")


def unpacked(shown):
    """(L, H, T, S) weights of a view."""
    levels = np.frombuffer(base64.b64decode(shown.weights), np.uint8)
    return levels.reshape(*SHAPE, len(shown.tgt_pieces), len(shown.src_pieces)) / LEVELS


def dense(pieces, words):
    """(P, W) shares of a view."""
    table = np.zeros((len(pieces), words))
    for piece, row in enumerate(pieces):
        for word, share in row:
            table[piece, word] = share
    return table


@pytest.mark.parametrize("pair", PAIRS)
def test_weights_are_those_of_align_within_half_a_level(translator, pair):
    attention = translator.align(*pair)
    shown = view(attention)
    assert shown.src_pieces == attention.src_pieces
    assert shown.tgt_pieces == attention.tgt_pieces
    assert np.abs(unpacked(shown) - attention.weights_LHTS).max() <= HALF_A_LEVEL


@pytest.mark.parametrize("reading", Reading)
def test_shares_make_the_words_that_to_words_makes(translator, reading):
    for pair in PAIRS:
        attention = translator.align(*pair)
        shown, expected = view(attention), attention.to_words(reading)
        src = dense(shown.src_shares, len(shown.src_words))
        tgt = dense(shown.tgt_shares, len(shown.tgt_words))
        rows = attention.read(reading)[..., :-1] @ src
        assert shown.src_words == expected.src_words
        assert shown.tgt_words == expected.tgt_words
        averaged = (tgt / tgt.sum(axis=0)).T @ rows
        np.testing.assert_allclose(averaged, expected.weights_LHTS[..., :-1], atol=1e-3)


def test_probes_are_shown_at_every_validation_that_kept_them(folder):
    probes = read_arrays(Run.open(folder), SHAPE)
    assert [probe.src for probe in probes] == list(PROBES)
    for probe in probes:
        assert [shown.step for shown in probe.views] == list(STEPS)
        made = ["".join(shown.tgt_pieces[:-1]).replace("▁", " ") for shown in probe.views]
        assert [text.strip() for text in made] == PROBES[probe.src]


def test_test_sentences_are_aligned_with_what_the_model_wrote(folder):
    run, translator = Run.open(folder), Translator.load(str(folder), device="cpu")
    sentences = [Sentence(src, tgt, "ref", float(n)) for n, (src, tgt) in enumerate(PAIRS)]
    viewer = build_viewer(run, translator, sentences)
    assert {s.src for s in viewer.tested} == {src for src, _ in PAIRS}
    for shown in viewer.tested:
        weights = translator.align(shown.src, dict(PAIRS)[shown.src]).weights_LHTS
        assert np.abs(unpacked(shown.views[0]) - weights).max() <= HALF_A_LEVEL
        assert shown.views[0].step is None
    assert viewer.chosen
    assert [head["head"] for head in viewer.aligning] == [1, None]


def test_of_many_sentences_the_worst_some_between_and_the_best_are_shown(folder):
    run, translator = Run.open(folder), Translator.load(str(folder), device="cpu")
    many = [Sentence("I am hungry.", "J'ai faim.", "ref", float(n)) for n in range(100)]
    blank = [Sentence("I am hungry.", "", "ref", 0.0), Sentence("a " * 70, "b", "ref", 0.0)]
    shown = [s.chrf for s in build_viewer(run, translator, [*many[::-1], *blank]).tested]
    assert len(shown) == TESTED
    assert shown == sorted(shown)
    assert (shown[0], shown[-1]) == (0.0, 99.0)
    assert 40 < shown[TESTED // 2] < 60


def test_a_run_without_arrays_shows_its_probes_by_the_saved_weights(run_folder, tmp_path):
    run = Run.open(copied_run(run_folder, tmp_path / "run"))
    run.config.probes = [src for src, _ in PAIRS]
    translator = Translator.load(str(run.folder), device="cpu")
    translations = translator.translate(run.config.probes, DecodingConfig(beam=1))
    fitting = [t.src for t in translations if fits(translator, t.src, t.text)]
    viewer = build_viewer(run, translator, [])
    assert 0 < len(fitting) < len(PAIRS)  # the untrained model does not know when to stop
    assert [probe.src for probe in viewer.probes] == fitting
    assert all(shown.step is None for probe in viewer.probes for shown in probe.views)
    assert viewer.tested == []
    assert not viewer.chosen


def test_steps_are_thinned_from_the_last_one_until_there_is_room(translator):
    shown = view(translator.align(*PAIRS[0]))
    probe = Viewed("a", None, None, [shown] * 7)
    one = size(probe) // 7
    assert thinned([probe], 7 * one) == ([probe], 1)
    few, every = thinned([probe], 4 * one)
    assert (len(few[0].views), every) == (4, 2)
    assert thinned([probe, probe], one) == ([Viewed("a", None, None, [shown])], 7)
    assert thinned([probe], one - 1) == ([], 1)
    assert thinned([], 100) == ([], 1)


def test_all_sentences_together_stay_small(folder, monkeypatch):
    monkeypatch.setattr(report_attention, "MOST_BYTES", 6000)
    run, translator = Run.open(folder), Translator.load(str(folder), device="cpu")
    sentences = [Sentence(src, tgt, "ref", 1.0) for src, tgt in PAIRS]
    viewer = build_viewer(run, translator, sentences)
    assert 0 < sum(map(size, viewer.tested)) <= 3000
    assert 0 < sum(map(size, viewer.probes + viewer.tested)) <= 6000
    assert viewer.every > 1


def test_a_sentence_takes_no_more_of_the_page_than_is_reckoned(folder):
    for probe in read_arrays(Run.open(folder), SHAPE):
        assert len(json.dumps(asdict(probe), separators=(",", ":"))) < size(probe) + 500


def test_the_last_step_is_always_among_the_thinned(folder):
    probes = read_arrays(Run.open(folder), SHAPE)
    few, _ = thinned(probes, sum(map(size, probes)) - 1)
    assert all(probe.views[-1].step == STEPS[-1] for probe in few)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "nan", "shape", "missing"])
def test_a_damaged_file_of_weights_is_said(folder, damage):
    path = folder / "attention" / "step-000040.npz"
    arrays = dict(np.load(path))
    if damage in ("cut", "empty"):
        path.write_bytes(path.read_bytes()[: 100 if damage == "cut" else 0])
    elif damage == "text":
        path.write_text("weights")
    else:
        if damage == "nan":
            arrays["weights_1"] = np.full_like(arrays["weights_1"], np.nan)
        elif damage == "shape":
            arrays["weights_1"] = arrays["weights_1"][:, :, :, :-1]
        else:
            del arrays["src_pieces_2"]
        np.savez(path, **arrays)
    with pytest.raises(UserError, match=r"step-000040.npz is damaged: remove it"):
        read_arrays(Run.open(folder), SHAPE)


def test_weights_of_another_model_are_refused(folder):
    with pytest.raises(UserError, match="not those of the model"):
        read_arrays(Run.open(folder), (2, 4))
