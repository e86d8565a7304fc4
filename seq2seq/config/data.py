"""The corpus, its cleaning, and the subword vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from seq2seq.options import MISSING, option, require, section


class Protocol(Enum):
    """How a corpus's literature scores translations, beside scores of raw text."""

    none = "none"
    multi30k = "multi30k"


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
    protocol: Protocol = option(
        Protocol.none, "Score by this protocol of the literature too (needs sacremoses)."
    )
    cache_dir: str = option("data/cache", "Folder for downloads and prepared corpora.")
    processes: int | None = option(
        None, "Processes that clean and tokenize; null: one for each core. The result is the same."
    )
    cleaning: CleaningConfig = section("Rules for training pairs.", CleaningConfig)

    def __post_init__(self) -> None:
        """Refuse a corpus without training files or with empty splits."""
        if self.reverse:
            self.test_references = []  # they are French, as the source is now
            self.protocol = Protocol.none  # it reads French
        require(bool(self.train), "data.train names no file: give data.train=[FILE]")
        require(self.split_seed >= 0, "data.split_seed must be at least 0")
        require(self.extra_epochs >= 1, "data.extra_epochs must be at least 1")
        require(self.processes is None or self.processes >= 1, "data.processes must be at least 1")
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
    bpe_dropout: float = option(0.0, "Probability of passing over a merge in training; 0 is off.")
    train_sentences: int = option(2_000_000, "Sentences sampled at most to learn the pieces.")

    def __post_init__(self) -> None:
        """Refuse impossible sizes."""
        require(self.vocab_size >= 64, "tokenizer.vocab_size must be at least 64")
        require(0 <= self.bpe_dropout < 1, "tokenizer.bpe_dropout must be in [0, 1)")
        require(self.train_sentences >= 1, "tokenizer.train_sentences must be at least 1")
