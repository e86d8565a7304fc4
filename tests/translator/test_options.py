"""Scores, samples, choices, forced beginnings and ensembles."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from seq2seq.analysis.score import sentence_chrf
from seq2seq.config import DecodingConfig, LengthPenalty
from seq2seq.data.batches import Batch
from seq2seq.data.tokenizer import BOS_ID, PAD_ID
from seq2seq.errors import UserError
from seq2seq.forced import forced_log_probs
from seq2seq.run import Run
from seq2seq.search.hypothesis import length_penalty
from seq2seq.search.lengths import penalty_of
from seq2seq.translator import Translator
from tests.conftest import PAIRS
from tests.translator.conftest import BEAM, GREEDY, SOURCES, assert_same


def assert_forced(translator, options):
    """Scores reported equal those of forced decoding, of whatever models the translator has."""
    penalty = penalty_of(options)
    for t, src_ids in zip(
        translator.translate(SOURCES, options), translator.encode(SOURCES), strict=True
    ):
        for c in t.candidates:
            batch = Batch.from_ids([src_ids], [c.ids])
            length = len(c.ids) + c.finished
            log_prob = forced_log_probs(translator.models, batch)[0, :length].sum().item()
            assert c.log_probability == pytest.approx(log_prob, abs=1e-9)
            assert c.score == pytest.approx(log_prob / penalty(length), abs=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        GREEDY,
        BEAM,
        DecodingConfig(beam=4, n_best=4, penalty=LengthPenalty.gnmt, length_penalty=0.6),
        DecodingConfig(beam=4, n_best=4, min_length=12),
        DecodingConfig(samples=8, temperature=0.7, top_k=20, top_p=0.9),
    ],
)
def test_a_reported_score_is_that_of_forced_decoding(translator, options):
    assert_forced(translator, options)


def test_given_translations_are_scored_piece_by_piece_and_in_order(translator):
    pairs = [*PAIRS, ("", "Oui."), ("Yes.", ""), PAIRS[0]]
    scored = translator.score(pairs)
    for (src, tgt), candidate in zip(pairs, scored, strict=True):
        (alone,) = translator.score([(src, tgt)])
        each = candidate.piece_log_probabilities
        assert candidate.text == tgt
        assert len(each) == len(candidate.pieces) + 1
        assert sum(each) == pytest.approx(candidate.log_probability)
        batch = Batch.from_ids(translator.encode([src]), translator.encode([tgt]))
        hidden = translator.model(batch.src, batch.tgt_in).hidden
        log_probs = translator.model.logits(hidden).log_softmax(-1)
        right = log_probs.gather(2, batch.tgt_out[..., None])[0, :, 0]
        assert each == pytest.approx(right.tolist(), abs=1e-9)
        assert each == pytest.approx(alone.piece_log_probabilities, abs=1e-9)
        assert all(value <= 0 for value in each)
    assert translator.score([]) == []


def test_too_long_a_pair_to_score_is_refused_with_its_number(translator):
    with pytest.raises(UserError, match=r"^sentence 12 has"):
        translator.score([PAIRS[0], PAIRS[1], ("è" * 100, "Oui.")], first=10)


@pytest.mark.parametrize(
    "options",
    [DecodingConfig(samples=4, temperature=1.5), DecodingConfig(samples=6, mbr=True, n_best=2),
     DecodingConfig(beam=4, mbr=True, n_best=2)],
    ids=lambda options: options.name,
)  # fmt: skip
def test_samples_and_choices_do_not_depend_on_batch_or_place(translator, options):
    together = translator.translate(SOURCES, options)
    small = replace(options, batch_sentences=3)
    turned = translator.translate(SOURCES[::-1], small)[::-1]
    alone = [translator.translate([src], options)[0] for src in SOURCES]
    assert_same(together, turned, 1e-10)
    assert_same(together, alone, 1e-10)


def test_samples_repeat_with_their_seed(translator):
    options = DecodingConfig(samples=5)
    once = translator.translate(SOURCES, options)
    assert translator.translate(SOURCES, options) == once
    assert translator.translate(SOURCES, replace(options, seed=2)) != once
    assert [len(t.candidates) for t in once] == [5] * len(SOURCES)
    for t in once:
        scores = [c.score for c in t.candidates]
        assert scores == sorted(scores, reverse=True)
        assert not {PAD_ID, BOS_ID} & {i for c in t.candidates for i in c.ids}


@pytest.mark.parametrize("narrow", [{"top_k": 1}, {"temperature": 1e-5}])
def test_the_narrowest_sampling_is_greedy(translator, narrow):
    drawn = translator.translate(SOURCES, DecodingConfig(samples=2, **narrow))
    for t, wanted in zip(drawn, translator.translate(SOURCES, GREEDY), strict=True):
        assert [c.ids for c in t.candidates] == [wanted.candidates[0].ids] * 2


@pytest.mark.parametrize("options", [DecodingConfig(samples=12, mbr=True, n_best=3),
                                     DecodingConfig(beam=6, mbr=True, n_best=3)])  # fmt: skip
def test_minimum_bayes_risk_chooses_what_agrees_most_with_the_candidates(translator, options):
    pool = DecodingConfig(samples=12) if options.samples else DecodingConfig(beam=6, n_best=6)
    found = translator.translate(SOURCES, options)
    for t, everything in zip(found, translator.translate(SOURCES, pool), strict=True):
        texts = [c.text for c in everything.candidates]
        tempered = [
            c.log_probability / length_penalty(len(c.ids) + c.finished, 0.6)
            for c in everything.candidates
        ]
        weights = [1] * 12 if options.samples else np.exp(tempered)
        expected = [
            np.average([sentence_chrf([text], [[other]])[0] for other in texts], weights=weights)
            for text in texts
        ]
        utilities = [c.utility for c in t.candidates]
        assert utilities[0] == pytest.approx(max(expected))
        assert utilities == sorted(utilities, reverse=True)
        assert len({c.text for c in t.candidates}) == len(t.candidates) <= 3
        for c in t.candidates:
            assert c.utility == pytest.approx(expected[texts.index(c.text)])
    assert all(c.utility is None for c in everything.candidates)


@pytest.mark.parametrize("options", [GREEDY, BEAM, DecodingConfig(samples=3)])
def test_each_translation_begins_with_its_prefix(translator, options):
    prefixes = [("", "Elle", "Bonjour, comment", "œuf")[i % 4] for i in range(len(SOURCES))]
    found = translator.translate(SOURCES, options, prefixes=prefixes)
    for t, prefix in zip(found, prefixes, strict=True):
        assert all(c.text.startswith(prefix) for c in t.candidates)
    free = translator.translate(SOURCES, options)
    assert_same(found[::4], free[::4], 1e-10)
    assert [t.text for t in found[1::4]] != [t.text for t in free[1::4]]


def test_there_is_a_prefix_for_each_text(translator):
    with pytest.raises(UserError, match="8 texts, but 2 prefixes"):
        translator.translate(SOURCES, prefixes=["Oui", "Non"])


@pytest.mark.parametrize("options", [GREEDY, BEAM, DecodingConfig(samples=3)])
def test_no_translation_is_shorter_than_the_least_length(translator, options):
    short = [len(c.pieces) + c.finished for t in translator.translate(SOURCES, options)
             for c in t.candidates]  # fmt: skip
    bounded = replace(options, min_length=20)
    long = [len(c.pieces) + c.finished for t in translator.translate(SOURCES, bounded)
            for c in t.candidates]  # fmt: skip
    assert min(short) < 20 <= min(long)


@pytest.fixture(scope="module")
def others(run_folder, tmp_path_factory):
    """A run that translates otherwise, with the same tokenizer."""
    folder = tmp_path_factory.mktemp("runs") / "other"
    shutil.copytree(run_folder, folder)
    run = Run.open(folder)
    model = run.load_model(torch.device("cpu"))
    with torch.no_grad():
        for weight in model.encoder.parameters():
            weight.mul_(1.5)
    run.save_weights(model)
    return str(folder)


@pytest.mark.parametrize("options", [GREEDY, BEAM, DecodingConfig(samples=4)])
def test_an_ensemble_of_a_run_with_itself_is_the_run(run_folder, translator, options):
    twice = Translator.load([str(run_folder)] * 2, device="cpu")
    for model in twice.models:
        model.double()
    assert_same(twice.translate(SOURCES, options), translator.translate(SOURCES, options), 1e-9)


def test_an_ensemble_translates_as_neither_of_its_runs_and_scores_as_itself(run_folder, others):
    names = [str(run_folder), others]
    both = Translator.load(names, device="cpu")
    for model in both.models:
        model.double()
    assert both.model is both.models[0]
    assert_forced(both, BEAM)
    assert_forced(both, DecodingConfig(samples=3))
    texts = [t.text for t in both.translate(SOURCES)]
    for name in names:
        assert texts != [t.text for t in Translator.load(name, device="cpu").translate(SOURCES)]


def test_alignments_of_an_ensemble_are_its_first_models(run_folder, others, translator):
    both = Translator.load([str(run_folder), others], device="cpu")
    for src, tgt in PAIRS[:2]:
        weights = both.align(src, tgt).weights_LHTS
        np.testing.assert_allclose(weights, translator.align(src, tgt).weights_LHTS, atol=1e-4)
