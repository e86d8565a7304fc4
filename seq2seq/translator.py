"""Text in, translations out: the public Python API.

translator = Translator.load("latest")
translator.translate(["Hello, how are you?"])[0].text
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch

from seq2seq.alignment.weights import AligningHead, CrossAttention
from seq2seq.candidate import END, as_candidate, linked
from seq2seq.config import CleaningConfig, DecodingConfig, Device
from seq2seq.data.cleaning import normalize
from seq2seq.data.encoding import encode_texts
from seq2seq.data.tokenizer import EOS_ID, Tokenizer
from seq2seq.decode import decode
from seq2seq.device import pick_device, side_by_side
from seq2seq.errors import UserError
from seq2seq.forced import forced_batches, forced_log_probs
from seq2seq.model.transformer import Transformer
from seq2seq.run import Run
from seq2seq.search.hypothesis import Hypothesis, hypothesis
from seq2seq.search.lengths import penalty_of
from seq2seq.search.mbr import chrf, expected_utilities, posterior
from seq2seq.translation import Candidate, Translation


class Translator:
    """A model and its tokenizer, ready to translate raw text."""

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer,
        cleaning: CleaningConfig,
        aligning_heads: Sequence[AligningHead] = (),
        others: Sequence[Transformer] = (),
    ) -> None:
        """Wrap a model.

        Args:
            model: Trained weights.
            tokenizer: The one it was trained with.
            cleaning: How the text it was trained on was normalised.
            aligning_heads: Where alignments are read; default: the mean of the last block's heads.
            others: Models with the same tokenizer: an ensemble, whose probabilities are averaged.
                Attention and alignments are those of ``model``.
        """
        self.model = model.eval()
        self.models = [model, *(other.eval() for other in others)]
        self.tokenizer = tokenizer
        self.cleaning = cleaning
        unchosen = AligningHead.unchosen(model.config.decoder_layers)
        self.aligning_heads = list(aligning_heads) or [unchosen]

    @classmethod
    def load(
        cls,
        run: str | Sequence[str] = "latest",
        *,
        runs_dir: str = "runs",
        device: str = "auto",
    ) -> Translator:
        """Open a run by its name or folder, or several that translate together.

        Raises:
            UserError: There is no such run, its files are damaged, or the runs do not fit together.
        """
        names = [run] if isinstance(run, str) else run
        runs = [Run.find(name, runs_dir) for name in names]
        return cls.from_run(runs[0], pick_device(Device(device)), runs[1:])

    @classmethod
    def from_run(cls, run: Run, device: torch.device, others: Sequence[Run] = ()) -> Translator:
        """Open a run that is found already, and others that make an ensemble with it."""
        tokenizer = run.tokenizer()
        for other in others:
            if other.tokenizer().model != tokenizer.model:
                raise UserError(
                    f"{other.folder} has another tokenizer than {run.folder}: an ensemble shares "
                    "one, as runs of one corpus do that differ in seed or model only"
                )
            if other.config.data.reverse != run.config.data.reverse:
                raise UserError(f"{other.folder} translates the other way round than {run.folder}")
        models = [each.load_model(device) for each in (run, *others)]
        if any(len(m.embedding.pieces.weight) != len(tokenizer) for m in models):
            raise UserError(f"{run.folder}: tokenizer and weights are of different runs")
        heads = run.aligning_heads()
        return cls(models[0], tokenizer, run.config.data.cleaning, heads, others=models[1:])

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.model.embedding.pieces.weight.device

    def encode(self, texts: list[str], *, first: int = 1) -> list[list[int]]:
        """Ids of raw texts, of which errors say the number, counted from ``first``.

        Raises:
            UserError: A text is longer than the model can read, or not Unicode.
        """
        limit = min(model.config.max_length for model in self.models)
        return encode_texts(texts, self.tokenizer, self.cleaning, limit, first=first)

    def translate(
        self,
        texts: list[str],
        options: DecodingConfig | None = None,
        *,
        prefixes: Sequence[str] = (),
        align: bool = False,
        first: int = 1,
    ) -> list[Translation]:
        """Translate raw texts; the order is kept, and blank texts stay blank.

        The result for a sentence does not depend on the others: batches are only for speed.

        Args:
            texts: Sentences.
            options: How to decode.
            prefixes: What the translation of each text must begin with, in whole words; default:
                nothing is forced.
            align: Link the words of every translation to those of its source.
            first: Number of the first text in errors, for a caller that translates in chunks.

        Raises:
            UserError: A text is longer than the model can read, or a prefix than it can write.
        """
        options = options or DecodingConfig()
        ids = self.encode(texts, first=first)
        forced = self.encode(list(prefixes), first=first)
        if forced and len(forced) != len(ids):
            raise UserError(f"{len(ids)} texts, but {len(forced)} prefixes: give one for each")

        def work(batch: list[int]) -> list[list[Candidate]]:
            beginnings = [forced[row] for row in batch] if forced else []
            found = self.search([ids[row] for row in batch], options, beginnings)
            made = [
                choose([as_candidate(self.tokenizer, ids[row], h) for h in hypotheses], options)
                for row, hypotheses in zip(batch, found, strict=True)
            ]
            if not align:
                return made
            return self._align([texts[row] for row in batch], [ids[row] for row in batch], made)

        rows = sorted((row for row in range(len(ids)) if ids[row]), key=lambda row: -len(ids[row]))
        size = options.batch_sentences
        batches = [rows[start : start + size] for start in range(0, len(rows), size)]
        candidates: list[list[Candidate]] = [[] for _ in texts]
        for batch, made in zip(batches, side_by_side(work, batches, self.device), strict=True):
            for row, its_candidates in zip(batch, made, strict=True):
                candidates[row] = its_candidates
        return [Translation(text, c) for text, c in zip(texts, candidates, strict=True)]

    def search(
        self,
        src_ids: list[list[int]],
        options: DecodingConfig,
        prefixes: Sequence[list[int]] = (),
    ) -> list[list[Hypothesis]]:
        """Decode one batch of source ids (without ``</s>``); see ``decode``."""
        return decode(self.models, src_ids, options, prefixes)

    def score(
        self,
        pairs: Sequence[tuple[str, str]],
        options: DecodingConfig | None = None,
        *,
        first: int = 1,
    ) -> list[Candidate]:
        """What the model thinks of translations that are given, by forced decoding.

        Args:
            pairs: Sources and their translations.
            options: Whose length penalty makes the score.
            first: Number of the first pair in errors.

        Raises:
            UserError: A text is longer than the model can read.
        """
        penalty = penalty_of(options or DecodingConfig())
        sides = [self.encode(list(side), first=first) for side in zip(*pairs, strict=True)]
        ids: list[tuple[list[int], list[int]]] = list(zip(*sides, strict=True))
        found: dict[int, Candidate] = {}
        for rows, batch in forced_batches(ids, self.device):
            log_probs_BT = forced_log_probs(self.models, batch)
            for row, log_probs_T in zip(rows, log_probs_BT, strict=True):
                src_ids, tgt_ids = ids[row]
                each = log_probs_T[: len(tgt_ids) + 1].tolist()
                forced = hypothesis(tgt_ids, math.fsum(each), penalty, finished=True)
                found[row] = replace(
                    as_candidate(self.tokenizer, src_ids, forced),
                    text=pairs[row][1],
                    piece_log_probabilities=each,
                )
        return [found[row] for row in range(len(pairs))]

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
        found: list[CrossAttention | None] = [None] * len(pairs)
        for rows, batch in forced_batches(pairs, self.device):
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

    def _align(
        self, texts: list[str], ids: list[list[int]], candidates: list[list[Candidate]]
    ) -> list[list[Candidate]]:
        """The candidates of some texts with their words linked."""
        pieces = self.tokenizer.split([normalize(text, self.cleaning) for text in texts])
        pairs = [(src, c.ids) for src, each in zip(ids, candidates, strict=True) for c in each]
        weights = (attention.weights_LHTS for attention in self.align_ids(pairs))
        return [
            linked(each, src_pieces, weights, self.aligning_heads)
            for src_pieces, each in zip(pieces, candidates, strict=True)
        ]


def choose(candidates: list[Candidate], options: DecodingConfig) -> list[Candidate]:
    """Candidates of one sentence, best first: by score, or by minimum Bayes risk."""
    ordered = sorted(candidates, key=lambda candidate: -candidate.score)
    if not options.mbr:
        return ordered
    if options.samples:
        weights = [1.0] * len(ordered)
    else:
        lengths = [len(c.ids) + c.finished for c in ordered]
        weights = posterior([c.log_probability for c in ordered], lengths)
    utilities = expected_utilities([c.text for c in ordered], weights, chrf())
    likeliest = {candidate.text: candidate for candidate in reversed(ordered)}
    ranked = [replace(likeliest[text], utility=utility) for text, utility in utilities.items()]
    return ranked[: options.n_best]
