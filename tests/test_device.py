"""Devices, precision, and the sharing of cores."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from seq2seq.config import Device, Precision
from seq2seq.device import (
    MOST_WORKERS,
    fast_products,
    peak_memory_bytes,
    pick_device,
    side_by_side,
    use_bf16,
)
from seq2seq.errors import UserError

CPU = torch.device("cpu")


@pytest.fixture(params=[2, 5])
def threads(request):
    """Threads of PyTorch in a test, whatever the machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_devices_that_are_not_there_are_refused():
    assert pick_device(Device.cpu) == CPU
    assert pick_device(Device.auto).type in ("cuda", "mps", "cpu")
    for device, there in (
        (Device.cuda, torch.cuda.is_available()),
        (Device.mps, torch.backends.mps.is_available()),
    ):
        if not there:
            with pytest.raises(UserError, match="device=auto"):
                pick_device(device)


def test_bf16_pays_by_itself_on_cuda_only():
    assert not use_bf16(Precision.auto, CPU)
    assert use_bf16(Precision.bf16, CPU)
    assert not use_bf16(Precision.float32, torch.device("cuda"))


def test_tf32_is_for_training_in_reduced_precision_on_cuda_only():
    for precision, device, expected in (
        (Precision.auto, "cuda", "high"),
        (Precision.bf16, "cuda", "high"),
        (Precision.float32, "cuda", "highest"),
        (Precision.auto, "cpu", "highest"),
    ):
        with fast_products(precision, torch.device(device)):
            assert torch.get_float32_matmul_precision() == expected
        assert torch.get_float32_matmul_precision() == "highest"


def test_this_process_has_taken_memory():
    assert peak_memory_bytes(CPU) > 1e7  # torch alone takes more


def test_parts_are_worked_on_at_once_and_come_back_in_order(threads):
    together = threading.Barrier(2, timeout=30)  # breaks unless two arrive

    def work(part):
        together.wait()
        return part, torch.get_num_threads(), threading.current_thread()

    done = list(side_by_side(work, [3, 1], CPU))
    assert [part for part, _, _ in done] == [3, 1]
    assert [shared for _, shared, _ in done] == [threads // 2] * 2
    assert threading.main_thread() not in [thread for _, _, thread in done]
    assert torch.get_num_threads() == threads


def test_there_are_no_more_workers_than_threads_and_parts(threads):
    def work(_):
        time.sleep(0.01)  # so that no worker is done before there could be another
        return threading.current_thread()

    assert len(set(side_by_side(work, range(50), CPU))) <= min(threads, MOST_WORKERS)
    assert set(side_by_side(work, [1], CPU)) == {threading.main_thread()}
    assert set(side_by_side(work, [1, 2], torch.device("cuda"))) == {threading.main_thread()}
    assert list(side_by_side(work, [], CPU)) == []


def test_an_error_in_a_part_ends_the_work(threads):
    begun = []

    def work(part):
        begun.append(part)
        if part == 0:
            raise UserError("this part is wrong")
        time.sleep(0.01)

    with pytest.raises(UserError, match="this part"):
        list(side_by_side(work, range(1000), CPU))
    assert len(begun) < 1000  # which would take 2 s
    assert torch.get_num_threads() == threads
