"""Every option of the project: its name, type, default, unit and meaning, in one typed schema.

The YAML files in ``configs/`` only choose among these; a default is stated here and nowhere else.
``OmegaConf.to_object`` turns what Hydra composed into these plain dataclasses, whose
``__post_init__`` refuses impossible combinations before any data is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from seq2seq.options import MISSING, option, require, section


class Norm(Enum):
    """Where layer normalisation stands: before each sublayer or after the residual sum."""

    pre = "pre"
    post = "post"


class Schedule(Enum):
    """What the learning rate does after its linear warm-up."""

    linear = "linear"
    inverse_sqrt = "inverse_sqrt"
    constant = "constant"


class Precision(Enum):
    """Arithmetic of the forward pass; ``auto`` is bf16 on CUDA devices that have it."""

    auto = "auto"
    float32 = "float32"
    bf16 = "bf16"


class Device(Enum):
    """Where to compute; ``auto`` is the first of CUDA, MPS and CPU that is there."""

    auto = "auto"
    cuda = "cuda"
    mps = "mps"
    cpu = "cpu"


@dataclass(kw_only=True)
class CleaningConfig:
    """Normalisation of every text the model reads, and rules for training pairs."""

    normalize: bool = option(
        True, "Compose accents (Unicode NFC) and collapse ordinary whitespace."
    )
    control_characters: bool = option(
        True, "Remove control, zero-width and other invisible characters."
    )
    plain_spaces: bool = option(False, "Read no-break spaces as ordinary spaces.")
    max_words: int = option(100, "Drop pairs with a side of more words than this.")
    max_length_ratio: float = option(
        3.0, "Drop pairs where one side is this many times longer (characters + 10)."
    )
    drop_identical: bool = option(True, "Drop pairs whose source equals the target.")
    drop_duplicates: bool = option(True, "Drop exact repetitions of a pair.")
    drop_overlap: bool = option(
        True, "Drop training pairs with a side that stands in validation or test."
    )

    def __post_init__(self) -> None:
        """Refuse limits that would drop everything."""
        require(self.max_words >= 1, "data.cleaning.max_words must be at least 1")
        require(self.max_length_ratio >= 1, "data.cleaning.max_length_ratio must be at least 1")


@dataclass(kw_only=True)
class DataConfig:
    """A parallel corpus: where its files are and how to read them."""

    name: str = option(MISSING, "Name of the corpus, used for run and cache folders.")
    root: str = option(
        ".", "Where the files are: a folder, a URL, or hf://datasets/OWNER/NAME on the hub."
    )
    revision: str = option("main", "Branch, tag or commit of a corpus on the hub.")
    train: list[str] = option(
        [], "Training files under root, patterns allowed: tables, or texts as source, target."
    )
    extra: list[str] = option(
        [], "Further training files, of simpler or stranger text, read in the first epochs only."
    )
    extra_epochs: int = option(
        6, "Epochs over which the extra pairs are spread: each reads another part of them."
    )
    links: list[str] = option(
        [], "Word links that a head learns: tables of source, target, links; eflomal makes them."
    )
    validation: list[str] = option([], "Validation files; none: drawn from the training pairs.")
    test: list[str] = option([], "Test files; none: drawn from the training pairs.")
    test_references: list[str] = option(
        [], "Texts of further references of the test files; an empty line is none."
    )
    src_column: str = option("en", "Source column of a table: a name, a.b, or (TSV, CSV) a number.")
    tgt_column: str = option("fr", "Target column of a table: a name, a.b, or (TSV, CSV) a number.")
    reverse: bool = option(False, "Exchange source and target: translate from French.")
    validation_size: int = option(1000, "Pairs to draw for validation where no file is given.")
    test_size: int = option(1000, "Pairs to draw for the test where no file is given.")
    split_seed: int = option(1, "Seed of the draw of validation and test pairs.")
    cache_dir: str = option("data/cache", "Folder for downloads and prepared corpora.")
    cleaning: CleaningConfig = section("Rules for training pairs.", CleaningConfig)

    def __post_init__(self) -> None:
        """Refuse a corpus without training files or with empty splits."""
        if self.reverse:
            self.test_references = []  # they are French, as the source is now
        require(bool(self.train), "data.train names no file: give data.train=[FILE]")
        require(self.extra_epochs >= 1, "data.extra_epochs must be at least 1")
        require(
            bool(self.test) or not self.test_references,
            "data.test_references needs the data.test that it is parallel to",
        )
        drawn = [
            size
            for files, size in [
                (self.validation, self.validation_size),
                (self.test, self.test_size),
            ]
            if not files
        ]
        require(
            all(size >= 1 for size in drawn),
            "data.validation_size and data.test_size must be at least 1",
        )


@dataclass(kw_only=True)
class TokenizerConfig:
    """The joint SentencePiece BPE vocabulary of both languages."""

    vocab_size: int = option(4000, "Pieces in the joint vocabulary, special ones included.")
    sampling: float = option(
        0.0, "Probability of skipping a merge in training (BPE-dropout); 0 is off."
    )
    train_sentences: int = option(2_000_000, "Sentences sampled at most to learn the pieces.")

    def __post_init__(self) -> None:
        """Refuse impossible sizes."""
        require(self.vocab_size >= 64, "tokenizer.vocab_size must be at least 64")
        require(0 <= self.sampling < 1, "tokenizer.sampling must be in [0, 1)")
        require(self.train_sentences >= 1, "tokenizer.train_sentences must be at least 1")


@dataclass(kw_only=True)
class ModelConfig:
    """Shape of the encoder-decoder transformer (Vaswani et al. 2017)."""

    width: int = option(128, "Width D of every layer's input and output.")
    heads: int = option(4, "Attention heads; they share the width between them.")
    ffn_width: int = option(512, "Inner width of the feed-forward sublayers.")
    encoder_layers: int = option(4, "Encoder blocks.")
    decoder_layers: int = option(4, "Decoder blocks, each with its own cross-attention.")
    dropout: float = option(0.1, "Dropout on embeddings and sublayer outputs.")
    attention_dropout: float = option(0.0, "Dropout on attention weights.")
    norm: Norm = option(Norm.pre, "Layer normalisation before (pre) or after (post) a sublayer.")
    max_length: int = option(512, "Longest sequence in tokens, </s> included.")

    def __post_init__(self) -> None:
        """Refuse shapes that cannot be built."""
        require(self.heads >= 1, "model.heads must be at least 1")
        require(self.width % 2 == 0, "model.width must be even")
        require(
            self.width % self.heads == 0,
            f"model.width={self.width} is not a multiple of model.heads={self.heads}",
        )
        require(
            min(self.ffn_width, self.encoder_layers, self.decoder_layers) >= 1,
            "model.ffn_width and the numbers of layers must be at least 1",
        )
        for name in ("dropout", "attention_dropout"):
            require(0 <= getattr(self, name) < 1, f"model.{name} must be in [0, 1)")
        require(self.max_length >= 2, "model.max_length must be at least 2")


@dataclass(kw_only=True)
class TrainingConfig:
    """Budget, batches, optimizer, and how often things happen."""

    max_steps: int = option(1500, "Budget in optimizer steps, unless one of the next two is given.")
    max_epochs: float | None = option(None, "Budget in passes over the training pairs.")
    max_minutes: float | None = option(
        None, "Budget in minutes; fixes the number of steps once, after warm-up."
    )
    batch_tokens: int = option(
        2048, "Batch size in tokens of the longer side, padding included (all micro-batches)."
    )
    accumulate: int = option(1, "Micro-batches summed into one optimizer step.")
    learning_rate: float = option(0.004, "Peak learning rate of AdamW.")
    muon_learning_rate: float = option(
        0.012, "Peak learning rate of Muon for the hidden matrices; 0 leaves them to AdamW."
    )
    warmup_steps: int = option(100, "Steps of linear warm-up to the peak learning rate.")
    schedule: Schedule = option(Schedule.linear, "Learning rate after warm-up (linear: to zero).")
    weight_decay: float = option(0.01, "Decoupled weight decay of the matrices.")
    adam_betas: list[float] = option([0.9, 0.98], "AdamW's decay rates of both moments.")
    clip_norm: float = option(1.0, "Largest gradient norm; 0 is off.")
    label_smoothing: float = option(0.1, "Probability mass spread over the vocabulary.")
    ema_decay: float = option(0.998, "Decay of the averaged model; it is evaluated and saved.")
    validate_every_steps: int = option(250, "Steps between validations.")
    validation_sentences: int = option(500, "Sentences translated at most for validation BLEU.")
    patience: int = option(10, "Validations without a better BLEU before stopping; 0 is off.")
    save_every_steps: int = option(250, "Steps between checkpoints.")
    log_every_steps: int = option(20, "Steps between lines in the log.")
    precision: Precision = option(Precision.auto, "float32, or bf16 autocast where it pays.")
    compile: bool = option(False, "Compile the model with torch.compile (pays on long GPU runs).")

    def __post_init__(self) -> None:
        """Refuse budgets and rates that make no sense."""
        require(
            self.max_epochs is None or self.max_minutes is None,
            "training.max_epochs and training.max_minutes exclude each other: give one budget",
        )
        for budget in (self.max_steps, self.max_epochs, self.max_minutes):
            require(budget is None or budget > 0, "the training budget must be above 0")
        for name in (
            "batch_tokens", "accumulate", "warmup_steps", "validate_every_steps",
            "validation_sentences", "save_every_steps", "log_every_steps",
        ):  # fmt: skip
            require(getattr(self, name) >= 1, f"training.{name} must be at least 1")
        require(self.learning_rate > 0, "training.learning_rate must be above 0")
        require(self.muon_learning_rate >= 0, "training.muon_learning_rate must be at least 0")
        require(len(self.adam_betas) == 2, "training.adam_betas takes two numbers")
        require(0 <= self.label_smoothing < 1, "training.label_smoothing must be in [0, 1)")
        require(0 <= self.ema_decay < 1, "training.ema_decay must be in [0, 1)")


@dataclass(kw_only=True)
class AlignmentConfig:
    """Word alignments: how they are measured, and what one head may learn them from."""

    gold: str | None = option(
        None, "Gold links that choose the aligning heads: NAME of NAME.src-tgt and NAME.gold."
    )
    guide_weight: float = option(
        0.2, "Weight of the lesson that a head learns data.links, beside the translation loss."
    )
    guide_layer: int | None = option(
        None, "Decoder block of the guided head, counted from 1; null: the middle one."
    )

    def __post_init__(self) -> None:
        """Refuse a lesson that teaches nothing."""
        require(self.guide_weight > 0, "alignment.guide_weight must be above 0")


@dataclass(kw_only=True)
class DecodingConfig:
    """How a translation is searched for."""

    beam: int = option(5, "Beam width; 1 is greedy.")
    n_best: int = option(1, "Translations returned for each sentence, best first.")
    length_penalty: float = option(
        0.6, "Exponent of the length penalty (Wu et al. 2016); 0 compares plain log-probabilities."
    )
    max_length: int | None = option(
        None, "Longest translation in tokens; null: twice the source and ten more."
    )
    batch_sentences: int = option(64, "Sentences decoded together, sorted by length.")

    def __post_init__(self) -> None:
        """Refuse widths and counts that cannot be searched."""
        require(self.beam >= 1, "the beam must be at least 1")
        require(
            1 <= self.n_best <= self.beam,
            f"n-best must be between 1 and the beam width ({self.beam}): widen the beam",
        )
        require(self.length_penalty >= 0, "the length penalty must be at least 0")
        require(self.max_length is None or self.max_length >= 1, "max length must be at least 1")
        require(self.batch_sentences >= 1, "batch_sentences must be at least 1")


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
        [
            "Hello, how are you?",
            "Where did you buy these new shoes?",
            "I have never seen my brother so happy.",
        ],
        "Sentences whose cross-attention is drawn at every validation.",
    )
    data: DataConfig = section("The parallel corpus.")
    tokenizer: TokenizerConfig = section("The subword vocabulary.", TokenizerConfig)
    model: ModelConfig = section("Shape of the transformer.", ModelConfig)
    training: TrainingConfig = section("Budget, batches and optimizer.", TrainingConfig)
    alignment: AlignmentConfig = section("Word alignments.", AlignmentConfig)
    decoding: DecodingConfig = section("Search used for the final test scores.", DecodingConfig)

    def __post_init__(self) -> None:
        """A run is resumed by its name, and a guided head is one of the model's."""
        require(
            self.alignment.guide_layer in (None, *range(1, self.model.decoder_layers + 1)),
            f"alignment.guide_layer must be between 1 and {self.model.decoder_layers}",
        )
        require(
            not self.resume or self.name is not None,
            "resume=true needs the run's name: add name=NAME",
        )


@dataclass(kw_only=True)
class EvaluateConfig:
    """Options of ``seq2seq evaluate``."""

    run: str = option("latest", "Run to evaluate: its name or its folder.")
    runs_dir: str = option("runs", "Folder that holds the runs.")
    split: str = option("test", "Split of the run's own corpus: test, validation or train.")
    src: str | None = option(None, "Source text file to translate instead of a split.")
    ref: Any = option(None, "Reference file for src; several as [FILE,FILE].")
    device: Device = option(Device.auto, "Where to compute.")
    bootstrap: int = option(1000, "Resamplings behind the confidence intervals.")
    decoding: DecodingConfig = section("Search; greedy is always scored too.", DecodingConfig)

    def __post_init__(self) -> None:
        """A file needs its references, and the other way round."""
        if isinstance(self.ref, str):
            self.ref = [self.ref]
        require(
            (self.src is None) == (not self.ref),
            "give both src=FILE and ref=FILE (or neither, to use the run's own test set)",
        )
        require(
            self.split in ("train", "validation", "test"),
            f"split={self.split}: choose test, validation or train",
        )
        require(self.bootstrap >= 1, "bootstrap must be at least 1")
