"""Batches got ready by another process, so that an accelerator never waits for them."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, IterableDataset

from seq2seq.data.batches import BatchStream, Placed

AHEAD = 4  # batches that are ready and wait


def prefetch(stream: BatchStream, epoch: int, index: int) -> Iterator[Placed]:
    """``stream.read(epoch, index)``: the same batches in the same order.

    The process ends when the iterator is let go. It takes a core of its own: a CPU that computes
    the training itself has none to spare, and reads its batches as it goes.
    """
    loader = DataLoader(
        _Reading(stream, epoch, index),
        batch_size=None,  # they are batches already
        num_workers=1,
        prefetch_factor=AHEAD,
        worker_init_fn=_leave_signals_to_the_parent,
        generator=torch.Generator(),  # the global one's draws are the training's
        multiprocessing_context="spawn",  # the threads of libraries do not survive a fork
    )
    return iter(loader)


class _Reading(IterableDataset[Placed]):
    """A stream from a position on, as DataLoader wants it."""

    def __init__(self, stream: BatchStream, epoch: int, index: int) -> None:
        self.stream = stream
        self.position = epoch, index

    def __iter__(self) -> Iterator[Placed]:
        return self.stream.read(*self.position)


def _leave_signals_to_the_parent(_: int) -> None:
    """An interrupted training makes its last step, and may want a batch for it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
