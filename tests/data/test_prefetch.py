"""Batches from another process are those of the stream."""

import os
import signal
from functools import partial
from itertools import islice
from multiprocessing import active_children

import pytest
import torch

from seq2seq.data.guide import Guide
from seq2seq.data.prefetch import AHEAD, prefetch
from tests.data.test_batches import same, stream, train  # noqa: F401 (a fixture)


@pytest.mark.parametrize("bpe_dropout", [0.0, 0.5])
def test_they_are_the_same_in_the_same_order_from_any_position(train, tokenizer, bpe_dropout):  # noqa: F811
    guide = Guide([frozenset({(0, 0)}), None] * (len(train) // 2))
    reader = stream(train, tokenizer, guide=guide, bpe_dropout=bpe_dropout)
    count = AHEAD + len(reader.epoch(1))  # into the next epoch, and more than are ready at once
    read, fetched = (islice(each(1, 1), count) for each in (reader.read, partial(prefetch, reader)))
    for (*place, batch), (*fetched_place, got) in zip(read, fetched, strict=True):
        assert fetched_place == place
        assert same(batch, got)
        assert torch.equal(batch.guide, got.guide)


def test_the_other_process_works_through_interruptions_and_ends_with_its_reader(train, tokenizer):  # noqa: F811
    reader = stream(train, tokenizer)
    batches = prefetch(reader, 0, 0)
    next(batches)
    (process,) = active_children()
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(process.pid, number)
    expected = list(islice(reader.read(0, 1), 2 * AHEAD))
    for (*_, batch), (*_, got) in zip(expected, islice(batches, 2 * AHEAD), strict=True):
        assert same(batch, got)
    del batches
    process.join(20)
    assert not process.is_alive()
