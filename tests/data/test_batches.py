"""Batches: the shift, the budget, and a stream that can be taken up anywhere."""

from itertools import islice

import numpy as np
import pytest
import torch
from datasets import Dataset

from seq2seq.data.batches import Batch, BatchSampler, BatchStream
from seq2seq.data.guide import Guide
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID
from seq2seq.errors import UserError
from tests.conftest import PAIRS

ALL = np.arange(20_000)


def corpus_lengths(count=20_000):
    """Lengths of both sides as a real corpus has them: skewed, correlated, mean about 16."""
    rng = np.random.default_rng(1)
    src = rng.lognormal(2.6, 0.55, count).clip(1, 120)
    tgt = (src * rng.lognormal(0.08, 0.2, count)).clip(1, 120)
    return src.astype(int) + 1, tgt.astype(int) + 1


def sampler(batch_tokens=4096, seed=1):
    """A sampler of a corpus with real-looking lengths."""
    return BatchSampler(*corpus_lengths(), batch_tokens, seed)


@pytest.fixture
def train(tokenizer):
    """A prepared training split of 96 pairs."""
    pairs = [(f"{a} {c}", f"{b} {d}") for a, b in PAIRS for c, d in PAIRS] + PAIRS * 4
    src, tgt = zip(*pairs, strict=True)
    return Dataset.from_dict(
        {
            "src": src,
            "tgt": tgt,
            "src_ids": tokenizer.encode(list(src)),
            "tgt_ids": tokenizer.encode(list(tgt)),
        }
    )


def stream(train, tokenizer, *, extra=None, extra_epochs=1, **options):
    """A stream of small batches."""
    defaults = {"batch_tokens": 300, "max_length": 512, "bpe_dropout": 0.0, "seed": 3}
    return BatchStream(
        train,
        extra or train.select([]),
        tokenizer,
        extra_epochs=extra_epochs,
        **{**defaults, **options},
    )


def same(a, b):
    """Whether two batches hold the same tensors."""
    pairs = ((a.src, b.src), (a.tgt_in, b.tgt_in), (a.tgt_out, b.tgt_out))
    return all(torch.equal(x, y) for x, y in pairs)


def test_the_target_is_shifted_by_one_and_rows_are_padded_on_the_right():
    batch = Batch.from_ids([[10, 11], [12]], [[20], [21, 22, 23]])
    assert batch.src.tolist() == [[10, 11, EOS_ID], [12, EOS_ID, PAD_ID]]
    assert batch.tgt_in.tolist() == [[BOS_ID, 20, PAD_ID, PAD_ID], [BOS_ID, 21, 22, 23]]
    assert batch.tgt_out.tolist() == [[20, EOS_ID, PAD_ID, PAD_ID], [21, 22, 23, EOS_ID]]
    assert batch.tgt_tokens == 6
    assert batch.src.dtype == torch.int64


def test_what_the_decoder_reads_is_what_it_has_just_predicted(train, tokenizer):
    _, _, batch = next(stream(train, tokenizer).read(0, 0))
    continued = batch.tgt_in[:, 1:]
    assert torch.equal(continued[continued != PAD_ID],
                       batch.tgt_out[:, :-1][continued != PAD_ID])  # fmt: skip
    assert ((batch.tgt_in != PAD_ID) == (batch.tgt_out != PAD_ID)).all()


@pytest.mark.parametrize("parts", [1, 2, 3, 8, 50])
def test_micro_batches_together_are_the_batch(train, tokenizer, parts):
    _, _, batch = next(stream(train, tokenizer).read(0, 0))
    micro = batch.split(parts)
    assert len(micro) <= parts
    assert all(len(part.src) > 0 for part in micro)
    assert sum(part.tgt_tokens for part in micro) == batch.tgt_tokens
    joined = Batch(*(torch.cat([getattr(part, name) for part in micro])
                     for name in ("src", "tgt_in", "tgt_out")))  # fmt: skip
    assert same(joined, batch)


@pytest.mark.parametrize("batch_tokens", [50, 777, 4096, 100_000])
def test_an_epoch_has_every_row_once_and_no_batch_breaks_the_budget(batch_tokens):
    batches = sampler(batch_tokens).epoch(2, ALL)
    src, tgt = corpus_lengths()
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(src)))
    for rows in batches:
        padded = len(rows) * max(src[rows].max(), tgt[rows].max())
        assert padded <= batch_tokens or len(rows) == 1  # a long pair comes alone


@pytest.mark.parametrize(("count", "batch_tokens"), [(20_000, 1024), (100_000, 4096)])
def test_nearly_all_positions_of_real_lengths_are_tokens(count, batch_tokens):
    src, tgt = corpus_lengths(count)
    assert 14 < src.mean() < 19
    batches = BatchSampler(src, tgt, batch_tokens, 1).epoch(0, np.arange(len(src)))
    real = src.sum() + tgt.sum()
    padded = sum(len(rows) * (src[rows].max() + tgt[rows].max()) for rows in batches)
    assert real / padded >= 0.95


def test_batches_are_full():
    src, tgt = corpus_lengths()
    longer = np.maximum(src, tgt)
    filled = [len(rows) * longer[rows].max() for rows in sampler().epoch(0, ALL)]
    assert np.mean(filled) > 0.9 * 4096


@pytest.mark.parametrize("batch_tokens", [50, 777, 4096, 100_000])
def test_a_batch_ends_only_where_one_more_pair_would_break_the_budget(batch_tokens):
    rows = np.random.default_rng(0).permutation(3000)
    longer = np.maximum(*corpus_lengths())
    batches = sampler(batch_tokens)._cut(rows)
    assert np.array_equal(np.concatenate(batches), rows)
    for batch, after in zip(batches, [*batches[1:], None], strict=True):
        assert len(batch) == 1 or len(batch) * longer[batch].max() <= batch_tokens
        if after is not None:
            longest = max(longer[batch].max(), longer[after[0]])
            assert (len(batch) + 1) * longest > batch_tokens


def test_the_seed_and_the_epoch_decide_the_batches():
    def epoch(seed, number):
        return [rows.tolist() for rows in sampler(seed=seed).epoch(number, ALL)]

    def members(batches):
        return {frozenset(rows) for rows in batches}

    first = epoch(1, 0)
    assert epoch(1, 0) == first
    for other in (epoch(1, 1), epoch(2, 0)):
        assert other != first
        assert len(members(other) & members(first)) < 0.1 * len(first)


def test_short_and_long_batches_come_mixed():
    _, tgt = corpus_lengths()
    lengths = [tgt[rows].mean() for rows in sampler().epoch(0, ALL)]
    assert abs(np.corrcoef(lengths, range(len(lengths)))[0, 1]) < 0.3


@pytest.mark.parametrize("bpe_dropout", [0.0, 0.3])
def test_a_stream_taken_up_anywhere_goes_on_as_if_uninterrupted(train, tokenizer, bpe_dropout):
    whole = stream(train, tokenizer, bpe_dropout=bpe_dropout)
    steps = list(islice(whole.read(0, 0), whole.batches_in(3) + 2))
    assert steps[-1][0] == 3  # several epochs
    for number, (epoch, index, _) in enumerate(steps[:-1]):
        resumed = stream(train, tokenizer, bpe_dropout=bpe_dropout)
        ahead = islice(resumed.read(epoch, index), 3)
        for (*place, batch), (*expected_place, expected) in zip(
            ahead, steps[number + 1 :], strict=False
        ):
            assert place == expected_place
            assert same(batch, expected)


def test_an_epoch_of_the_stream_has_every_pair_once(train, tokenizer):
    seen = []
    for epoch, _, batch in stream(train, tokenizer).read(0, 0):
        for src, tgt in zip(batch.src.tolist(), batch.tgt_out.tolist(), strict=True):
            seen.append((tokenizer.decode(src), tokenizer.decode(tgt)))
        if epoch == 1:
            break
    assert sorted(seen) == sorted(zip(train["src"], train["tgt"], strict=True))


def sentences(batch):
    """Sentence pairs of a batch, without padding, that have something to predict."""
    rows = zip(batch.src.tolist(), batch.tgt_out.tolist(), strict=True)
    bare = [(tuple(i for i in s if i), tuple(i for i in t if i)) for s, t in rows]
    return [(src, tgt) for src, tgt in bare if tgt]


@pytest.mark.parametrize("processes", [2, 3])
@pytest.mark.parametrize("bpe_dropout", [0.0, 0.3])
def test_the_shares_of_a_batch_make_up_the_batch(train, tokenizer, processes, bpe_dropout):
    options = {"bpe_dropout": bpe_dropout, "batch_tokens": 90}  # some batches have one pair only
    whole = stream(train, tokenizer, **options)
    shares = [
        stream(train, tokenizer, rank=rank, processes=processes, **options).read(0, 0)
        for rank in range(processes)
    ]
    empty, count = 0, whole.batches_in(1)
    for (*place, batch), *parts in islice(zip(whole.read(0, 0), *shares, strict=True), count):
        assert all(part[:2] == tuple(place) for part in parts)
        held = [sentences(share) for _, _, share in parts]
        assert sorted(pair for share in held for pair in share) == sorted(sentences(batch))
        assert max(map(len, held)) - min(map(len, held)) <= 1
        empty += sum(not share for share in held)
    assert empty


def test_a_silenced_batch_keeps_its_sentences_but_has_nothing_to_learn(train, tokenizer):
    batch = next(stream(train, tokenizer, guide=Guide([frozenset({(0, 0)})] * 96)).read(0, 0))[2]
    silenced = batch.silenced()
    assert torch.equal(silenced.src, batch.src)
    assert silenced.tgt_tokens == 0
    assert batch.guide.any()
    assert not silenced.guide.any()


def test_sampled_subwords_differ_between_epochs_but_not_in_their_text(train, tokenizer):
    def epoch(number):
        sampled = stream(train, tokenizer, bpe_dropout=0.3)
        ids = {}
        for _, _, batch in islice(sampled.read(number, 0), len(sampled.epoch(number))):
            for row in batch.tgt_out.tolist():
                ids.setdefault(tokenizer.decode(row), []).append(tuple(i for i in row if i))
        return ids

    first, second = epoch(0), epoch(1)
    assert first.keys() == second.keys() == set(train["tgt"])
    assert sum(first[text] != second[text] for text in first) > len(first) / 2


@pytest.mark.parametrize("bpe_dropout", [0.0, 0.5])
def test_pairs_that_are_too_long_are_left_out_and_counted(train, tokenizer, bpe_dropout):
    lengths = [max(map(len, ids)) + 1 for ids in zip(train["src_ids"], train["tgt_ids"],
                                                     strict=True)]  # fmt: skip
    limit = int(np.median(lengths))
    short = stream(train, tokenizer, max_length=limit, bpe_dropout=bpe_dropout)
    assert short.too_long == sum(length > limit for length in lengths) > 0
    assert len(short.rows) + short.too_long == len(train)
    for _, _, batch in islice(short.read(0, 0), short.batches_in(1)):
        assert max(batch.src.shape[1], batch.tgt_in.shape[1]) <= limit


def test_a_corpus_of_only_long_pairs_is_refused(train, tokenizer):
    with pytest.raises(UserError, match=r"longer than model\.max_length=3") as raised:
        stream(train, tokenizer, max_length=3)
    assert "\n" not in str(raised.value)


def test_extra_pairs_are_spread_over_the_first_epochs_and_then_left_out(train, tokenizer):
    main, extra = train.select(range(60)), train.select(range(60, 96))
    reader = stream(main, tokenizer, extra=extra, extra_epochs=3)
    epochs = [np.concatenate(reader.epoch(number)).tolist() for number in range(5)]
    assert all(sorted(rows)[:60] == list(range(60)) for rows in epochs)
    assert [len(rows) for rows in epochs] == [72, 72, 72, 60, 60]
    seen = [row for rows in epochs[:3] for row in rows if row >= 60]
    assert sorted(seen) == list(range(60, 96))


def test_epochs_are_counted_in_batches(train, tokenizer):
    reader = stream(train, tokenizer)
    sizes = [len(reader.epoch(number)) for number in range(3)]
    assert reader.batches_in(2) == sum(sizes[:2])
    assert reader.batches_in(2.5) == sum(sizes[:2]) + -(-sizes[2] // 2)


def test_lessons_of_a_guided_head_come_with_every_batch_and_follow_the_pieces(train, tokenizer):
    links = [frozenset({(0, 0), (1, 1)})] * len(train)
    plain = next(stream(train, tokenizer, guide=Guide(links)).read(0, 0))[2]
    assert plain.guide.shape == (*plain.tgt_in.shape, plain.src.shape[1])
    assert not plain.guide[:, 0].any()  # <s> is no word
    assert torch.all(plain.guide.sum(-1)[plain.tgt_in == PAD_ID] == 0)
    assert torch.all(plain.guide[(plain.src == PAD_ID)[:, None].expand_as(plain.guide)] == 0)
    unguided = next(stream(train, tokenizer).read(0, 0))[2]
    assert torch.equal(plain.tgt_out, unguided.tgt_out)
    sampled = next(stream(train, tokenizer, guide=Guide(links), bpe_dropout=0.5).read(0, 0))[2]
    assert sampled.guide.shape == (*sampled.tgt_in.shape, sampled.src.shape[1])
    assert (sampled.guide.sum(-1) > 0).sum() > (plain.guide.sum(-1) > 0).sum()  # more pieces


def test_a_lesson_is_at_the_position_that_has_read_the_piece():
    lessons = [np.array([[0, 1]], np.float32), None]
    guide_BTS = Batch.from_ids([[10, 11], [12]], [[20], [21, 22]], lessons).guide
    assert guide_BTS.shape == (2, 3, 3)  # <s> comes before the target, </s> after the source
    assert guide_BTS[0].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert not guide_BTS[1].any()


def test_lessons_are_made_once_and_stay_the_same(train, tokenizer):
    links = [frozenset({(0, 0), (1, 1)}), None] * (len(train) // 2)

    def second_epoch(reader):
        return [batch.guide for _, _, batch in islice(reader.read(1, 0), len(reader.epoch(1)))]

    guided = stream(train, tokenizer, guide=Guide(links))
    made = second_epoch(guided)
    guided.guide.lesson = None  # not called again
    assert all(map(torch.equal, second_epoch(guided), made))


def test_a_batch_without_any_link_has_no_lesson(train, tokenizer):
    links = [frozenset({(0, 0)})] + [None] * (len(train) - 1)
    guided = stream(train, tokenizer, guide=Guide(links))
    lessons = [batch.guide for _, _, batch in islice(guided.read(0, 0), len(guided.epoch(0)))]
    assert len(lessons) > 1
    assert sum(lesson is not None for lesson in lessons) == 1


def test_micro_batches_take_their_lessons_along(train, tokenizer):
    batch = next(stream(train, tokenizer, guide=Guide([frozenset({(0, 0)})] * 96)).read(0, 0))[2]
    parts = batch.split(2)
    assert torch.equal(torch.cat([part.guide for part in parts]), batch.guide)
    assert batch.to(torch.device("cpu")).guide is not None
