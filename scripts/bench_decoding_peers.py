"""Engines to be measured beside this project's decoder, on the same ids and with the same shape."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import torch
from bench_peer import marian

from seq2seq.alignment.weights import AligningHead
from seq2seq.data.batches import pad
from seq2seq.data.tokenizer import EOS_ID, PAD_ID
from seq2seq.model.transformer import Transformer

if TYPE_CHECKING:
    import ctranslate2
    from transformers import MarianMTModel

LONGEST = 256  # ids, where the length is free


class Engine(Protocol):
    """What translates."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def decode(self, sources: Sequence[list[int]], beam: int, batch: int) -> int:
        """Translate ids (without ``</s>``) sorted by length, and count those that are written."""


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
