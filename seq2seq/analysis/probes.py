"""Cross-attention of the probe sentences as arrays: a file of the run for each validation."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seq2seq.alignment.weights import CrossAttention
from seq2seq.run import Run


def write_probes(run: Run, step: int, probes: list[str], drawn: list[CrossAttention]) -> None:
    """Write ``attention/step-<step>.npz``, from which every picture can be drawn again."""
    folder = run.folder / "attention"
    folder.mkdir(exist_ok=True)
    arrays: dict[str, np.ndarray] = {"probes": np.array(probes)}
    for number, attention in enumerate(drawn, 1):
        arrays[f"weights_{number}"] = attention.weights_LHTS
        arrays[f"src_pieces_{number}"] = np.array(attention.src_pieces)
        arrays[f"tgt_pieces_{number}"] = np.array(attention.tgt_pieces)
    np.savez_compressed(folder / f"step-{step:06d}.npz", **arrays)  # type: ignore[arg-type]


def probe_files(run: Run) -> dict[int, Path]:
    """The files by their steps, in order."""
    files = (run.folder / "attention").glob("step-*.npz")
    steps = {path.stem.removeprefix("step-"): path for path in files}
    return dict(sorted((int(step), path) for step, path in steps.items() if step.isdigit()))


def read_probes(path: Path) -> list[tuple[str, CrossAttention]]:
    """Probes and their cross-attention, as one validation wrote them.

    Raises:
        ValueError: Weights are no weights, or not as many as the pieces say.
    """
    read = []
    with np.load(path) as arrays:
        for number, probe in enumerate(arrays["probes"].tolist(), 1):
            src, tgt = (arrays[f"{side}_pieces_{number}"].tolist() for side in ("src", "tgt"))
            weights_LHTS = arrays[f"weights_{number}"]
            if weights_LHTS.ndim != 4 or weights_LHTS.shape[2:] != (len(tgt), len(src)):
                raise ValueError(f"the weights of probe {number} do not fit its pieces")
            if not ((weights_LHTS >= 0) & (weights_LHTS <= 1 + 1e-3)).all():
                raise ValueError(f"the weights of probe {number} are not between 0 and 1")
            read.append((probe, CrossAttention(src, tgt, weights_LHTS.clip(0, 1))))
    return read
