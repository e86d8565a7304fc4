"""A least length and a forced beginning, in every search, against trying everything."""

from functools import partial

import pytest
import torch

from seq2seq.search.beam import beam_search
from seq2seq.search.constraints import Constrained, constrain
from seq2seq.search.greedy import greedy
from seq2seq.search.hypothesis import hypothesis, length_normalization, length_penalty
from seq2seq.search.sampling import Distribution, sample, uniforms
from tests.search import test_beam
from tests.search.table_model import BOS, EOS, A, B, Prefixes, TableModel

PENALTIES = [
    partial(formula, alpha=alpha)
    for formula in (length_penalty, length_normalization)
    for alpha in (0.0, 0.6, 1.0)
]
LIMIT = 4
BOUNDS = [(1, []), (3, []), (4, []), (1, [A]), (1, [B, A]), (3, [B]), (4, [A, A]), (1, [A, B, A])]


def start(sentences, beams, prefixes):
    return Constrained.start(Prefixes(sentences, beams), prefixes, torch.device("cpu"))


def search(model, sentences, limits, *, beams, n_best, penalty, min_length, prefixes):
    return beam_search(
        constrain(model.step, min_length=min_length, eos_id=EOS),
        start(sentences, beams, prefixes), torch.tensor(limits),
        beams=beams, n_best=n_best, penalty=penalty, bos_id=BOS, eos_id=EOS,
    )  # fmt: skip


def allowed(ids, finished, min_length, prefix):
    return len(ids) + finished >= min_length and ids[: len(prefix)] == prefix


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("min_length", "prefix"), BOUNDS)
def test_a_wide_beam_equals_trying_everything_that_is_allowed(min_length, prefix, penalty):
    model = TableModel(sharpness=1.0)
    found = search(
        model, [0, 1, 2], [LIMIT] * 3, beams=130, n_best=121, penalty=penalty,
        min_length=min_length, prefixes=[prefix] * 3,
    )  # fmt: skip
    for sentence, hypotheses in enumerate(found):
        everything = [
            hypothesis(ids, log_prob, penalty, finished=finished)
            for ids, log_prob, finished in model.everything(sentence, LIMIT)
            if allowed(ids, finished, min_length, prefix)
        ]
        test_beam.same(hypotheses, sorted(everything, key=lambda h: -h.score))


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("min_length", "prefix"), BOUNDS)
@pytest.mark.parametrize(("beams", "n_best"), [(1, 1), (2, 1), (5, 3), (5, 5)])
def test_stopping_early_loses_nothing(monkeypatch, beams, n_best, min_length, prefix, penalty):
    sentences, limits = list(range(8)), [4 + s % 4 for s in range(8)]
    options = {
        "beams": beams, "n_best": n_best, "penalty": penalty,
        "min_length": min_length, "prefixes": [prefix] * 8,
    }  # fmt: skip
    early, patient = TableModel(), TableModel()
    found = search(early, sentences, limits, **options)
    monkeypatch.setattr(test_beam.beam, "is_done", test_beam.without_early_stop)
    expected = search(patient, sentences, limits, **options)
    for hypotheses, wanted in zip(found, expected, strict=True):
        test_beam.same(hypotheses, wanted)
    assert sum(early.batch_sizes) <= sum(patient.batch_sizes)


def test_each_sentence_of_a_batch_has_its_own_beginning():
    prefixes = [[], [A], [B, B, B], [B], [], [A, B]]
    sentences, limits = [0, 0, 0, 1, 1, 1], [6, 5, 4, 6, 2, 7]
    options = {"beams": 3, "n_best": 3, "penalty": PENALTIES[1], "min_length": 2}
    together = search(TableModel(), sentences, limits, prefixes=prefixes, **options)
    for row, hypotheses in enumerate(together):
        (alone,) = search(
            TableModel(), sentences[row : row + 1], limits[row : row + 1],
            prefixes=prefixes[row : row + 1], **options,
        )  # fmt: skip
        test_beam.same(hypotheses, alone)
        assert all(h.ids[: len(prefixes[row])] == prefixes[row] for h in hypotheses)


def bound_greedy(model, sentences, limits, min_length, prefixes):
    return greedy(
        constrain(model.step, min_length=min_length, eos_id=EOS),
        start(sentences, 1, prefixes), torch.tensor(limits),
        penalty=PENALTIES[1], bos_id=BOS, eos_id=EOS,
    )  # fmt: skip


@pytest.mark.parametrize(("min_length", "prefix"), BOUNDS)
def test_a_beam_of_one_is_still_greedy(min_length, prefix):
    sentences, limits = list(range(8)), [4 + s % 3 for s in range(8)]
    expected = bound_greedy(TableModel(), sentences, limits, min_length, [prefix] * 8)
    found = search(
        TableModel(), sentences, limits, beams=1, n_best=1, penalty=PENALTIES[1],
        min_length=min_length, prefixes=[prefix] * 8,
    )  # fmt: skip
    for hypotheses, wanted in zip(found, expected, strict=True):
        test_beam.same(hypotheses, [wanted])
        assert allowed(wanted.ids, wanted.finished, min_length, prefix)


def test_a_forced_beginning_counts_in_the_score_as_the_model_has_it():
    model = TableModel()
    for sentence, h in enumerate(bound_greedy(model, [0, 1, 2], [5] * 3, 1, [[B, A]] * 3)):
        words = [*h.ids, EOS] if h.finished else h.ids
        assert h.log_probability == pytest.approx(model.log_probability(sentence, words))


def test_forcing_what_greedy_writes_anyway_changes_nothing():
    free = bound_greedy(TableModel(), list(range(8)), [6] * 8, 1, [[]] * 8)
    prefixes = [h.ids[: 1 + len(h.ids) // 2] for h in free]
    assert any(prefixes)
    test_beam.same(bound_greedy(TableModel(), list(range(8)), [6] * 8, 1, prefixes), free)


def drawn(step, prefix):
    """50 samples of two sentences."""
    rows = torch.arange(2).repeat_interleave(50)
    state = start([0, 1], 1, [prefix] * 2)
    state.keep(rows)
    return sample(
        step, state, torch.tensor([6, 7])[rows],
        uniforms([[0], [1]], 1, 50, [6, 7]).flatten(0, 1), Distribution(),
        penalty=PENALTIES[0], bos_id=BOS, eos_id=EOS,
    )  # fmt: skip


@pytest.mark.parametrize(("min_length", "prefix"), BOUNDS)
def test_samples_keep_to_what_is_allowed(min_length, prefix):
    model = TableModel()
    found = drawn(constrain(model.step, min_length=min_length, eos_id=EOS), prefix)
    assert len({tuple(h.ids) for h in found}) > 2
    for row, h in enumerate(found):
        assert allowed(h.ids, h.finished, min_length, prefix)
        words = [*h.ids, EOS] if h.finished else h.ids
        assert h.log_probability == pytest.approx(model.log_probability(row // 50, words))


def test_barred_ids_are_never_drawn():
    step = constrain(TableModel().step, min_length=1, eos_id=EOS, never=(BOS, B))
    assert {word for h in drawn(step, []) for word in h.ids} == {A}
