"""Which heads align: crafted attention whose best heads are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from seq2seq.alignment.error_rate import GoldLinks
from seq2seq.alignment.weights import AligningHead, CrossAttention, Reading, align_words
from seq2seq.analysis.alignment_error import (
    AlignmentErrors,
    alignment_errors,
    all_heads,
    choose,
    error_rate,
)
from seq2seq.config import ModelConfig
from seq2seq.data.gold import GoldPair
from seq2seq.translator import Translator
from tests.conftest import PAIRS

LAYERS, HEADS = 2, 3
SIZES = [3, 5, 4]  # words of each sentence


def diagonal_pair(size):
    src, tgt = ([f"{letter}{i}" for i in range(size)] for letter in "ab")
    links = frozenset((i, i) for i in range(size))
    return GoldPair(" ".join(src), " ".join(tgt), src, tgt, GoldLinks(links, links))


class Crafted:
    """Aligns as it is told: a piece for each word, and noise but for the heads given."""

    def __init__(self, maps):
        self.model = SimpleNamespace(
            config=ModelConfig(decoder_layers=LAYERS, width=6, heads=HEADS)
        )
        self.maps = maps

    def align_texts(self, pairs):
        rng = np.random.default_rng(0)
        found = []
        for src, tgt in pairs:
            pieces = [[f"▁{word}" for word in text.split()] + ["</s>"] for text in (src, tgt)]
            size = len(pieces[0])
            weights = rng.random((LAYERS, HEADS, size, size), dtype=np.float32)
            weights /= weights.sum(axis=-1, keepdims=True)
            for (layer, head), craft in self.maps.items():
                weights[layer, head] = craft(size)
            found.append(CrossAttention(*pieces, weights))
        return found


@pytest.fixture
def gold():
    return [diagonal_pair(size) for size in SIZES]


@pytest.mark.parametrize(
    ("reading", "craft"),
    [(Reading.output, np.eye), (Reading.input, lambda n: np.roll(np.eye(n), 1, axis=0))],
    ids=["output", "input"],
)
def test_the_head_that_is_the_gold_diagonal_is_chosen_alone_with_no_error(gold, reading, craft):
    errors = alignment_errors(Crafted({(1, 2): craft}), gold)
    perfect = AligningHead(reading, 1, 2)
    assert errors.heads == [perfect]
    assert errors.aer == errors.of(perfect) == 0
    assert errors.best(reading) == perfect
    (other,) = set(Reading) - {reading}
    assert errors.of(errors.best(other)) > 0
    assert errors.best(other).reading is other


def test_rates_stand_at_their_block_head_and_mean(gold):
    crafted = Crafted({(0, 1): np.eye, (1, 0): np.eye, (1, 1): np.eye, (1, 2): np.eye})
    errors = alignment_errors(crafted, gold)
    output = errors.rates[Reading.output]
    assert output.shape == errors.rates[Reading.input].shape == (LAYERS, HEADS + 1)
    assert output[0, 1] == 0
    assert np.all(output[1] == 0)  # three perfect heads and their mean
    assert np.all(output[0, [0, 2]] > 0)
    assert errors.of(AligningHead(Reading.output, 1)) == output[1, -1]
    for reading in Reading:
        rates = errors.rates[reading]
        assert np.all((rates >= 0) & (rates <= 1))
        assert errors.of(errors.best(reading)) == rates.min()


def test_links_through_sinks_are_not_counted():
    """Every word looks at </s> most, and at the right word second."""

    def shy(size):
        weights = 0.3 * np.eye(size)
        weights[:, -1] += 0.7
        return weights

    errors = alignment_errors(Crafted({(0, 0): shy}), [diagonal_pair(4)])
    assert errors.of(AligningHead(Reading.output, 0, 0)) == 0


def test_two_halves_are_chosen_together(gold):
    def first_half(size):
        return np.where(np.arange(size)[:, None] < 2, np.eye(size), 1 / size)

    def second_half(size):
        return np.where(np.arange(size)[:, None] >= 2, np.eye(size), 1 / size)

    errors = alignment_errors(Crafted({(0, 0): first_half, (1, 1): second_half}), gold)
    assert errors.aer == 0
    assert len(errors.heads) == 2  # whatever knows the first half, and whatever the second
    assert all(errors.of(head) > 0 for head in errors.heads)


HEAD = [AligningHead(Reading.output, 0, number) for number in range(4)]


def chosen_from(maps, gold):
    maps = {head: [np.array(one, np.float32)] for head, one in zip(HEAD, maps, strict=False)}
    alone = {head: error_rate(one, gold) for head, one in maps.items()}
    return choose(maps, alone, gold), alone


def test_choosing_adds_only_what_helps():
    gold = [diagonal_pair(3)]
    first = [[1, 0, 0], [0, 1, 0], [0.5, 0, 0.4]]  # all but the last word
    helps = [[0, 1, 0], [0, 0, 0], [0, 0, 0.9]]  # the last word
    same = first
    harms = [[0, 0, 5], [5, 0, 0], [0, 5, 0]]
    (heads, aer), alone = chosen_from([first, helps, same, harms], gold)
    assert aer == 0 < min(alone.values())
    assert heads == [HEAD[0], HEAD[1]]
    (heads, aer), alone = chosen_from([harms, first, same, harms], gold)
    assert heads == [HEAD[1]]  # the first of equals, and nothing that is no better
    assert aer == alone[HEAD[1]] == pytest.approx(1 / 3)


def test_every_head_is_listed_once_with_the_mean_after_its_block():
    heads = all_heads(list(Reading), 2, 3)
    assert len(heads) == len(set(heads)) == 2 * 2 * 4
    assert heads[:5] == [
        *(AligningHead(Reading.output, 0, head) for head in (0, 1, 2, None)),
        AligningHead(Reading.output, 1, 0),
    ]


def test_best_prefers_the_lowest_rate_be_it_of_a_mean():
    rates = {
        Reading.output: np.array([[0.5, 0.4, 0.3], [0.6, 0.6, 0.6]]),
        Reading.input: np.array([[0.5, 0.4, 0.3], [0.6, 0.1, 0.6]]),
    }
    errors = AlignmentErrors(rates, [], 0.0)
    assert errors.best(Reading.output) == AligningHead(Reading.output, 0)
    assert errors.best(Reading.input) == AligningHead(Reading.input, 1, 1)


def test_of_a_real_model_the_chosen_heads_link_as_measured(run_folder):
    """The rate of the chosen heads is that of the links which they give when they align."""
    translator = Translator.load(str(run_folder), device="cpu")
    gold = []
    for src, tgt in PAIRS:
        attention = translator.align(src, tgt)
        by_word = attention.to_words(Reading.output)
        words = by_word.src_words, by_word.tgt_words
        diagonal = frozenset((i, i) for i in range(min(map(len, words))))
        gold.append(GoldPair(src, tgt, *words, GoldLinks(diagonal, diagonal)))
    errors = alignment_errors(translator, gold)
    assert errors.aer <= min(rates.min() for rates in errors.rates.values())
    assert 1 <= len(errors.heads) <= 4
    assert len(set(errors.heads)) == len(errors.heads)
    found = hits = sure = 0
    for pair in gold:
        links = align_words(translator.align(pair.src, pair.tgt), errors.heads).links
        found, sure = found + len(links), sure + len(pair.links.sure)
        hits += len(links & pair.links.sure)
    assert errors.aer == pytest.approx(1 - 2 * hits / (found + sure))
