"""Text in, translations out: the public Python API.

translator = Translator.load("latest")
translator.translate(["Hello, how are you?"])[0].text
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from seq2seq.alignment.weights import (
    AligningHead,
    CrossAttention,
    Reading,
    align_words,
)
from seq2seq.config import CleaningConfig, DecodingConfig, Device
from seq2seq.data.batches import Batch, pad
from seq2seq.data.cleaning import normalize
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, Tokenizer
from seq2seq.device import pick_device
from seq2seq.errors import UserError
from seq2seq.model.transformer import DecoderState, Transformer
from seq2seq.run import Run
from seq2seq.search.beam import beam_search
from seq2seq.search.greedy import greedy
from seq2seq.search.hypothesis import Hypothesis
from seq2seq.translation import Candidate, Translation

ALIGN_SENTENCES = 64  # aligned together
END = "</s>"


class Translator:
    """A model and its tokenizer, ready to translate raw text."""

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer,
        cleaning: CleaningConfig,
        aligning_heads: Sequence[AligningHead] = (),
    ) -> None:
        """Wrap a model.

        Args:
            model: Trained weights.
            tokenizer: The one it was trained with.
            cleaning: How the text it was trained on was normalised.
            aligning_heads: Where alignments are read; default: the mean of the last block's heads.
        """
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.cleaning = cleaning
        last = AligningHead(Reading.output, model.config.decoder_layers - 1)
        self.aligning_heads = list(aligning_heads) or [last]

    @classmethod
    def load(
        cls, run: str = "latest", *, runs_dir: str = "runs", device: str = "auto"
    ) -> Translator:
        """Open a run by its name or folder.

        Raises:
            UserError: There is no such run, or its files are damaged.
        """
        return cls.from_run(Run.find(run, runs_dir), pick_device(Device(device)))

    @classmethod
    def from_run(cls, run: Run, device: torch.device) -> Translator:
        """Open a run that is found already."""
        model, tokenizer = run.load_model(device), run.tokenizer()
        if model.embedding.pieces.num_embeddings != len(tokenizer):
            raise UserError(f"{run.folder}: tokenizer and weights are of different runs")
        return cls(model, tokenizer, run.config.data.cleaning, run.aligning_heads())

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.embedding.pieces.weight.device

    def encode(self, texts: list[str], *, first: int = 1) -> list[list[int]]:
        """Ids of raw texts, of which errors say the number, counted from ``first``.

        Raises:
            UserError: A text is longer than the model can read, or not Unicode.
        """
        for number, text in enumerate(texts, first):
            if any("\ud800" <= character <= "\udfff" for character in text):  # undecoded bytes
                raise UserError(f"sentence {number} is not UTF-8: convert it first")
        ids = self.tokenizer.encode([normalize(text, self.cleaning) for text in texts])
        limit = self.model.config.max_length
        for number, sentence in enumerate(ids, first):
            if len(sentence) >= limit:
                raise UserError(
                    f"sentence {number} has {len(sentence)} tokens, the model reads at most "
                    f"{limit - 1}: split it"
                )
        return ids

    def translate(
        self,
        texts: list[str],
        options: DecodingConfig | None = None,
        *,
        align: bool = False,
        first: int = 1,
    ) -> list[Translation]:
        """Translate raw texts; the order is kept, and blank texts stay blank.

        The result for a sentence does not depend on the others: batches are only for speed.

        Args:
            texts: Sentences.
            options: How to search.
            align: Link the words of every translation to those of its source.
            first: Number of the first text in errors, for a caller that translates in chunks.

        Raises:
            UserError: A text is longer than the model can read.
        """
        options = options or DecodingConfig()
        ids = self.encode(texts, first=first)
        rows = sorted((row for row in range(len(ids)) if ids[row]), key=lambda row: -len(ids[row]))
        candidates: list[list[Candidate]] = [[] for _ in texts]
        for start in range(0, len(rows), options.batch_sentences):
            batch = rows[start : start + options.batch_sentences]
            found = self.search([ids[row] for row in batch], options)
            for row, hypotheses in zip(batch, found, strict=True):
                candidates[row] = [self._candidate(h) for h in hypotheses]
            if align:
                self._align(batch, texts, ids, candidates)
        return [Translation(text, c) for text, c in zip(texts, candidates, strict=True)]

    @torch.inference_mode()
    def search(self, src_ids: list[list[int]], options: DecodingConfig) -> list[list[Hypothesis]]:
        """Search one batch of source ids (without ``</s>``)."""
        src_BS = pad([[*ids, EOS_ID] for ids in src_ids]).to(self.device)
        limits_B = torch.tensor([self._limit(len(ids), options) for ids in src_ids])
        limits_B = limits_B.to(self.device)
        state = self.model.start(src_BS, options.beam, int(limits_B.max()))
        if options.beam == 1:
            found = greedy(
                self._step, state, limits_B, bos_id=BOS_ID, eos_id=EOS_ID,
                alpha=options.length_penalty,
            )  # fmt: skip
            return [[h] for h in found]
        return beam_search(
            self._step, state, limits_B, beams=options.beam, n_best=options.n_best,
            alpha=options.length_penalty, bos_id=BOS_ID, eos_id=EOS_ID,
        )  # fmt: skip

    def align(self, src: str, tgt: str) -> CrossAttention:
        """Cross-attention of any sentence pair, from one teacher-forced pass."""
        return self.align_texts([(src, tgt)])[0]

    def align_texts(
        self, pairs: Sequence[tuple[str, str]], *, first: int = 1
    ) -> list[CrossAttention]:
        """``align`` for many pairs; ``first`` is the number of the first one in errors."""
        sides = [self.encode(list(side), first=first) for side in zip(*pairs, strict=True)]
        texts = [[normalize(t, self.cleaning) for t in side] for side in zip(*pairs, strict=True)]
        pieces = [self.tokenizer.split(side) for side in texts]
        found = self.align_ids(list(zip(*sides, strict=True)))
        return [
            CrossAttention([*src, END], [*tgt, END], attention.weights_LHTS)
            for src, tgt, attention in zip(*pieces, found, strict=True)
        ]

    @torch.inference_mode()
    def align_ids(self, pairs: Sequence[tuple[list[int], list[int]]]) -> list[CrossAttention]:
        """``align`` for ids (without special ones), such as those of hypotheses."""
        order = sorted(range(len(pairs)), key=lambda row: len(pairs[row][1]))
        found: list[CrossAttention | None] = [None] * len(pairs)
        for start in range(0, len(order), ALIGN_SENTENCES):
            rows = order[start : start + ALIGN_SENTENCES]
            src_ids, tgt_ids = zip(*(pairs[row] for row in rows), strict=True)
            batch = Batch.from_ids(list(src_ids), list(tgt_ids)).to(self.device)
            every = range(self.model.config.decoder_layers)
            weights = self.model(batch.src, batch.tgt_in, weights_of=every).cross_attention
            for index, row in enumerate(rows):
                src, tgt = ([*side, EOS_ID] for side in pairs[row])
                found[row] = CrossAttention(
                    self.tokenizer.pieces(src),
                    self.tokenizer.pieces(tgt),
                    weights[:, index, :, : len(tgt), : len(src)].cpu().numpy(),
                )
        return [attention for attention in found if attention is not None]

    def _step(self, last_NW: Tensor, state: DecoderState) -> Tensor:
        return self.model.step(last_NW, state).log_softmax(dim=-1)

    def _limit(self, src_length: int, options: DecodingConfig) -> int:
        """Most ids of a translation, ``</s>`` included.

        One less than the model can write: even a translation that is cut here can be read back
        after ``<s>``, to be aligned.
        """
        wish = options.max_length or 2 * src_length + 10
        return min(wish, self.model.config.max_length - 1)

    def _align(
        self,
        rows: list[int],
        texts: list[str],
        ids: list[list[int]],
        candidates: list[list[Candidate]],
    ) -> None:
        """Link the candidates of some rows; unknown characters of the texts stay as they are."""
        pieces = self.tokenizer.split([normalize(texts[row], self.cleaning) for row in rows])
        pairs = [(ids[row], c.ids) for row in rows for c in candidates[row]]
        attentions = iter(self.align_ids(pairs))
        for row, src_pieces in zip(rows, pieces, strict=True):
            for number, candidate in enumerate(candidates[row]):
                attention = replace(next(attentions), src_pieces=[*src_pieces, END])
                alignment = align_words(attention, self.aligning_heads)
                candidates[row][number] = replace(candidate, alignment=alignment)

    def _candidate(self, found: Hypothesis) -> Candidate:
        return Candidate(
            self.tokenizer.decode(found.ids),
            found.ids,
            self.tokenizer.pieces(found.ids),
            found.score,
            found.log_probability,
            found.finished,
        )
