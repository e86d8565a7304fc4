"""Cross-attention of a pair: its two readings, between pieces and between words."""

import numpy as np
import pytest

from seq2seq.alignment.weights import (
    AligningHead,
    CrossAttention,
    Reading,
    align_words,
    without_sinks,
)
from seq2seq.errors import UserError

SRC = ["▁The", "▁ca", "ts", "▁sleep", ".", "</s>"]  # The cats sleep .
TGT = ["▁Les", "▁ch", "at", "s", "▁dor", "ment", ".", "</s>"]  # Les chats dorment .
L, H = 2, 3
readings = pytest.mark.parametrize("reading", Reading)


@pytest.fixture
def attention():
    weights = np.random.default_rng(0).random((L, H, len(TGT), len(SRC)), dtype=np.float32)
    return CrossAttention(SRC, TGT, weights / weights.sum(-1, keepdims=True))


def pointing(columns, layers=1, heads=1, head=(0, 0)):
    """Uniform maps but for one head, whose rows look at these columns of SRC alone."""
    weights = np.full((layers, heads, len(columns), len(SRC)), 1 / len(SRC), np.float32)
    weights[head] = np.eye(len(SRC))[columns]
    return CrossAttention(SRC, TGT, weights)


def test_the_output_reading_is_the_row_that_predicts_and_the_input_reading_the_next(attention):
    every = attention.weights_LHTS
    output, read = attention.read(Reading.output), attention.read(Reading.input)
    assert output.shape == read.shape == (L, H, len(TGT) - 1, len(SRC))
    for piece in range(len(TGT) - 1):
        np.testing.assert_array_equal(output[:, :, piece], every[:, :, piece])
        np.testing.assert_array_equal(read[:, :, piece], every[:, :, piece + 1])


@readings
def test_between_words_source_weights_add_up_and_target_rows_are_averaged(attention, reading):
    by_word = attention.to_words(reading)
    assert by_word.src_words == ["The", "cats", "sleep", "."]
    assert by_word.tgt_words == ["Les", "chats", "dorment", "."]
    rows = attention.read(reading)
    columns = [rows[..., 0], rows[..., 1] + rows[..., 2], *(rows[..., i] for i in (3, 4, 5))]
    summed = np.stack(columns, axis=-1)
    words = [summed[:, :, 0:1], summed[:, :, 1:4], summed[:, :, 4:6], summed[:, :, 6:7]]
    expected = np.stack([word.mean(axis=2) for word in words], axis=2)
    np.testing.assert_allclose(by_word.weights_LHTS, expected, rtol=1e-5)
    assert by_word.weights_LHTS.dtype == np.float32


@readings
def test_rows_between_words_sum_to_1(attention, reading):
    own = (["The cats", "sle", "ep", "."], ["Les", "cha", "tsdor", "ment."])
    for words in ((None, None), own):
        sums = attention.to_words(reading, *words).weights_LHTS.sum(axis=-1)
        np.testing.assert_allclose(sums, 1, rtol=1e-5)


def test_the_caller_may_bring_other_words(attention):
    src_words, tgt_words = ["The", "cat", "s", "sleep."], ["Les chats", "d", "orment."]
    by_word = attention.to_words(Reading.output, src_words, tgt_words)
    rows = attention.read(Reading.output)
    cat_LHT = rows[..., 1] + rows[..., 2] / 2  # "ts" is half of "cat", half of "s"
    np.testing.assert_allclose(
        by_word.weights_LHTS[:, :, 0, 1], cat_LHT[:, :, :4].mean(axis=2), rtol=1e-5
    )
    np.testing.assert_allclose(by_word.weights_LHTS[:, :, 1, 1], cat_LHT[:, :, 4], rtol=1e-5)
    o, ment, stop = 2 / 3, 1, 1  # "orment." is what "d" left of "dor", and the rest
    weighed = o * cat_LHT[:, :, 4] + ment * cat_LHT[:, :, 5] + stop * cat_LHT[:, :, 6]
    np.testing.assert_allclose(
        by_word.weights_LHTS[:, :, 2, 1], weighed / (o + ment + stop), rtol=1e-5
    )


@pytest.mark.parametrize(
    "words", [(["The", "cats", "sleep"], None), (None, ["The", "cats"]), (["", *"abc"], None)]
)
def test_words_of_other_texts_are_refused(attention, words):
    with pytest.raises(UserError, match="not those of the text"):
        attention.to_words(Reading.output, *words)


@readings
def test_the_last_column_is_what_the_end_of_the_sentence_takes(attention, reading):
    end = len(SRC) - 1
    everything_to_end = pointing([end] * len(TGT)).to_words(reading).weights_LHTS
    np.testing.assert_allclose(everything_to_end[..., -1], 1, rtol=1e-6)
    assert np.all(everything_to_end[..., :-1] == 0)
    by_word = attention.to_words(reading, None, ["".join(TGT[:-1]).replace("▁", "")])
    mean = attention.read(reading)[..., end].mean(axis=2)
    np.testing.assert_allclose(by_word.weights_LHTS[:, :, 0, -1], mean, rtol=1e-5)


def test_one_head_or_the_mean_of_a_block_can_be_asked_for(attention):
    by_word = attention.to_words(Reading.input)
    one = by_word.of(AligningHead(Reading.input, 1, 2))
    np.testing.assert_array_equal(one, by_word.weights_LHTS[1, 2])
    mean = by_word.of(AligningHead(Reading.input, 1))
    np.testing.assert_allclose(mean, by_word.weights_LHTS[1].mean(axis=0), rtol=1e-6)


def test_a_head_says_its_name_counted_from_1():
    assert str(AligningHead(Reading.input, 1, 2)) == "block 2, head 3, input reading"
    assert str(AligningHead(Reading.output, 0)) == "block 1, mean of heads, output reading"


def test_sinks_are_the_end_and_the_closing_full_stop_but_for_full_stops():
    weights = np.random.default_rng(0).random((2, 3, 4)).astype(np.float32)
    before = weights.copy()
    kept = without_sinks(weights, ["Who", "sleeps", "?"], ["Qui", "dort", "!"])
    np.testing.assert_array_equal(kept[..., :2], weights[..., :2])
    np.testing.assert_array_equal(kept[:, 2], weights[:, 2, :3])  # a stop may look at a stop
    assert np.all(kept[:, :2, 2] == 0)
    np.testing.assert_array_equal(weights, before)
    inside = without_sinks(weights, ["?", "He", "sleeps"], ["Il", "dort", "!"])
    np.testing.assert_array_equal(inside, weights[..., :-1])  # it is the last word that counts
    assert without_sinks(np.ones((2, 1), np.float32), [], ["a", "."]).shape == (2, 0)


@readings
def test_a_head_that_looks_right_links_the_words(reading):
    # what each piece of TGT should look at: The, ca, ts, ts, sleep, sleep, full stop
    right = [0, 1, 2, 2, 3, 3, 4]
    columns = [*right, 5] if reading is Reading.output else [5, *right]
    found = align_words(pointing(columns), [AligningHead(reading, 0, 0)])
    assert found.src_words == ["The", "cats", "sleep", "."]
    assert found.tgt_words == ["Les", "chats", "dorment", "."]
    assert found.links == {(0, 0), (1, 1), (2, 2), (3, 3)}
    np.testing.assert_allclose(found.weights_TS, np.eye(4, 5), atol=1e-6)


def test_links_pass_over_sinks():
    """Half of each row goes to </s> or the full stop, a little to the right word."""
    weights = np.zeros((1, 1, len(TGT), len(SRC)), np.float32)
    weights[0, 0, :, [4, 5]] = 0.4
    for row, column in enumerate([0, 1, 2, 2, 3, 3, 4, 5]):
        weights[0, 0, row, column] += 0.2
    found = align_words(CrossAttention(SRC, TGT, weights), [AligningHead(Reading.output, 0, 0)])
    assert found.links == {(0, 0), (1, 1), (2, 2), (3, 3)}
    np.testing.assert_allclose(found.weights_TS[:, -1], 0.4, rtol=1e-5)


def test_several_heads_are_averaged_each_in_its_reading(attention):
    heads = [AligningHead(Reading.input, 0, 1), AligningHead(Reading.output, 1)]
    found = align_words(attention, heads)
    maps = [attention.to_words(head.reading).of(head) for head in heads]
    np.testing.assert_allclose(found.weights_TS, (maps[0] + maps[1]) / 2, rtol=1e-6)
    np.testing.assert_allclose(found.weights_TS.sum(axis=1), 1, rtol=1e-5)
    linkable = without_sinks(found.weights_TS, found.src_words, found.tgt_words)
    assert found.links == {(int(row.argmax()), i) for i, row in enumerate(linkable)}


def test_two_heads_that_each_know_a_half_know_the_whole():
    weights = np.full((1, 2, len(TGT), len(SRC)), 1 / len(SRC), np.float32)
    right = np.eye(len(SRC))[[0, 1, 2, 2, 3, 3, 4, 5]]
    weights[0, 0, :4], weights[0, 1, 4:] = right[:4], right[4:]
    attention = CrossAttention(SRC, TGT, weights)
    both = [AligningHead(Reading.output, 0, head) for head in (0, 1)]
    diagonal = {(0, 0), (1, 1), (2, 2), (3, 3)}
    assert align_words(attention, both).links == diagonal
    assert all(align_words(attention, [head]).links != diagonal for head in both)


@readings
@pytest.mark.parametrize(("src", "tgt"), [(1, len(TGT)), (len(SRC), 1), (1, 1)])
def test_an_empty_side_has_no_links(reading, src, tgt):
    weights = np.full((1, 1, tgt, src), 1 / src, np.float32)
    attention = CrossAttention(SRC[-src:], TGT[-tgt:], weights)
    found = align_words(attention, [AligningHead(reading, 0)])
    assert found.links == frozenset()
    assert found.weights_TS.shape == (len(found.tgt_words), len(found.src_words) + 1)
    assert np.all(np.isfinite(found.weights_TS))


def test_sinks_win_only_if_they_may():
    attention = pointing([0, 1, 1, 1, 5, 5, 5, 5])  # dorment and . look at </s>
    heads = [AligningHead(Reading.output, 0, 0)]
    assert align_words(attention, heads, sinks=True).links == {(0, 0), (1, 1)}
    weights = attention.weights_LHTS.copy()
    weights[0, 0, 4:6] = [0, 0, 0, 0.1, 0.5, 0.4]  # dorment: at the full stop, then at sleep
    attention = CrossAttention(SRC, TGT, weights)
    assert (3, 2) in align_words(attention, heads, sinks=True).links
    assert (2, 2) in align_words(attention, heads).links


def test_a_threshold_links_all_that_reach_it(attention):
    heads = [AligningHead(Reading.output, 0, None)]
    found = align_words(attention, heads, threshold=0.2)
    weights = without_sinks(found.weights_TS, found.src_words, found.tgt_words)
    assert found.links == {(s, t) for t, s in np.argwhere(weights >= 0.2)}
    assert align_words(attention, heads, threshold=1.1).links == frozenset()
