"""A run folder: the names of what is in it, and how to open it.

runs/<name>/
    config.yaml           every option, resolved
    manifest.json         versions, revision, data hashes, device, times
    tokenizer.model       SentencePiece
    model.safetensors     best averaged weights
    alignment.json        which of their heads align best, and how well
    checkpoint.pt         everything that resuming needs
    metrics.jsonl         one line for each logged step
    tensorboard/          the same to look at, and the cross-attention maps
    attention/            those maps as arrays, one file for each validation
    evaluation/           hypotheses, sentence tables and scores
    report.html           what ``seq2seq report`` makes of it all
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from safetensors import SafetensorError

from seq2seq.alignment.weights import AligningHead, Reading
from seq2seq.config import DataConfig, TrainConfig
from seq2seq.data.tokenizer import PAD_ID, Tokenizer
from seq2seq.errors import UserError, first_line
from seq2seq.options import from_plain, to_plain

if TYPE_CHECKING:  # torch is imported where weights are read: options and names need none of it
    import torch

    from seq2seq.model.transformer import Transformer

LATEST = "latest"
EXPORTED = "model.bin"  # weights of CTranslate2, in a folder that ``seq2seq export`` made


@dataclass(frozen=True)
class Run:
    """A run folder and its options."""

    folder: Path
    config: TrainConfig

    @classmethod
    def find(cls, name: str = LATEST, runs_dir: str = "runs") -> Run:
        """Open the run called ``name`` (or the folder of that path).

        Raises:
            UserError: There is no such run.
        """
        places = [Path(runs_dir) / name, Path(name)]
        for folder in places:
            if (folder / "config.yaml").is_file():
                return cls.open(folder.resolve())
        if name == LATEST:
            raise UserError(f"no run in {runs_dir}/ yet: train one with 'make train'")
        opened = Path(runs_dir).rglob("config.yaml")  # sweeps nest
        known = sorted(path.parent.relative_to(runs_dir).as_posix() for path in opened)
        listed = f"there are {', '.join(known)}" if known else f"{runs_dir}/ has none"
        raise UserError(f"no run {name!r}: {listed}")

    @classmethod
    def open(cls, folder: Path) -> Run:
        """Open a run folder by its path.

        Raises:
            UserError: Its ``config.yaml`` is damaged or foreign.
        """
        try:
            options = yaml.safe_load((folder / "config.yaml").read_text("utf-8"))
            config = from_plain(TrainConfig, options)
            if not isinstance(config.data, DataConfig):
                raise ValueError("it names no data")
        except (yaml.YAMLError, TypeError, ValueError, AttributeError, UserError) as error:
            raise UserError(
                f"{folder}/config.yaml is damaged or foreign: {first_line(error)}"
            ) from error
        return cls(folder, config)

    @classmethod
    def create(cls, folder: Path, config: TrainConfig) -> Run:
        """Make a new run folder with its ``config.yaml``.

        Raises:
            UserError: The folder exists already.
        """
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            raise UserError(
                f"{folder} exists already: take another name=, or resume it with resume=true"
            ) from error
        run = cls(folder, config)
        run.save_config()
        return run

    def save_config(self) -> None:
        """Write the options, such as a longer budget of a resumed run."""
        text = yaml.safe_dump(to_plain(self.config), allow_unicode=True, sort_keys=False)
        path = self.folder / "config.yaml"
        write_atomically(path, lambda partial: partial.write_text(text, "utf-8"))

    def tokenizer(self) -> Tokenizer:
        """The run's tokenizer."""
        return Tokenizer.load(self.folder / "tokenizer.model")

    def save_weights(self, model: Transformer) -> None:
        """Write the weights, replacing older ones only when the new are safely on disk."""
        from safetensors.torch import save_file

        state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
        write_atomically(self.folder / "model.safetensors", lambda path: save_file(state, path))

    def load_model(self, device: torch.device) -> Transformer:
        """The model with the run's best weights, ready to decode.

        Raises:
            UserError: The weights are missing, damaged, or of another model.
        """
        from safetensors.torch import load_file

        from seq2seq.model.transformer import Transformer

        path = self.folder / "model.safetensors"
        if (self.folder / EXPORTED).is_file():
            raise UserError(f"{self.folder} is exported: translate with --engine ctranslate2")
        if not path.is_file():
            raise UserError(f"{self.folder} has no weights yet: let its training validate once")
        try:
            weights = load_file(path, device=str(device))
            vocab_size = len(weights["embedding.pieces.weight"])
            model = Transformer(self.config.model, vocab_size, PAD_ID).to(device)
            model.load_state_dict(weights)
        except (SafetensorError, KeyError, TypeError, RuntimeError) as error:
            raise UserError(
                f"{path} is damaged or of another model or version, train a new run: "
                f"{first_line(error)}"
            ) from error
        return model.eval()

    def save_aligning_heads(self, heads: Sequence[AligningHead], aer: float, gold: str) -> None:
        """Keep which heads align best together: error rate ``aer`` on the ``gold`` links."""
        listed = [{"reading": h.reading.value, "layer": h.layer, "head": h.head} for h in heads]
        text = json.dumps({"heads": listed, "aer": aer, "gold": gold}, indent=1)
        path = self.folder / "alignment.json"
        write_atomically(path, lambda partial: partial.write_text(text, "utf-8"))

    def aligning_heads(self) -> list[AligningHead]:
        """The heads that align best; none if no gold links chose them.

        Raises:
            UserError: ``alignment.json`` is damaged or of another model.
        """
        path, model = self.folder / "alignment.json", self.config.model
        if not path.exists():
            return []
        try:
            listed = json.loads(path.read_text("utf-8"))["heads"]
            heads = [AligningHead(Reading(h["reading"]), h["layer"], h["head"]) for h in listed]
            layers, columns = range(model.decoder_layers), (None, *range(model.heads))
            if not all(h.layer in layers and h.head in columns for h in heads):
                raise ValueError("it names a head that the model does not have")
            return heads
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged: remove it, or train anew") from error

    def mark_latest(self, runs_dir: Path) -> None:
        """Let ``runs/latest`` point here."""
        runs_dir.mkdir(parents=True, exist_ok=True)  # the run itself may be elsewhere
        link = runs_dir / f".{LATEST}-{uuid.uuid4().hex}"
        link.symlink_to(os.path.relpath(self.folder, runs_dir))
        link.replace(runs_dir / LATEST)


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` make a new file, and put it in the place of ``path`` once it is whole on disk.

    Raises:
        UserError: The disk is full or not writable; what ``path`` held is untouched.
    """
    partial = path.with_name(f".{path.name}.partial")
    try:
        write(partial)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except (OSError, RuntimeError, SafetensorError) as error:  # torch and safetensors wrap OSError
        raise UserError(
            f"cannot save {path} ({first_line(error)}): the last one that was saved is untouched; "
            "make room and go on"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
