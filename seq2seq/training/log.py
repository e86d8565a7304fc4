"""One log for machines (metrics.jsonl), for eyes (TensorBoard), and for the terminal."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams
from tqdm import tqdm

from seq2seq.training.checkpoint import Progress, StepStats


def lines_until(path: Path, step: int) -> list[str]:
    """Lines of a log up to a step, but for one that was cut off when its process was killed."""
    if not path.exists():
        return []
    lines = [line for line in path.read_text("utf-8").splitlines(True) if line.endswith("}\n")]
    return [line for line in lines if json.loads(line)["step"] <= step]


class Log:
    """Writes what happens at a step; lines after ``step`` of an earlier sitting are dropped."""

    def __init__(self, folder: Path, step: int, total_steps: int | None) -> None:
        """Open the logs of a run at ``step`` (0 for a new run)."""
        self.path = folder / "metrics.jsonl"
        self.path.write_text("".join(lines_until(self.path, step)), "utf-8")
        self.board = SummaryWriter(
            str(folder / "tensorboard"), purge_step=step + 1 if step else None
        )
        self.bar = tqdm(
            total=total_steps, initial=step, unit="step", disable=None, dynamic_ncols=True
        )

    def scalars(self, step: int, values: dict[str, float]) -> None:
        """Record numbers by name (``group/name``)."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")
        for name, value in values.items():
            self.board.add_scalar(name, value, step)

    def update(
        self, progress: Progress, stats: StepStats, learning_rate: float, every: int
    ) -> None:
        """Add an update to the window, write a line every so many steps, and move the bar."""
        progress.tokens += stats.tokens
        loss, nll, tokens = progress.window
        loss, nll, tokens = loss + stats.loss, nll + stats.nll, tokens + stats.tokens
        speed = progress.tokens / progress.step_seconds
        if progress.step % every == 0:
            self.scalars(
                progress.step,
                {
                    "train/loss": loss / tokens,
                    "train/perplexity": math.exp(min(nll / tokens, 100)),
                    "train/learning_rate": learning_rate,
                    "train/gradient_norm": stats.grad_norm,
                    "train/tokens_per_second": speed,
                    "train/minutes": progress.seconds / 60,
                },
            )
            progress.window = (0.0, 0.0, 0)
        else:
            progress.window = (loss, nll, tokens)
        self.bar.total = progress.total_steps
        note = f"loss {loss / tokens:.3f}, {speed:,.0f} tokens/s"
        self.bar.set_postfix_str(note, refresh=False)
        self.bar.update(progress.step - self.bar.n)

    def table(self, step: int, name: str, header: list[str], rows: list[list[str]]) -> None:
        """Show a table of texts in TensorBoard's text tab."""
        lines = [header, ["---"] * len(header), *rows]
        escaped = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
        self.board.add_text(name, "\n".join(f"| {line} |" for line in escaped), step)

    def figure(self, step: int, name: str, figure: Figure) -> None:
        """Show a picture in TensorBoard's images tab."""
        self.board.add_figure(name, figure, step, close=False)

    def hyperparameters(self, options: dict[str, Any], metrics: dict[str, float]) -> None:
        """Show the run's options beside its final metrics in the HParams tab."""
        simple = {
            k: v if isinstance(v, (bool, int, float, str)) else str(v) for k, v in options.items()
        }
        assert self.board.file_writer is not None
        for summary in hparams(simple, metrics):  # add_hparams would open a run of its own
            self.board.file_writer.add_summary(summary)
        for name, value in metrics.items():
            self.board.add_scalar(name, value, 0)

    def say(self, line: str) -> None:
        """Print a line above the progress bar."""
        self.bar.write(line)

    def close(self) -> None:
        """Finish the files and the bar."""
        self.board.close()
        self.bar.close()
