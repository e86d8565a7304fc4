"""The options of each command that Hydra configures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from seq2seq.config.data import DataConfig, Protocol, TokenizerConfig
from seq2seq.config.decoding import DecodingConfig
from seq2seq.config.model import ModelConfig
from seq2seq.config.training import AlignmentConfig, TrainingConfig
from seq2seq.options import option, require, section

PROBES = [
    "Hello, how are you?",
    "Where did you buy these new shoes?",
    "I have never seen my brother so happy.",
]
FRENCH_PROBES = [
    "Bonjour, comment allez-vous\u00a0?",
    "Où as-tu acheté ces nouvelles chaussures\u00a0?",
    "Je n'ai jamais vu mon frère aussi heureux.",
]


class Device(Enum):
    """Where to compute; ``auto`` is the first of CUDA, MPS and CPU that is there."""

    auto = "auto"
    cuda = "cuda"
    mps = "mps"
    cpu = "cpu"


@dataclass(kw_only=True)
class PrepareConfig:
    """Options of ``seq2seq prepare``."""

    data: DataConfig = section("The parallel corpus.")
    tokenizer: TokenizerConfig = section("The subword vocabulary.", TokenizerConfig)


@dataclass(kw_only=True)
class TrainConfig:
    """Options of ``seq2seq train``."""

    name: str | None = option(None, "Name of the run; null: <data>-<model>-<date-time>.")
    runs_dir: str = option("runs", "Folder that holds the runs.")
    resume: bool = option(False, "Go on with the run called name from its last checkpoint.")
    seed: int = option(1, "Seed of the weights, the data order and dropout.")
    device: Device = option(Device.auto, "Where to compute.")
    probes: list[str] = option(
        PROBES,
        "Sentences whose cross-attention is drawn at every validation (data.reverse: in French).",
    )
    data: DataConfig = section("The parallel corpus.")
    tokenizer: TokenizerConfig = section("The subword vocabulary.", TokenizerConfig)
    model: ModelConfig = section("Shape of the transformer.", ModelConfig)
    training: TrainingConfig = section("Budget, batches and optimizer.", TrainingConfig)
    alignment: AlignmentConfig = section("Word alignments.", AlignmentConfig)
    decoding: DecodingConfig = section("Search used for the final test scores.", DecodingConfig)

    def __post_init__(self) -> None:
        """A run is resumed by its name, and a guided head is one of the model's."""
        require(self.seed >= 0, "seed must be at least 0")
        if isinstance(self.data, DataConfig) and self.data.reverse and self.probes == PROBES:
            self.probes = list(FRENCH_PROBES)
        require(
            self.alignment.guide_layer in (None, *range(1, self.model.decoder_layers + 1)),
            f"alignment.guide_layer must be between 1 and {self.model.decoder_layers}",
        )
        require(
            not self.resume or self.name is not None,
            "resume=true needs the run's name: add name=NAME",
        )


def texts(given: Any) -> list[str]:
    """One name or several, which Hydra may take for numbers, as a list of texts."""
    several = given if isinstance(given, list) else [] if given is None else [given]
    return [str(each) for each in several]


@dataclass(kw_only=True)
class EvaluateConfig:
    """Options of ``seq2seq evaluate``."""

    run: Any = option("latest", "Run to evaluate: its name or folder; an ensemble as [RUN,RUN].")
    runs_dir: str = option("runs", "Folder that holds the runs.")
    split: str = option("test", "Split of the run's own corpus: test, validation or train.")
    src: str | None = option(None, "Source text file to translate instead of a split.")
    ref: Any = option(None, "Reference file for src; several as [FILE,FILE].")
    protocol: Protocol = option(
        Protocol.none, "Score by this protocol too; for its own splits a run knows its corpus's."
    )
    protocol_ref: str | None = option(
        None, "Official tokenized reference of the protocol; null: the reference is tokenized here."
    )
    device: Device = option(Device.auto, "Where to compute.")
    bootstrap: int = option(1000, "Resamplings behind the confidence intervals.")
    decoding: DecodingConfig = section(
        "Search or sampling; greedy search is always scored too.", DecodingConfig
    )

    def __post_init__(self) -> None:
        """A file needs its references, and the other way round."""
        self.run, self.ref = texts(self.run), texts(self.ref)
        require(bool(self.run), "run names no run")
        require(
            (self.src is None) == (not self.ref),
            "give both src=FILE and ref=FILE (or neither, to use the run's own test set)",
        )
        require(
            self.protocol_ref is None or self.protocol is not Protocol.none,
            "protocol_ref=FILE is the reference of a protocol: add protocol=multi30k",
        )
        require(
            self.split in ("train", "validation", "test"),
            f"split={self.split}: choose test, validation or train",
        )
        require(self.bootstrap >= 1, "bootstrap must be at least 1")
