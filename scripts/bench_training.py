"""Measure training: tokens a second, the share of what the machine could do, and where time goes.

The trainer of `seq2seq train` makes its own updates on its own batches; options are those of the
command. Operations are 6 × weights × real tokens (no padding, no second forward): the encoder's
matrices and the key and value projections of cross-attention × source tokens, the decoder's other
matrices and the output projection × target tokens (`seq2seq/analysis/operations.py`). The ceiling
is the best rate of some matrix products in the precision of training, measured before and after
every turn: the speed of a shared machine drifts. Shares and ratios are medians over turns.

Times by part come from a pass of their own, in which the calls of an update are timed one by one;
on a GPU each then waits for the one before, so that pass is slower than training. "loss" holds the
output projection and its gradients, which are made together, chunk by chunk. With --peer, a plain
loop over MarianMT takes the same batches in turn (ours, peer, ours, peer, …); it gets them
ready-made, so its time has no share of data.

    python scripts/bench_training.py                            # starter corpus, model=tiny
    python scripts/bench_training.py data=multi30k model=small --threads 2 --peer --json new.json
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any
from unittest.mock import patch

import torch
from bench_machine import head, heading, product_rates, run_benchmark, wait_for
from bench_peer import MarianPeer
from torch import nn

from seq2seq.analysis.operations import MatrixWeights, matrix_weights
from seq2seq.cli.hydra_command import options_of
from seq2seq.config import TrainConfig
from seq2seq.data.batches import Batch
from seq2seq.data.corpus import prepare
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.device import peak_memory_bytes, pick_device, use_bf16
from seq2seq.run import Run
from seq2seq.training import loop
from seq2seq.training.loop import Trainer

PARTS = ("data", "forward", "loss", "backward", "clipping", "optimizer", "averaging")
WARMUP_STEPS = 3  # not measured
MOST_DATA = 0.01  # share of a step; more means that training waits for its batches


@dataclass(frozen=True)
class Turn:
    """What one side did in one turn, and its last loss: per target token, in nats."""

    seconds: float
    batches: list[Batch]
    loss: float


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)

    def measure(folder: Path) -> dict[str, Any]:
        return bench(options_of("train", TrainConfig, options.overrides), options, folder)

    run_benchmark(measure, table, options.json)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("overrides", nargs="*", help="options of seq2seq train, NAME=VALUE")
    parser.add_argument("--seconds", type=float, default=15, help="of training in a turn (15)")
    parser.add_argument("--steps", type=int, help="updates in a turn, instead of seconds")
    parser.add_argument("--turns", type=int, default=3, help="turns of each side (3)")
    parser.add_argument("--threads", type=int, help="CPU threads (torch's default)")
    parser.add_argument("--peer", action="store_true", help="measure MarianMT beside it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything to a new file")
    options = parser.parse_intermixed_args(arguments)
    for name in ("seconds", "steps", "turns", "threads"):
        if getattr(options, name) is not None and getattr(options, name) <= 0:
            parser.error(f"--{name} must be above 0")
    return options


def bench(config: TrainConfig, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Measure everything; the result is plain numbers and texts."""
    if options.threads:
        torch.set_num_threads(options.threads)
    device, peer = pick_device(config.device), None
    dtype = torch.bfloat16 if use_bf16(config.training.precision, device) else torch.float32
    corpus = prepare(config.data, config.tokenizer)
    trainer = Trainer(Run.create(folder / "run", config), corpus, device)
    if options.peer:
        smoothing = config.training.label_smoothing
        peer = MarianPeer(config.model, len(corpus.tokenizer), smoothing, trainer.autocast)
    stream = trainer.batches()

    def following() -> Batch:
        return next(stream)[2]

    trainer.model.train()
    warm_up = our_turn(trainer, following, WARMUP_STEPS, options.seconds)
    step_ms, parts_ms = our_parts(trainer, following, options.steps, options.seconds)
    peak = peak_memory_bytes(device)  # before the peer takes its own
    if peer:
        peer_turn(peer, device, warm_up.batches)
    turns, peer_turns, rates = [], [], [product_rates(device, dtype)]
    for _ in range(options.turns):
        turns.append(our_turn(trainer, following, options.steps, options.seconds))
        if peer:
            peer_turns.append(peer_turn(peer, device, turns[-1].batches))
        rates.append(product_rates(device, dtype))
    ceilings = [fmean(best) for best in pairwise(max(each.values()) for each in rates)]
    weights = matrix_weights(trainer.model)
    result: dict[str, Any] = {
        **head(device),
        "overrides": options.overrides,
        "precision": str(dtype).removeprefix("torch."),
        "ceiling": {"gflops": median(ceilings), "turns": ceilings, "rates": rates},
        "ours": summary(trainer.model, turns, weights, ceilings),
        "padding": padding([batch for turn in turns for batch in turn.batches]),
        "peak_memory_bytes": peak,
        "step_ms": step_ms,
        "parts_ms": parts_ms,
    }
    if peer:
        theirs = summary(peer.model, peer_turns, weights, ceilings)
        result["peer"] = {"name": peer.name, **theirs}
        result["ratios"] = [p.seconds / t.seconds for t, p in zip(turns, peer_turns, strict=True)]
        result["ratio"] = median(result["ratios"])
    return result


def our_turn(
    trainer: Trainer, following: Callable[[], Batch], steps: int | None, seconds: float
) -> Turn:
    """Make so many updates or, if the number is None, updates for so many seconds."""
    batches: list[Batch] = []
    started = time.perf_counter()
    for done in count(1):
        batches.append(following())
        stats = trainer.train_step(batches[-1])
        trainer.progress.step += 1
        if done >= steps if steps else time.perf_counter() - started >= seconds:
            break
    wait_for(trainer.device)
    return Turn(time.perf_counter() - started, batches, stats.loss / stats.tokens)


def peer_turn(peer: MarianPeer, device: torch.device, batches: list[Batch]) -> Turn:
    """Update from batches that are there already."""
    started = time.perf_counter()
    for batch in batches:
        loss = peer.update(batch.to(device))
    wait_for(device)
    return Turn(time.perf_counter() - started, batches, float(loss))


def our_parts(
    trainer: Trainer, following: Callable[[], Batch], steps: int | None, seconds: float
) -> tuple[float, dict[str, float]]:
    """Milliseconds of an update, and of each of its parts; "other" is what lies between them.

    The functions that an update calls are replaced by the same functions with a stop watch.
    """
    spent: dict[str, float] = defaultdict(float)

    def timed(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed_function(*args: Any, **named: Any) -> Any:
            wait_for(trainer.device)
            started = time.perf_counter()
            answer = function(*args, **named)
            wait_for(trainer.device)
            spent[part] += time.perf_counter() - started
            return answer

        return timed_function

    calls: list[tuple[str, Any, str]] = [
        ("data", Batch, "to"),
        ("forward", trainer, "forward"),
        ("loss", loop, "smoothed_cross_entropy"),
        ("loss", loop, "guided_alignment_loss"),
        ("backward", torch.autograd, "backward"),
        ("clipping", nn.utils, "clip_grad_norm_"),
        *(("optimizer", optimizer, "step") for optimizer in trainer.optimizers.values()),
        ("averaging", trainer.average, "update_parameters"),
    ]
    with ExitStack() as stack:
        for part, owner, name in calls:
            stack.enter_context(patch.object(owner, name, timed(part, getattr(owner, name))))
        turn = our_turn(trainer, timed("data", following), steps, seconds)
    if missing := set(PARTS) - spent.keys():
        raise RuntimeError(f"an update makes no call any more that is timed as {missing}")
    spent["other"] = turn.seconds - sum(spent.values())
    per_step = 1e3 / len(turn.batches)
    return turn.seconds * per_step, {part: spent[part] * per_step for part in (*PARTS, "other")}


def summary(
    model: nn.Module, turns: list[Turn], weights: MatrixWeights, ceilings: list[float]
) -> dict[str, Any]:
    """Speed of one side by turns; operations are those of our matrices on both sides."""
    seconds = [turn.seconds for turn in turns]
    src = [sum(int((b.src != PAD_ID).sum()) for b in turn.batches) for turn in turns]
    tgt = [sum(b.tgt_tokens for b in turn.batches) for turn in turns]
    gflops = [
        weights.training_operations(*tokens) / taken / 1e9
        for *tokens, taken in zip(src, tgt, seconds, strict=True)
    ]
    shares = [rate / ceiling for rate, ceiling in zip(gflops, ceilings, strict=True)]
    return {
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "steps": sum(len(turn.batches) for turn in turns),
        "seconds": sum(seconds),
        "tgt_tokens_per_second": sum(tgt) / sum(seconds),
        "src_tokens_per_second": sum(src) / sum(seconds),
        "gflops": median(gflops),
        "ceiling_share": median(shares),
        "ceiling_shares": shares,
        "turns": [tokens / taken for tokens, taken in zip(tgt, seconds, strict=True)],
        "last_loss": turns[-1].loss,
    }


def padding(batches: list[Batch]) -> dict[str, float]:
    """Share of positions that are padding, of each side and of both."""
    sides = {"src": [b.src for b in batches], "tgt": [b.tgt_out for b in batches]}
    sides["both"] = sides["src"] + sides["tgt"]
    return {
        side: sum(int((ids == PAD_ID).sum()) for ids in tensors) / sum(map(torch.numel, tensors))
        for side, tensors in sides.items()
    }


def table(result: dict[str, Any]) -> list[str]:
    """The result for the eye."""
    ceiling, pads, step = (result[k] for k in ("ceiling", "padding", "step_ms"))
    by_turns = ", ".join(f"{rate:,.0f}" for rate in ceiling["turns"])
    lines = [
        heading(result),
        f"ceiling      {ceiling['gflops']:9,.1f} GFLOP/s, {result['precision']} "
        f"(by turns {by_turns})",
        *speed("ours", result["ours"]),
    ]
    if peer := result.get("peer"):
        lines += speed(peer["name"], peer)
        turns = ", ".join(f"{ratio:.2f}" for ratio in result["ratios"])
        lines.append(f"ratio        {result['ratio']:9.2f} (by turns {turns})")
    lines += [
        f"padding      {pads['both']:9.1%} (source {pads['src']:.1%}, target {pads['tgt']:.1%})",
        f"peak memory  {result['peak_memory_bytes'] / 1e9:9.2f} GB",
        f"step         {step:9.1f} ms",
    ]
    parts = result["parts_ms"]
    lines += [f"  {part:<10} {ms:9.1f} ms {ms / step:6.1%}" for part, ms in parts.items()]
    if parts["data"] > MOST_DATA * step:
        lines.append(f"training waits for its data: more than {MOST_DATA:.0%} of a step")
    return lines


def speed(name: str, side: dict[str, Any]) -> list[str]:
    turns = ", ".join(f"{rate:,.0f}" for rate in side["turns"])
    shares = ", ".join(f"{share:.0%}" for share in side["ceiling_shares"])
    return [
        f"{name}: {side['parameters'] / 1e6:.2f} M parameters, {side['steps']} steps, "
        f"last loss {side['last_loss']:.2f}",
        f"  target     {side['tgt_tokens_per_second']:9,.0f} tokens/s (by turns {turns})",
        f"  source     {side['src_tokens_per_second']:9,.0f} tokens/s",
        f"  operations {side['gflops']:9,.1f} GFLOP/s, {side['ceiling_share']:.1%} of the ceiling "
        f"(by turns {shares})",
    ]


if __name__ == "__main__":
    main()
