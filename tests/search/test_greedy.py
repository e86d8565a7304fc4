from functools import partial

import pytest
import torch

from seq2seq.search.greedy import greedy
from seq2seq.search.hypothesis import length_penalty
from tests.search.table_model import BOS, EOS, Prefixes, TableModel

SENTENCES = list(range(12))


def search(model, sentences, limits, alpha=0.0):
    return greedy(
        model.step, Prefixes(sentences), torch.tensor(limits),
        penalty=partial(length_penalty, alpha=alpha), bos_id=BOS, eos_id=EOS,
    )  # fmt: skip


def follow_the_argmax(model, sentence, limit):
    words = []
    while len(words) < limit and EOS not in words:
        words.append(int(model.log_probs((sentence, BOS, *words)).argmax()))
    return words


@pytest.mark.parametrize("seed", range(3))
def test_greedy_follows_the_argmax_until_the_end_or_the_limit(seed):
    model = TableModel(seed)
    limits = [1 + sentence % 7 for sentence in SENTENCES]
    found = search(model, SENTENCES, limits)
    assert len(found) == len(SENTENCES)
    for sentence, limit, h in zip(SENTENCES, limits, found, strict=True):
        words = follow_the_argmax(model, sentence, limit)
        assert h.ids == [word for word in words if word != EOS]
        assert h.finished == (EOS in words)
        assert h.log_probability == pytest.approx(model.log_probability(sentence, words))
    assert {h.finished for h in found} == {True, False}


def test_a_limit_counts_the_end():
    model = TableModel()
    for limit in range(1, 6):
        for h in search(model, SENTENCES, [limit] * len(SENTENCES)):
            assert len(h.ids) + h.finished <= limit
            assert h.finished or len(h.ids) == limit


def test_finished_sentences_leave_the_batch():
    model = TableModel()
    found = search(model, SENTENCES, [8] * len(SENTENCES))
    steps = [len(h.ids) + h.finished for h in found]
    assert model.batch_sizes == [sum(s > t for s in steps) for t in range(max(steps))]


def test_a_sentence_in_a_batch_equals_the_sentence_alone():
    model = TableModel()
    together = search(model, SENTENCES, [6] * len(SENTENCES))
    assert together == [search(model, [s], [6])[0] for s in SENTENCES]


def test_the_score_is_the_log_probability_over_the_length_penalty():
    for h in search(TableModel(), SENTENCES, [6] * len(SENTENCES), alpha=0.6):
        penalty = length_penalty(len(h.ids) + h.finished, 0.6)
        assert h.score == pytest.approx(h.log_probability / penalty)


def test_no_sentences_give_no_hypotheses():
    model = TableModel()
    assert search(model, [], []) == []
    assert model.batch_sizes == []
