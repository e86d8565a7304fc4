from functools import partial

import pytest
import torch

from seq2seq.search import beam
from seq2seq.search.beam import beam_search
from seq2seq.search.greedy import greedy
from seq2seq.search.hypothesis import hypothesis, length_normalization, length_penalty
from tests.search.table_model import BOS, EOS, Prefixes, TableModel, V

GNMT = partial(length_penalty, alpha=0.6)
PENALTIES = [
    partial(length_penalty, alpha=0.0),
    GNMT,
    partial(length_penalty, alpha=1.0),
    partial(length_normalization, alpha=1.0),
    partial(length_normalization, alpha=0.5),
]
SENTENCES = list(range(8))


def search(model, sentences, limits, *, beams, n_best=1, penalty=GNMT):
    return beam_search(
        model.step, Prefixes(sentences, beams), torch.tensor(limits), beams=beams, n_best=n_best,
        penalty=penalty, bos_id=BOS, eos_id=EOS,
    )  # fmt: skip


def same(found, expected):
    assert [h.ids for h in found] == [h.ids for h in expected]
    assert [h.finished for h in found] == [h.finished for h in expected]
    assert [h.score for h in found] == pytest.approx([h.score for h in expected])


def without_early_stop(live, found, limits_N, n_best, penalty):
    """A stopping rule that gives up only where nothing is live or the limit is reached."""
    return beam_is_done(live, found, limits_N, 10**9, penalty)


beam_is_done = beam.is_done


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("penalty", PENALTIES)
def test_beam_1_equals_greedy(seed, penalty):
    model = TableModel(seed)
    limits = [1 + sentence % 7 for sentence in SENTENCES]
    found = search(model, SENTENCES, limits, beams=1, penalty=penalty)
    expected = greedy(
        model.step,
        Prefixes(SENTENCES),
        torch.tensor(limits),
        penalty=penalty,
        bos_id=BOS,
        eos_id=EOS,
    )
    for hypotheses, h in zip(found, expected, strict=True):
        same(hypotheses, [h])


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("n_best", [1, 5, 121])
def test_a_wide_beam_equals_trying_everything(penalty, n_best):
    limit = 4
    model = TableModel(sharpness=1.0)
    found = search(model, SENTENCES[:3], [limit] * 3, beams=130, n_best=n_best, penalty=penalty)
    for sentence, hypotheses in enumerate(found):
        everything = [
            hypothesis(ids, log_prob, penalty, finished=finished)
            for ids, log_prob, finished in model.everything(sentence, limit)
        ]
        assert len(everything) == 121
        same(hypotheses, sorted(everything, key=lambda h: -h.score)[:n_best])


def slots_one_by_one(model, sentence, limit, beams, penalty):
    """The search in words: the best extensions fill the slots that no </s> has closed."""
    live, found = [((), 0.0)], []
    for _ in range(limit):
        extensions = [
            ((*ids, word), log_prob + model.log_probs((sentence, BOS, *ids))[word].item())
            for ids, log_prob in live
            for word in range(V)
        ]
        best = sorted(extensions, key=lambda e: -e[1])[: beams - len(found)]
        found += [(ids[:-1], log_prob, True) for ids, log_prob in best if ids[-1] == EOS]
        live = [(ids, log_prob) for ids, log_prob in best if ids[-1] != EOS]
    found += [(ids, log_prob, False) for ids, log_prob in live]
    hypotheses = [hypothesis(list(ids), lp, penalty, finished=ended) for ids, lp, ended in found]
    return sorted(hypotheses, key=lambda h: -h.score)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("beams", [1, 2, 3, 5, 8])
def test_an_end_closes_its_slot_for_good(penalty, beams):
    model = TableModel()
    limits = [2 + sentence % 5 for sentence in SENTENCES]
    found = search(model, SENTENCES, limits, beams=beams, n_best=beams, penalty=penalty)
    for sentence, limit, hypotheses in zip(SENTENCES, limits, found, strict=True):
        same(hypotheses, slots_one_by_one(model, sentence, limit, beams, penalty))


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("beams", "n_best"), [(1, 1), (2, 1), (3, 3), (5, 2), (5, 5)])
def test_stopping_early_never_changes_the_result(monkeypatch, penalty, beams, n_best):
    limits = [3 + sentence % 6 for sentence in SENTENCES]
    early, patient = TableModel(), TableModel()
    found = search(early, SENTENCES, limits, beams=beams, n_best=n_best, penalty=penalty)
    monkeypatch.setattr(beam, "is_done", without_early_stop)
    expected = search(patient, SENTENCES, limits, beams=beams, n_best=n_best, penalty=penalty)
    for hypotheses, wanted in zip(found, expected, strict=True):
        same(hypotheses, wanted)
    assert sum(early.batch_sizes) <= sum(patient.batch_sizes)


def test_the_stopping_rule_saves_steps(monkeypatch):
    early, patient = TableModel(), TableModel()
    search(early, SENTENCES, [8] * 8, beams=5)
    monkeypatch.setattr(beam, "is_done", without_early_stop)
    search(patient, SENTENCES, [8] * 8, beams=5)
    assert sum(early.batch_sizes) < sum(patient.batch_sizes)


@pytest.mark.parametrize("beams", [1, 2, 5])
def test_sentences_leave_the_batch_and_do_not_come_back(beams):
    model = TableModel()
    search(model, SENTENCES, [1 + sentence % 7 for sentence in SENTENCES], beams=beams)
    assert model.batch_sizes[0] == len(SENTENCES)
    assert model.batch_sizes == sorted(model.batch_sizes, reverse=True)
    assert model.batch_sizes[-1] < len(SENTENCES)


@pytest.mark.parametrize("beams", [2, 4])
def test_a_sentence_in_a_batch_equals_the_sentence_alone(beams):
    model = TableModel()
    limits = [3 + sentence % 4 for sentence in SENTENCES]
    together = search(model, SENTENCES, limits, beams=beams, n_best=2)
    for sentence, limit, hypotheses in zip(SENTENCES, limits, together, strict=True):
        same(hypotheses, search(model, [sentence], [limit], beams=beams, n_best=2)[0])


@pytest.mark.parametrize("penalty", PENALTIES)
def test_an_n_best_list_is_sorted_distinct_and_scored_as_the_table_says(penalty):
    model = TableModel()
    found = search(model, SENTENCES, [5] * 8, beams=6, n_best=6, penalty=penalty)
    for sentence, hypotheses in enumerate(found):
        assert len(hypotheses) == 6
        assert len({(tuple(h.ids), h.finished) for h in hypotheses}) == 6
        scores = [h.score for h in hypotheses]
        assert scores == sorted(scores, reverse=True)
        for h in hypotheses:
            words = [*h.ids, EOS] if h.finished else h.ids
            assert len(words) <= 5
            assert h.finished or len(words) == 5
            log_prob = model.log_probability(sentence, words)
            assert h.log_probability == pytest.approx(log_prob)
            same([h], [hypothesis(h.ids, log_prob, penalty, finished=h.finished)])


def test_a_shorter_n_best_list_is_the_start_of_a_longer_one():
    model = TableModel()
    longer = search(model, SENTENCES, [6] * 8, beams=5, n_best=5)
    for n_best in range(1, 5):
        shorter = search(model, SENTENCES, [6] * 8, beams=5, n_best=n_best)
        for short, long in zip(shorter, longer, strict=True):
            same(short, long[:n_best])


def test_a_beam_wider_than_the_vocabulary_starts_with_what_there_is():
    found = search(TableModel(), [0], [1], beams=9, n_best=9)[0]
    assert sorted(h.ids for h in found) == [[], [0], [1], [2]]


@pytest.mark.parametrize("formula", [length_penalty, length_normalization])
def test_the_length_penalty_prefers_longer_hypotheses(formula):
    model = TableModel(sharpness=1.0)
    lengths = [
        sum(
            len(h[0].ids)
            for h in search(
                model, SENTENCES, [6] * 8, beams=200, penalty=partial(formula, alpha=alpha)
            )
        )
        for alpha in (0.0, 1.0, 3.0)
    ]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]


def test_no_sentences_give_no_hypotheses():
    assert search(TableModel(), [], [], beams=3) == []
