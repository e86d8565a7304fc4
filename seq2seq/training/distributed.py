"""Several processes that train one model together, started by ``torchrun``.

Each process, of number ``rank``, holds the whole model and computes its share of the sentences of
every batch; DistributedDataParallel adds up the gradients. Process 0, the *main* one, alone writes
and decides, and tells the others. One process alone makes the same calls, and they do nothing.

Gradients go between GPUs by NCCL and between CPUs by gloo, with PyTorch's time limits. Words
(counts, flags, decisions) go by gloo in a group of its own, where the others may have to wait for
as long as the main process prepares a corpus or validates.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from seq2seq.config import Device
from seq2seq.device import pick_device
from seq2seq.errors import UserError
from seq2seq.options import require

PATIENCE = timedelta(days=1)  # for words: WMT14 takes hours to prepare

T = TypeVar("T")


@dataclass(frozen=True)
class World:
    """The processes that train together, as one of them sees it.

    Attributes:
        rank: Number of this process.
        size: How many there are.
        words: The group that everything but gradients goes through.
    """

    rank: int = 0
    size: int = 1
    words: dist.ProcessGroup | None = None

    @property
    def main(self) -> bool:
        """Is this the process that writes and decides?"""
        return self.rank == 0

    def on_main(self, act: Callable[[], T]) -> T:
        """What ``act`` returns in the main process, in all processes.

        Raises:
            UserError: ``act`` raised it (or an OSError); the other processes end silently.
        """
        if self.size == 1:
            return act()
        result, error = None, None
        if self.main:
            try:
                result = act()
            except (UserError, OSError) as raised:
                error = raised
        told = [(result, error is not None)]
        dist.broadcast_object_list(told, group=self.words)
        if error is not None:
            raise error
        result, failed = told[0]
        if failed:
            sys.exit(2)
        return cast(T, result)

    def gather(self, value: T) -> list[T]:
        """The ``value`` of every process, by rank, in the main one; the others get no list."""
        if self.size == 1:
            return [value]
        values = [value] * self.size if self.main else None
        dist.gather_object(value, values, group=self.words)
        return values or []

    def sum(self, *numbers: float) -> list[float]:
        """Each number, added up over all processes."""
        if self.size == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64)
        dist.all_reduce(total, group=self.words)
        return total.tolist()

    def any(self, flag: bool) -> bool:
        """Does any process raise the flag?"""
        return self.sum(flag)[0] > 0

    def join(self, model: nn.Module) -> nn.Module:
        """The model, with the same weights everywhere and gradients averaged in ``backward``."""
        if self.size == 1:
            return model
        return DistributedDataParallel(model, broadcast_buffers=False, gradient_as_bucket_view=True)

    def gradients(self, joined: nn.Module, *, last: bool) -> AbstractContextManager[None]:
        """Where a micro-batch is computed: only the ``last`` one has gradients averaged."""
        return joined.no_sync() if self.size > 1 and not last else nullcontext()  # type: ignore[operator]


ALONE = World()


@contextmanager
def joined(wish: Device) -> Iterator[tuple[World, torch.device]]:
    """Join the other processes that torchrun started, if it did, and take a device.

    Raises:
        UserError: There is no such device, or not one for each process; another process ended.
    """
    device = pick_device(wish)
    size = int(os.environ["WORLD_SIZE"]) if dist.is_torchelastic_launched() else 1
    if size == 1:
        yield ALONE, device
        return
    require(device.type != "mps", "several processes train on CUDA or on the CPU: use device=cpu")
    if device.type == "cuda":
        local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        require(local < gpus, f"one process for each GPU: use torchrun --nproc-per-node={gpus}")
        torch.cuda.set_device(local)
    try:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        words = dist.new_group(backend="gloo", timeout=PATIENCE)
        yield World(dist.get_rank(), size, words), device
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "gloo" not in str(error):
            raise
        raise UserError(
            "another process ended or cannot be reached, so this one stops: the reason is in its "
            "own message; go on from the last checkpoint with resume=true"
        ) from error
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
