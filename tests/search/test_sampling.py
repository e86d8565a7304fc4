from collections import Counter
from functools import partial

import pytest
import torch

from seq2seq.search.greedy import greedy
from seq2seq.search.hypothesis import length_penalty
from seq2seq.search.sampling import Distribution, draw, sample, uniforms
from tests.search.table_model import BOS, EOS, Prefixes, TableModel

PENALTY = partial(length_penalty, alpha=0.6)
SENTENCES = list(range(6))


def samples_of(model, sentences, limits, samples, seed=1, **distribution):
    numbers = uniforms([[s] for s in sentences], seed, samples, limits)
    rows = torch.arange(len(sentences)).repeat_interleave(samples)
    state = Prefixes(sentences)
    state.keep(rows)
    drawn = sample(
        model.step, state, torch.tensor(limits)[rows], numbers.flatten(0, 1),
        Distribution(**distribution), penalty=PENALTY, bos_id=BOS, eos_id=EOS,
    )  # fmt: skip
    return [drawn[i : i + samples] for i in range(0, len(drawn), samples)]


@pytest.mark.parametrize(
    "distribution", [{"temperature": 1e-6}, {"top_k": 1}, {"top_p": 1e-9}, {"epsilon": 0.999}]
)
def test_the_narrowest_distribution_is_greedy_search(distribution):
    limits = [2 + s for s in SENTENCES]
    expected = greedy(
        TableModel().step, Prefixes(SENTENCES), torch.tensor(limits),
        penalty=PENALTY, bos_id=BOS, eos_id=EOS,
    )  # fmt: skip
    for drawn, wanted in zip(
        samples_of(TableModel(), SENTENCES, limits, 3, **distribution), expected, strict=True
    ):
        for h in drawn:
            assert (h.ids, h.finished) == (wanted.ids, wanted.finished)
            assert h.score == pytest.approx(wanted.score)


def close_to(counts, expected, draws):
    """Every frequency is within 4.5 standard deviations: a right sampler fails once in 10,000."""
    assert counts.keys() <= {k for k, p in expected.items() if p > 0}
    for outcome, p in expected.items():
        spread = (draws * p * (1 - p)) ** 0.5
        assert abs(counts[outcome] - draws * p) <= 4.5 * spread + 1e-9, outcome


def test_whole_sequences_are_drawn_as_often_as_they_are_likely():
    draws, limit = 20_000, 3
    model = TableModel(sharpness=1.0)
    expected = {
        (tuple(ids), finished): torch.tensor(log_prob).exp().item()
        for ids, log_prob, finished in model.everything(0, limit)
    }
    assert sum(expected.values()) == pytest.approx(1)
    (drawn,) = samples_of(model, [0], [limit], draws)
    close_to(Counter((tuple(h.ids), h.finished) for h in drawn), expected, draws)


PROBS = [0.05, 0.4, 0.0, 0.25, 0.2, 0.1]


@pytest.mark.parametrize(
    ("distribution", "wanted"),
    [
        ({}, PROBS),
        ({"temperature": 0.5}, [p**2 for p in PROBS]),
        ({"temperature": 2.0}, [p**0.5 for p in PROBS]),
        ({"top_k": 2}, [0, 0.4, 0, 0.25, 0, 0]),
        ({"top_k": 99}, PROBS),
        ({"top_p": 0.3}, [0, 0.4, 0, 0, 0, 0]),
        ({"top_p": 0.5}, [0, 0.4, 0, 0.25, 0, 0]),
        ({"top_p": 0.9}, [0, 0.4, 0, 0.25, 0.2, 0.1]),
        ({"epsilon": 0.15}, [0, 0.4, 0, 0.25, 0.2, 0]),
        ({"epsilon": 0.9}, [0, 0.4, 0, 0, 0, 0]),
        ({"top_k": 3, "top_p": 0.7}, [0, 0.4, 0, 0.25, 0, 0]),  # of 0.4, 0.25, 0.2 over 0.85
        ({"temperature": 0.5, "top_p": 0.6}, [0, 0.4**2, 0, 0.25**2, 0, 0]),  # 0.59 is not enough
    ],
)
def test_the_distribution_is_cut_where_it_should_be(distribution, wanted):
    log_probs = torch.tensor(PROBS, dtype=torch.float64).log()
    weights = Distribution(**distribution).weights(log_probs)
    expected = torch.tensor(wanted, dtype=torch.float64)
    torch.testing.assert_close(weights / weights.sum(), expected / expected.sum())


def test_ties_at_the_cut_leave_k_ids():
    weights = Distribution(top_k=2).weights(torch.zeros(1, 5))
    assert (weights > 0).sum() == 2


def test_what_has_no_weight_is_never_drawn():
    """Not even by the numbers at the ends, in either precision."""
    for dtype in (torch.float32, torch.float64):
        weights = torch.tensor([0, 0.1, 0, 0.7, 0.1, 0], dtype=dtype).repeat(3, 1)
        numbers = torch.tensor([2.0**-24, 0.5, 1.0])
        assert draw(weights, numbers).tolist() == [1, 3, 4]
        assert draw(weights / 3, numbers).tolist() == [1, 3, 4]


def test_numbers_are_above_0_and_at_most_1_and_spread_evenly():
    numbers = uniforms([[5, 6]], 1, 200, [100])
    assert numbers.shape == (1, 200, 100)
    assert numbers.min() > 0
    assert numbers.max() <= 1
    assert numbers.mean() == pytest.approx(0.5, abs=0.01)


def test_a_seed_repeats_and_another_one_differs():
    limits = [6] * 6
    once = samples_of(TableModel(), SENTENCES, limits, 20)
    assert samples_of(TableModel(), SENTENCES, limits, 20) == once
    assert samples_of(TableModel(), SENTENCES, limits, 20, seed=2) != once


def test_samples_depend_on_neither_batch_nor_place_nor_each_other():
    limits = [3 + s for s in SENTENCES]
    together = samples_of(TableModel(), SENTENCES, limits, 20)
    turned = samples_of(TableModel(), SENTENCES[::-1], limits[::-1], 20)[::-1]
    for sentence, limit, drawn, other in zip(SENTENCES, limits, together, turned, strict=True):
        assert len({tuple(h.ids) for h in drawn}) > 1
        assert drawn == other == samples_of(TableModel(), [sentence], [limit], 20)[0]
        numbers = [uniforms([[sentence]], 1, count, [limit]) for count in (20, 8)]
        assert torch.equal(numbers[0][:, :8], numbers[1])


def test_equal_sentences_draw_equal_samples_and_others_do_not():
    a, b, c = uniforms([[5, 6], [5, 6], [6, 5]], 1, 4, [7, 7, 7])
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_a_longer_neighbour_in_the_batch_changes_no_numbers():
    together = uniforms([[5, 6], [7]], 1, 4, [3, 9])
    assert torch.equal(together[0, :, :3], uniforms([[5, 6]], 1, 4, [3])[0])


def test_the_log_probability_is_the_models_own():
    model = TableModel()
    drawn = samples_of(model, SENTENCES, [5] * 6, 10, temperature=3.0, top_k=3)
    for sentence, hypotheses in enumerate(drawn):
        for h in hypotheses:
            words = [*h.ids, EOS] if h.finished else h.ids
            assert h.log_probability == pytest.approx(model.log_probability(sentence, words))
            penalty = PENALTY(len(words))
            assert h.score == pytest.approx(h.log_probability / penalty)
            assert h.finished or len(h.ids) == 5


def test_samples_leave_the_batch_as_they_end():
    model = TableModel()
    drawn = samples_of(model, SENTENCES, [8] * 6, 3)
    steps = [len(h.ids) + h.finished for hypotheses in drawn for h in hypotheses]
    assert model.batch_sizes == [sum(s > t for s in steps) for t in range(max(steps))]
    assert len(set(steps)) > 1
