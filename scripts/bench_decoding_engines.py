"""The engines of ``bench_decoding.py``: ours and its peers, of one shape and on the same ids."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import torch
from bench_peer import marian
from torch import Tensor

from seq2seq.alignment.weights import AligningHead
from seq2seq.config import CleaningConfig, DecodingConfig, ModelConfig, TokenizerConfig
from seq2seq.data.batches import pad
from seq2seq.data.tokenizer import EOS_ID, PAD_ID, Tokenizer
from seq2seq.device import side_by_side
from seq2seq.model.transformer import Transformer
from seq2seq.translator import Translator

if TYPE_CHECKING:
    import ctranslate2
    from transformers import MarianMTModel

LONGEST = 256  # ids, where the length is free
MEAN_LENGTH, SPREAD = 14.4, 4.9  # tokens of Multi30k's test set 2016 among 6,000, and their sd
NEVER_USED = TokenizerConfig(vocab_size=75)  # text is not part of the measurement


class Engine(Protocol):
    """What translates."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Translate ids (without ``</s>``) sorted by length, and count those that are written."""


class Endless(Transformer):
    """A model that never writes ``</s>``: every translation is as long as it may be."""

    def logits(self, hidden_D: Tensor) -> Tensor:
        """What the model thinks of every id but ``</s>``."""
        logits_V = super().logits(hidden_D)
        logits_V[..., EOS_ID] = -torch.inf
        return logits_V


@dataclass(frozen=True)
class Ours:
    """This project's search.

    Attributes:
        translator: The model.
        length: Ids that every translation has; None: until ``</s>``.
    """

    translator: Translator
    length: int | None
    name: str = "ours"

    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Translate sorted ids, and count those that are written."""
        options = DecodingConfig(beam=beam, max_length=self.length, batch_sentences=batch)

        def work(batch_sources: list[list[int]]) -> int:
            found = self.translator.search(batch_sources, options)
            return sum(len(best[0].ids) + best[0].finished for best in found)

        batches = [list(sources[start : start + batch]) for start in range(0, len(sources), batch)]
        return sum(side_by_side(work, batches, self.translator.device))


@dataclass(frozen=True)
class Marian:
    """MarianMT of Hugging Face, with random weights."""

    model: MarianMTModel
    length: int
    name: str

    @classmethod
    def like(cls, ours: Transformer, length: int) -> Marian:
        """The same shape; every translation has ``length`` ids.

        Raises:
            UserError: transformers is not installed.
        """
        model, name = marian(ours.config, ours.embedding.pieces.num_embeddings)
        return cls(model.to(ours.embedding.pieces.weight.device).eval(), length, name)

    @torch.inference_mode()
    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Generate batch by batch, with caches."""
        written = 0
        for start in range(0, len(sources), batch):
            src_BS = pad([[*ids, EOS_ID] for ids in sources[start : start + batch]])
            src_BS = src_BS.to(self.model.device)
            found_BT = self.model.generate(
                input_ids=src_BS, attention_mask=(src_BS != PAD_ID).long(), num_beams=beam,
                do_sample=False, min_new_tokens=self.length, max_new_tokens=self.length,
            )  # fmt: skip
            written += found_BT[:, 1:].numel()
        return written


@dataclass(frozen=True)
class CTranslate2:
    """Our own weights, converted to CTranslate2 (https://opennmt.net/CTranslate2)."""

    translator: ctranslate2.Translator
    length: int | None
    name: str

    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Translate all batches in one call, so that several workers can share them."""
        results = self.translator.translate_batch(
            [[str(i) for i in ids] for ids in sources],
            max_batch_size=batch, max_input_length=0, beam_size=beam,
            min_decoding_length=self.length or 1, max_decoding_length=self.length or LONGEST,
            return_end_token=True,
        )  # fmt: skip
        return sum(len(result.hypotheses[0]) for result in results)


def converted(
    ours: Transformer, length: int | None, threads: int, folder: Path
) -> list[CTranslate2]:
    """Our weights in float32 and in int8, by one worker of all threads and by workers of one.

    Raises:
        UserError: CTranslate2 is not installed.
    """
    from seq2seq.export.library import ctranslate2
    from seq2seq.export.spec import build_spec

    engines = []
    vocabulary = [str(i) for i in range(ours.embedding.pieces.num_embeddings)]
    head = AligningHead.unchosen(ours.config.decoder_layers)  # whose attention nobody asks for
    device = "cuda" if ours.embedding.pieces.weight.is_cuda else "cpu"
    for precision, quantization in (("float32", None), ("int8", "int8")):
        spec = build_spec(copy.deepcopy(ours).cpu(), vocabulary, head)
        spec.validate()
        spec.optimize(quantization=quantization)
        (folder / precision).mkdir()
        spec.save(str(folder / precision))
        for workers in sorted({1, threads}):
            each = threads // workers
            translator = ctranslate2.Translator(
                str(folder / precision), device=device, inter_threads=workers, intra_threads=each
            )
            name = f"CTranslate2 {precision}, {workers} x {each} threads"
            engines.append(CTranslate2(translator, length, name))
    torch.set_num_threads(threads)  # opening a model has changed PyTorch's, too
    return engines


def peers(ours: Transformer, length: int | None, threads: int, folder: Path) -> list[Engine]:
    """All engines to compare with; MarianMT cannot take a run's weights and is of random ones.

    Args:
        ours: Our model.
        length: Ids that every translation has; None: until ``</s>``.
        threads: CPU threads of every engine.
        folder: An empty one, for converted weights.

    Raises:
        UserError: An engine is not installed.
    """
    engines: list[Engine] = [] if length is None else [Marian.like(ours, length)]
    return engines + converted(ours, length, threads, folder)


def random_translator(config: ModelConfig, vocab_size: int, device: torch.device) -> Translator:
    """Random weights, which write no ``</s>``."""
    torch.manual_seed(1)
    model = Endless(config, vocab_size, PAD_ID).to(device)
    tokenizer = Tokenizer.train(["text"], NEVER_USED)
    return Translator(model, tokenizer, CleaningConfig())


def random_sources(count: int, vocab_size: int) -> list[list[int]]:
    """Ids without ``</s>``, long sentences first, of gamma-distributed lengths."""
    rng = random.Random(1)
    shape = (MEAN_LENGTH / SPREAD) ** 2
    lengths = [round(rng.gammavariate(shape, MEAN_LENGTH / shape)) or 1 for _ in range(count)]
    ordinary = range(EOS_ID + 1, vocab_size)
    return [rng.choices(ordinary, k=length) for length in sorted(lengths, reverse=True)]
