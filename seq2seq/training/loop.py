"""The training loop: train_step, validate, fit.

Periodic acts come in the same order at every step: validate, draw alignments, save, step, log.
"""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterator
from types import FrameType
from typing import cast

import torch
from datasets import concatenate_datasets
from torch import Tensor, nn

from seq2seq.config import TrainConfig
from seq2seq.data.batches import Batch, BatchStream, Placed
from seq2seq.data.corpus import Corpus
from seq2seq.data.guide import Guide, read_guide
from seq2seq.data.prefetch import prefetch
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.device import fast_products, use_bf16
from seq2seq.errors import UserError
from seq2seq.model.transformer import Transformer
from seq2seq.options import flatten, to_plain
from seq2seq.run import Run
from seq2seq.training.budget import affordable_steps
from seq2seq.training.checkpoint import Progress, StepStats, load_checkpoint, save_checkpoint
from seq2seq.training.distributed import ALONE, World
from seq2seq.training.log import Log
from seq2seq.training.loss import LossSum, guided_alignment_loss, smoothed_cross_entropy
from seq2seq.training.optimizer import averaged, build_optimizers, learning_rate_factor
from seq2seq.training.validation import Validator
from seq2seq.translator import Translator

GUIDED_HEAD = 0  # any is as good as another before training


class Trainer:
    """Trains the model of one run, alone or together with the other processes of its world."""

    def __init__(
        self, run: Run, corpus: Corpus, device: torch.device, world: World = ALONE
    ) -> None:
        """Build everything; a run that has a checkpoint goes on from it."""
        self.run = run
        self.corpus = corpus
        self.device = device
        self.world = world
        self.config: TrainConfig = run.config
        self.options = run.config.training
        torch.manual_seed(self.config.seed)
        vocab_size = len(corpus.tokenizer)
        self.model = Transformer(self.config.model, vocab_size, PAD_ID).to(device)
        self.average = averaged(self.model, self.options.ema_decay)
        self.optimizers = build_optimizers(self.model, self.options)
        self.joined = world.join(self.model)
        self.forward: nn.Module = (
            torch.compile(self.joined, dynamic=True) if self.options.compile else self.joined  # type: ignore[assignment]
        )
        middle = max(1, self.config.model.decoder_layers // 2)
        self.guided_block = (self.config.alignment.guide_layer or middle) - 1
        self.guide = world.on_main(self._guide)
        self.stream = BatchStream(
            corpus.train,
            corpus.extra,
            corpus.tokenizer,
            extra_epochs=self.config.data.extra_epochs,
            batch_tokens=self.options.batch_tokens,
            max_length=self.config.model.max_length,
            bpe_dropout=self.config.tokenizer.bpe_dropout,
            seed=self.config.seed,
            guide=self.guide,
            rank=world.rank,
            processes=world.size,
        )
        self.translator = Translator(
            cast(Transformer, self.average.module), corpus.tokenizer, self.config.data.cleaning
        )
        self.validator = Validator(run, corpus, self.translator)
        self.autocast = torch.autocast(
            device.type, torch.bfloat16, enabled=use_bf16(self.options.precision, device)
        )
        self.checkpoint = run.folder / "checkpoint.pt"
        self.parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "model": self.model,
            "average": self.average,
            **self.optimizers,
        }
        self.progress = Progress()
        if world.size > 1:
            self._rehearse()
        if world.on_main(self.checkpoint.exists):
            self.progress = load_checkpoint(self.checkpoint, self.parts, device, world)
        if self.options.max_minutes is None:
            self.progress.total_steps = self._budget_in_steps()
        self.interrupted = False

    def _guide(self) -> Guide | None:
        """Word links for one head, if the options name any."""
        data, corpus = self.config.data, self.corpus
        if not data.links:
            return None
        pairs = concatenate_datasets([corpus.train, corpus.extra])
        return read_guide(data, pairs, corpus.folder)

    def _rehearse(self) -> None:
        """An update without an effect, and then dropout of one's own for every process.

        DistributedDataParallel puts its buckets in another order after the first backward pass,
        and sums of floats depend on it: a resumed run could not equal the uninterrupted one.
        """
        batch = next(self.stream.read(0, 0))[2].silenced()
        objective, _ = self._loss(batch.to(self.device))
        torch.autograd.backward(objective)
        torch.manual_seed(self.config.seed + self.world.rank)

    def fit(self) -> bool:
        """Train until the budget or the patience ends; False if it was interrupted.

        Ctrl-C and SIGTERM, to any process, end it after the step at hand, with a checkpoint.
        """
        if self.world.main:
            self.log = Log(self.run.folder, self.progress.step, self.progress.total_steps)
        before = {s: signal.signal(s, self._interrupt) for s in (signal.SIGINT, signal.SIGTERM)}
        self.model.train()
        try:
            with fast_products(self.options.precision, self.device):
                return self._step_by_step()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if self.world.main:
                self.log.close()

    def _step_by_step(self) -> bool:
        """The loop itself; False if it was interrupted."""
        state, options = self.progress, self.options
        batches = self.batches()
        while True:
            started = time.perf_counter()
            if state.total_steps is None and state.step >= options.warmup_steps:
                self._plan_steps()
            last = state.total_steps is not None and state.step >= state.total_steps
            due = self._due(options.validate_every_steps, last)
            if due and state.last_validation != state.step:
                self.validate()
                self.draw_alignments()
            out_of_patience = 0 < options.patience <= state.stale_validations
            stop = last or out_of_patience or self.world.any(self.interrupted)
            if stop or self._due(options.save_every_steps, last):
                save_checkpoint(self.checkpoint, state, self.parts, self.device, self.world)
            state.seconds += time.perf_counter() - started
            if stop:
                return last or out_of_patience
            started = time.perf_counter()
            epoch, position, batch = next(batches)
            stats = self.train_step(batch)
            state.step, state.epoch, state.batch = state.step + 1, epoch, position
            seconds = time.perf_counter() - started
            state.seconds += seconds
            state.step_seconds += seconds
            if self.world.main:
                rate = self.optimizers["adamw"].param_groups[0]["lr"]
                self.log.update(state, stats, rate, options.log_every_steps)

    def batches(self) -> Iterator[Placed]:
        """Batches from where training stands, each with the position of the one after it."""
        position = self.progress.epoch, self.progress.batch
        if self.device.type == "cpu":
            return self.stream.read(*position)
        return prefetch(self.stream, *position)

    def description(self) -> str:
        """What is going to be trained on what, in a line."""
        parameters = sum(p.numel() for p in self.model.parameters())
        skipped = f", {self.stream.too_long} too long" if self.stream.too_long else ""
        linked = f", {self.guide.linked:,} of them linked" if self.guide else ""
        processes = f" in {self.world.size} processes" if self.world.size > 1 else ""
        return (
            f"{self.run.folder.name}: {parameters / 1e6:.2f} M parameters "
            f"on {self.device.type}{processes}, "
            f"{len(self.corpus.train):,} pairs and {len(self.corpus.extra):,} extra"
            f"{linked}{skipped}, "
            f"{self.progress.total_steps or '?'} steps"
        )

    def log_results(self, metrics: dict[str, float]) -> None:
        """Put the run's options and its final metrics into TensorBoard."""
        log = Log(self.run.folder, self.progress.step, self.progress.step)
        log.hyperparameters(flatten(to_plain(self.config)), metrics)
        log.close()

    def train_step(self, batch: Batch) -> StepStats:
        """One update from one batch, of which this is a process's share, in micro-batches.

        Gradients are averaged over processes, so each one's is scaled to make that average the
        gradient of the batch: the sum over all its tokens, divided by their number.

        Raises:
            UserError: The loss or the gradient is not finite; the batch is saved, nothing updated.
        """
        world = self.world
        tokens = int(world.sum(batch.tgt_tokens)[0])
        self.model.zero_grad(set_to_none=True)
        losses = []
        parts = batch.split(self.options.accumulate)
        for part in parts:
            with world.gradients(self.joined, last=part is parts[-1]):
                objective, sums = self._loss(part.to(self.device))
                torch.autograd.backward(objective * world.size / tokens)
            losses.append(torch.stack([sums.loss.detach(), sums.nll]))
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.options.clip_norm or math.inf)
        loss, nll = world.sum(*torch.stack(losses).sum(dim=0).tolist())
        if not math.isfinite(loss) or not torch.isfinite(norm):
            self._refuse(batch)
        factor = learning_rate_factor(self.progress.step, self.progress.total_steps, self.options)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = factor * group["peak_lr"]
            optimizer.step()
        self.average.update_parameters(self.model)
        return StepStats(loss, nll, tokens, float(norm))

    def _loss(self, batch: Batch) -> tuple[Tensor, LossSum]:
        """What is minimised, and the loss sums of the translation alone.

        They differ by the lesson of the guided head. Only real tokens have a loss.
        """
        real_BT = batch.tgt_out != PAD_ID
        guided = () if batch.guide is None else (self.guided_block,)
        with self.autocast:
            decoded = self.forward(batch.src, batch.tgt_in, guided)
            sums = smoothed_cross_entropy(
                decoded.hidden[real_BT],
                self.model.embedding.pieces.weight,
                batch.tgt_out[real_BT],
                self.options.label_smoothing,
            )
        if batch.guide is None:
            return sums.loss, sums
        weights_BTS = decoded.cross_attention[0, :, GUIDED_HEAD]
        lesson = guided_alignment_loss(weights_BTS, batch.guide)
        return sums.loss + self.config.alignment.guide_weight * lesson, sums

    def validate(self) -> None:
        """Measure the averaged model; the best one so far is saved."""
        state = self.progress
        self.validated = self.world.on_main(lambda: self.validator.validate(state.step, self.log))
        state.last_validation = state.step
        state.stale_validations += 1
        if self.validated.bleu > state.best_bleu:
            state.best_bleu, state.best_step = self.validated.bleu, state.step
            state.stale_validations = 0
            self.world.on_main(self._save_best)

    def _save_best(self) -> None:
        """Write the averaged weights and the heads of them that align."""
        self.run.save_weights(self.translator.model)
        errors = self.validated.errors
        if errors is not None:
            gold = str(self.config.alignment.gold)
            self.run.save_aligning_heads(errors.heads, errors.aer, gold)

    def draw_alignments(self) -> None:
        """Cross-attention of the probe sentences to TensorBoard, so that it is seen forming."""
        step, found = self.progress.step, self.validated
        self.world.on_main(lambda: self.validator.draw(step, self.log, found))

    def _budget_in_steps(self) -> int:
        if self.options.max_epochs is None:
            return self.options.max_steps
        return self.stream.batches_in(self.options.max_epochs)

    def _plan_steps(self) -> None:
        """Turn ``max_minutes`` into steps, once, from the speed so far and one validation."""
        state, started = self.progress, time.perf_counter()
        self.validate()
        self.draw_alignments()
        seconds = time.perf_counter() - started
        state.total_steps = self.world.on_main(
            lambda: affordable_steps(state, self.options, seconds)
        )
        if self.world.main:
            self.log.say(
                f"budget: {self.options.max_minutes:g} minutes are {state.total_steps} steps "
                f"at {state.tokens / state.step_seconds:,.0f} target tokens/s"
            )

    def _due(self, every: int, last: bool) -> bool:
        return last or (self.progress.step > 0 and self.progress.step % every == 0)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.interrupted and self.world.size == 1:  # asked twice: not even a checkpoint
            raise KeyboardInterrupt
        self.interrupted = True

    def _refuse(self, batch: Batch) -> None:
        """Save the batch, a list of every process's share, and stop all processes."""
        shares = self.world.gather(batch)

        def refuse() -> None:
            path = self.run.folder / "not_finite.pt"
            names = ("src", "tgt_in", "tgt_out")
            torch.save({name: [getattr(share, name) for share in shares] for name in names}, path)
            raise UserError(
                f"the loss is not finite at step {self.progress.step}: its batch is in {path}; "
                "train anew with lower learning rates"
            )

        self.world.on_main(refuse)
