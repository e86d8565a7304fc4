"""Blocks of work in several processes: results in order, and never far ahead of their reader."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

from seq2seq.errors import UserError

BLOCK = 10_000  # pairs handed on together
ALONE = 4  # blocks that are not worth starting processes for
AHEAD = 2  # blocks under way for each process: one at work, one waiting

Item = TypeVar("Item")
Block = TypeVar("Block")
Result = TypeVar("Result")


def cores() -> int:
    """CPU cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)  # Linux: fewer than there are, in a cluster
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def blocks_of(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Lists of ``BLOCK`` items, the last one of what is left."""
    stream = iter(items)
    while block := list(islice(stream, BLOCK)):
        yield block


class Workers:
    """Processes to share work with; a context that ends them."""

    def __init__(self, processes: int) -> None:
        """Let ``processes`` work; they start when there is something to do. 1 is this one alone."""
        self.processes = processes
        # Not forked: the threads of libraries do not survive a fork.
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, spawn, initializer=_live_and_die_with_parent)

    def __enter__(self) -> Workers:
        """Nothing to do yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes; what is not begun is dropped."""
        self._pool.shutdown(cancel_futures=True)

    def map(self, work: Callable[[Block], Result], blocks: Iterable[Block]) -> Iterator[Result]:
        """``map(work, blocks)``, whatever the number of processes.

        ``blocks`` is read only as fast as results are taken, so memory does not depend on its
        length. The first few are done here: a small corpus is ready before a process has started.

        Args:
            work: A function of a module, or a ``partial`` of one.
            blocks: What it is given, one at a time.

        Raises:
            UserError: A process was killed.
        """
        stream = iter(blocks)
        yield from map(work, stream if self.processes == 1 else islice(stream, ALONE))
        pending: deque[Future[Result]] = deque()
        try:
            for block in stream:
                pending.append(self._pool.submit(work, block))
                if len(pending) == AHEAD * self.processes:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except BrokenProcessPool as error:
            raise UserError(
                "a process was killed, perhaps for want of memory: lower data.processes"
            ) from error


def _live_and_die_with_parent() -> None:
    """Leave Ctrl-C to the parent process, and do not outlive it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
