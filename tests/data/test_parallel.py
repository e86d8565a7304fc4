"""Work in several processes: the results of one, in order, with nothing held back or left over."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from seq2seq.data.parallel import AHEAD, ALONE, Workers, blocks_of
from seq2seq.errors import UserError

ORPHANS = """
import os, time
from seq2seq.data.parallel import Workers

if __name__ == "__main__":
    with Workers(2) as workers:
        for _ in workers.map(time.sleep, [0] * 8 + [60] * 8):
            print(*(p.pid for p in __import__("multiprocessing").active_children()), flush=True)
"""


def square(number, parent):
    """The square, and whether it was computed elsewhere; waits so that later ones overtake."""
    time.sleep(0.05 * (number % 3 == 0))
    return number**2, os.getpid() != parent


def fail_at(number, bad):
    """Fail as reading a corpus fails."""
    if number == bad:
        raise UserError("line 3 is not UTF-8")
    return number


def die_at(number, bad):
    """End without a word, as a process that the system has killed."""
    if number == bad:
        os._exit(9)
    return number


def test_results_come_in_order_from_several_processes():
    with Workers(2) as workers:
        done = list(workers.map(partial(square, parent=os.getpid()), range(20)))
    assert [value for value, _ in done] == [number**2 for number in range(20)]
    assert [elsewhere for _, elsewhere in done] == [False] * ALONE + [True] * (20 - ALONE)


@pytest.mark.parametrize(("processes", "blocks"), [(1, 20), (8, ALONE)])
def test_one_process_or_little_work_starts_no_other(processes, blocks):
    with Workers(processes) as workers:
        done = list(workers.map(partial(square, parent=os.getpid()), range(blocks)))
    assert not any(elsewhere for _, elsewhere in done)


@pytest.mark.parametrize("processes", [1, 2])
def test_blocks_are_read_only_as_results_are_taken(processes):
    read = []
    blocks = (read.append(number) or number for number in range(1000))
    with Workers(processes) as workers:
        for done, _ in enumerate(workers.map(abs, blocks), 1):
            assert len(read) <= done + AHEAD * processes
            if done == 50:
                break


def test_what_fails_elsewhere_is_said_here():
    with Workers(2) as workers, pytest.raises(UserError, match="line 3 is not UTF-8"):
        list(workers.map(partial(fail_at, bad=15), range(20)))


def test_a_killed_process_is_said_in_one_line():
    with Workers(2) as workers, pytest.raises(UserError, match=r"data\.processes") as raised:
        list(workers.map(partial(die_at, bad=15), range(20)))
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_processes_do_not_outlive_a_killed_parent(tmp_path):
    (tmp_path / "orphans.py").write_text(ORPHANS, "utf-8")
    command = [sys.executable, tmp_path / "orphans.py"]
    path = os.pathsep.join(sys.path)
    parent = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
    )
    lines = [parent.stdout.readline().split() for _ in range(6)]
    assert len(lines[-1]) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{int(pid)}").exists() for pid in lines[-1]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_blocks_hold_everything_once():
    sizes = [len(block) for block in blocks_of(range(25_000))]
    assert sizes == [10_000, 10_000, 5_000]
    assert list(blocks_of([])) == []
