"""Where to compute, in what precision, on how many cores, and how much memory it took."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from seq2seq.config import Device, Precision
from seq2seq.errors import UserError

T = TypeVar("T")
R = TypeVar("R")

MOST_WORKERS = 8  # Python itself runs one of them at a time


def pick_device(wish: Device) -> torch.device:
    """The device that is wished for; ``auto`` takes CUDA, then MPS, then the CPU.

    Raises:
        UserError: The machine has no such device.
    """
    there = {
        Device.cuda: torch.cuda.is_available(),
        Device.mps: torch.backends.mps.is_available(),
        Device.cpu: True,
    }
    if wish is Device.auto:
        wish = next(device for device, present in there.items() if present)
    if not there[wish]:
        raise UserError(f"device={wish.value} is not available here: use device=auto")
    return torch.device(wish.value)


def use_bf16(wish: Precision, device: torch.device) -> bool:
    """Whether to compute in bf16: where it is asked for, or pays by itself."""
    if wish is Precision.auto:
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return wish is Precision.bf16


@contextmanager
def fast_products(wish: Precision, device: torch.device) -> Iterator[None]:
    """Multiply what stays float32 in TF32 on CUDA (10 bits of mantissa), unless float32 is wished.

    Beside bf16 autocast these are Muon's iteration and the decoding of validations.
    """
    before = torch.get_float32_matmul_precision()
    if device.type == "cuda" and wish is not Precision.float32:
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def side_by_side(work: Callable[[T], R], parts: Sequence[T], device: torch.device) -> Iterator[R]:
    """The results of ``work`` for each part, in order; on a CPU several parts are done at once.

    The threads of PyTorch are shared out: the small products of decoding are done half again as
    fast by two workers of one thread each as by one of two. An interruption waits for the parts
    that are being worked on. Since the number of threads is a setting of the whole process, only
    one thread of it should call this at a time.
    """
    threads = torch.get_num_threads()
    workers = min(len(parts), threads, MOST_WORKERS)
    if workers < 2 or device.type != "cpu":
        yield from map(work, parts)
        return
    try:
        with ThreadPoolExecutor(
            workers, initializer=torch.set_num_threads, initargs=(threads // workers,)
        ) as pool:
            yield from pool.map(work, parts)
    finally:
        torch.set_num_threads(threads)  # what new threads begin with


def peak_memory_bytes(device: torch.device) -> int:
    """Most memory that was in use: of the GPU, or else of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
