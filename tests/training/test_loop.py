"""Properties of single updates, and of budgets."""

import math

import pytest
import torch

from seq2seq.config import (
    DataConfig,
    ModelConfig,
    Precision,
    TokenizerConfig,
    TrainConfig,
    TrainingConfig,
)
from seq2seq.data.corpus import prepare
from seq2seq.errors import UserError
from seq2seq.run import Run
from seq2seq.training import loop
from seq2seq.training.log import Log
from seq2seq.training.loop import Trainer

CPU = torch.device("cpu")


@pytest.fixture
def build(toy_folder, tmp_path):
    """Make a trainer on the toy corpus with some training options of one's own."""
    made = iter(range(10))

    def trainer(*, dropout=0.0, **training):
        defaults = {"max_steps": 20, "batch_tokens": 256, "warmup_steps": 5, "patience": 0}
        config = TrainConfig(
            data=DataConfig(
                name="toy", root=str(toy_folder), train=["train.tsv"], validation=["held.tsv"],
                test=["held.tsv"], src_column="0", tgt_column="1", cache_dir=str(tmp_path),
            ),
            tokenizer=TokenizerConfig(vocab_size=80),
            model=ModelConfig(
                width=32, heads=2, ffn_width=64, encoder_layers=1, decoder_layers=1,
                dropout=dropout,
            ),
            training=TrainingConfig(**{**defaults, **training}),
        )  # fmt: skip
        corpus = prepare(config.data, config.tokenizer)
        run = Run.create(tmp_path / f"run{next(made)}", config)
        corpus.tokenizer.save(run.folder / "tokenizer.model")
        return Trainer(run, corpus, CPU)

    return trainer


def steps(trainer, count):
    """Losses per token of the first updates."""
    batches = trainer.stream.read(0, 0)
    trainer.model.train()
    stats = [trainer.train_step(next(batches)[2]) for _ in range(count)]
    return [s.loss / s.tokens for s in stats]


def test_micro_batches_give_the_same_losses_as_the_whole_batch(build):
    whole, parts = steps(build(), 6), steps(build(accumulate=3), 6)
    assert parts == pytest.approx(whole, rel=1e-4)


def test_a_share_without_sentences_has_a_gradient_of_zeros(build):
    trainer = build()
    batch = next(trainer.stream.read(0, 0))[2]
    trainer.model.train()
    objective, sums = trainer._loss(batch.silenced())
    objective.backward()
    assert sums.loss.item() == sums.nll.item() == 0
    for name, parameter in trainer.model.named_parameters():
        assert parameter.grad is not None, name  # it takes part in the sum over processes
        assert not parameter.grad.any(), name


def test_the_loss_starts_near_that_of_a_uniform_guess_and_falls(build):
    trainer = build(label_smoothing=0.0)
    losses = steps(trainer, 40)
    uniform = math.log(len(trainer.corpus.tokenizer))
    assert losses[0] == pytest.approx(uniform, abs=2)  # silent blocks expect the piece just read
    assert losses[-1] < losses[0] - 1


def test_a_compiled_model_has_the_same_losses(build):
    assert steps(build(compile=True), 3) == pytest.approx(steps(build(), 3), rel=1e-4)


def test_bf16_autocast_has_nearly_the_same_losses(build):
    assert steps(build(precision=Precision.bf16), 3) == pytest.approx(steps(build(), 3), rel=0.02)


def test_a_loss_that_is_not_finite_stops_before_the_update_and_saves_its_batch(build):
    trainer = build()
    with torch.no_grad():
        trainer.model.embedding.pieces.weight.mul_(float("inf"))
    before = [p.clone() for p in trainer.model.parameters()]
    with pytest.raises(UserError, match=r"not_finite\.pt"):
        steps(trainer, 1)
    for old, new in zip(before, trainer.model.parameters(), strict=True):
        torch.testing.assert_close(old, new, rtol=0, atol=0, equal_nan=True)
    saved = torch.load(trainer.run.folder / "not_finite.pt", weights_only=True)
    assert set(saved) == {"src", "tgt_in", "tgt_out"}


def test_the_averaged_model_is_the_one_that_is_saved(build):
    trainer = build(max_steps=10)
    assert trainer.fit()
    saved = trainer.run.load_model(CPU).state_dict()
    for name, tensor in trainer.average.module.state_dict().items():
        assert torch.equal(saved[name], tensor)


def test_epochs_and_minutes_become_steps(build):
    trainer = build(max_epochs=2.5)
    assert trainer.progress.total_steps == sum(
        [len(trainer.stream.epoch(e)) for e in (0, 1)]
    ) + math.ceil(len(trainer.stream.epoch(2)) / 2)
    planned = build(max_minutes=0.03, validate_every_steps=1000)
    assert planned.progress.total_steps is None
    assert planned.fit()
    assert planned.progress.total_steps == planned.progress.step


def test_patience_ends_training_early(build):
    trainer = build(max_steps=500, validate_every_steps=2, patience=2, learning_rate=1e-9,
                    muon_learning_rate=0.0)  # fmt: skip
    assert trainer.fit()
    assert trainer.progress.step == 6


def test_a_full_disk_keeps_the_last_checkpoint(build, monkeypatch):
    trainer = build(max_steps=4, save_every_steps=2)
    assert trainer.fit()
    good = trainer.checkpoint.read_bytes()
    trainer.progress.total_steps = 6

    def full(content, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(UserError, match="No space left"):
        trainer.fit()
    assert trainer.checkpoint.read_bytes() == good
    assert not list(trainer.run.folder.glob(".*partial"))


def test_the_log_drops_what_a_resumed_run_will_write_again(tmp_path):
    log = Log(tmp_path, 0, 10)
    for step in (2, 4, 6):
        log.scalars(step, {"train/loss": 1.0})
    log.close()
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 3, "trai')  # its process was killed
    Log(tmp_path, 4, 10).close()
    assert [line.split(",")[0] for line in (tmp_path / "metrics.jsonl").open()] == [
        '{"step": 2', '{"step": 4',
    ]  # fmt: skip


def test_an_accelerator_gets_its_batches_from_another_process(build, monkeypatch):
    trainer = build()
    trainer.progress.epoch, trainer.progress.batch = 1, 2
    monkeypatch.setattr(loop, "prefetch", lambda *arguments: arguments)
    trainer.device = torch.device("cuda")
    assert trainer.batches() == (trainer.stream, 1, 2)
    trainer.device = CPU
    assert next(trainer.batches())[:2] == next(trainer.stream.read(1, 2))[:2]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_losses_on_the_gpu_are_those_of_the_cpu(build):
    on_gpu = build(precision=Precision.float32)
    on_cpu = steps(build(), 3)
    gpu = Trainer(on_gpu.run, on_gpu.corpus, torch.device("cuda"))
    assert steps(gpu, 3) == pytest.approx(on_cpu, rel=1e-3)
