"""What decoding promises, proved on a run: every promise is one function below.

Each is checked twice: in float64, where rounding hides nothing and all translations must be
identical, and in float32, which users have and where rounding may decide a tie.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING
from unittest import mock

import torch
from torch import Tensor

from seq2seq.config import DecodingConfig
from seq2seq.data.batches import Batch, pad
from seq2seq.data.tokenizer import BOS_ID, EOS_ID, PAD_ID
from seq2seq.decode import log_probs
from seq2seq.forced import forced_log_probs
from seq2seq.model import attention
from seq2seq.model.transformer import Transformer
from seq2seq.search.beam import beam_search
from seq2seq.search.hypothesis import Hypothesis
from seq2seq.search.lengths import penalty_of
from seq2seq.translation import Candidate
from seq2seq.translator import Translator

if TYPE_CHECKING:  # CTranslate2 need not be installed
    from seq2seq.export.engine import CTranslate2Translator

BEAM = DecodingConfig()
GREEDY = replace(BEAM, beam=1)
ROWS = 16  # sentences in a batch: all their logits are held at once
ROUNDING = {torch.float64: 1e-9, torch.float32: 1e-4}  # of log-probabilities and scores
IDENTICAL = {torch.float64: 1.0, torch.float32: 0.999}  # share of the translations
EXPORTED, EXPORTED_IDENTICAL = 1e-3, 0.995  # the same of another engine's arithmetic


@dataclass(frozen=True)
class Check:
    """A promise, and how far it is kept.

    Attributes:
        promise: What was compared.
        precision: What it was computed in.
        difference: Largest difference of a log-probability or score, of translations that are the
            same.
        allowed: What rounding may cause.
        identical: Share of translations that are the same; None where none were compared.
        required: What that share must be: where it is below 1, rounding may decide a tie.
    """

    promise: str
    precision: torch.dtype
    difference: float
    allowed: float
    identical: float | None = None
    required: float = 1.0

    @property
    def kept(self) -> bool:
        """Whether the promise is kept; a difference that is not a number breaks it."""
        same = self.identical is None or self.identical >= self.required
        return same and self.difference <= self.allowed


@dataclass(frozen=True)
class Subject:
    """A model in one precision, and sentences with the best translation that each search finds."""

    translator: Translator
    texts: list[str]
    ids: list[list[int]]
    greedy: list[Candidate]
    beam: list[Candidate]

    @classmethod
    def of(cls, translator: Translator, texts: list[str]) -> Subject:
        """Translate as users do: all sentences together, sorted into batches."""
        greedy, beam = (
            [t.candidates[0] for t in translator.translate(texts, options)]
            for options in (GREEDY, BEAM)
        )
        return cls(translator, texts, translator.encode(texts), greedy, beam)

    @property
    def model(self) -> Transformer:
        """The model."""
        return self.translator.model

    @property
    def precision(self) -> torch.dtype:
        """What the model computes in."""
        return self.model.embedding.pieces.weight.dtype

    def best(self, search: DecodingConfig) -> list[Candidate]:
        """The translations of ``GREEDY`` or ``BEAM``."""
        return self.greedy if search is GREEDY else self.beam

    def batches(self) -> Iterator[Batch]:
        """The sentences and their greedy translations, a few at a time."""
        for start in range(0, len(self.ids), ROWS):
            translated = [candidate.ids for candidate in self.greedy[start : start + ROWS]]
            batch = Batch.from_ids(self.ids[start : start + ROWS], translated)
            yield batch.to(self.translator.device)


def cached_steps_equal_one_pass(subject: Subject) -> Check:
    """Token by token with caches, as in decoding, or all positions at once, as in training."""
    gaps = []
    for batch in subject.batches():
        length = batch.tgt_in.shape[1]
        state = subject.model.start(batch.src, 1, length)
        steps = [subject.model.step(batch.tgt_in[:, t : t + 1], state) for t in range(length)]
        cached_BTV = torch.cat(steps, dim=1).log_softmax(dim=-1)
        gaps.append(gap(cached_BTV, one_pass(subject.model, batch), batch.tgt_out != PAD_ID))
    return differing("cached steps = one pass", subject, gaps)


def padding_changes_nothing(subject: Subject) -> Check:
    """Each pair alone, or beside longer ones."""
    gaps = []
    for batch in subject.batches():
        padded_BTV = one_pass(subject.model, batch)
        for row in range(len(batch.src)):
            sides = (side[row] for side in (batch.src, batch.tgt_in, batch.tgt_out))
            alone = Batch(*(side[side != PAD_ID][None] for side in sides))
            beside_1TV = padded_BTV[row : row + 1, : alone.tgt_in.shape[1]]
            gaps.append(gap(one_pass(subject.model, alone), beside_1TV))
    return differing("padded = unpadded", subject, gaps)


def attention_paths_agree(subject: Subject) -> Check:
    """The fused kernel, or the open softmax that returns the weights (always in float32)."""
    gaps = []
    every = range(subject.model.config.decoder_layers)
    for batch in subject.batches():
        open_BTV = one_pass(subject.model, batch, weights_of=every)
        with mock.patch.object(attention, "OPEN_SCORES", 0):  # or short ones are open both times
            fused_BTV = one_pass(subject.model, batch)
        gaps.append(gap(open_BTV, fused_BTV, batch.tgt_out != PAD_ID))
    check = differing("fused = open attention", subject, gaps)
    return replace(check, allowed=ROUNDING[torch.float32])


def a_beam_of_one_is_greedy(subject: Subject) -> Check:
    """Beam search with a single slot, or the search that is made for it."""
    found: list[Hypothesis] = []
    for start in range(0, len(subject.ids), GREEDY.batch_sentences):
        rows = slice(start, start + GREEDY.batch_sentences)
        steps_N = torch.tensor([len(c.ids) + c.finished for c in subject.greedy[rows]])
        src_NS = pad([[*ids, EOS_ID] for ids in subject.ids[rows]]).to(subject.translator.device)
        n_best = beam_search(
            partial(log_probs, subject.model),
            subject.model.start(src_NS, 1, int(steps_N.max())),
            steps_N.to(src_NS.device),
            beams=1, n_best=1, penalty=penalty_of(GREEDY), bos_id=BOS_ID, eos_id=EOS_ID,
        )  # fmt: skip
        found += [hypotheses[0] for hypotheses in n_best]
    return translations("beam 1 = greedy", subject, subject.greedy, found)


def stopping_early_loses_nothing(subject: Subject) -> Check:
    """The beam that stops as soon as its best is certain, or one that fills all of its slots."""
    patient = replace(BEAM, n_best=BEAM.beam)
    found = subject.translator.translate(subject.texts, patient)
    best = [translation.candidates[0] for translation in found]
    return translations("beam stopped early = patient beam", subject, subject.beam, best)


def batches_change_nothing(subject: Subject, search: DecodingConfig) -> Check:
    """All sentences together, or each alone."""
    alone = [subject.translator.translate([text], search)[0] for text in subject.texts]
    found = [translation.candidates[0] for translation in alone]
    return translations(f"batch = single, {name(search)}", subject, subject.best(search), found)


def order_changes_nothing(subject: Subject, search: DecodingConfig) -> Check:
    """Sentences sorted by length, or as they come, and in smaller batches."""
    found = []
    for start in range(0, len(subject.ids), ROWS):
        n_best = subject.translator.search(subject.ids[start : start + ROWS], search)
        found += [hypotheses[0] for hypotheses in n_best]
    return translations(f"sorted = unsorted, {name(search)}", subject, subject.best(search), found)


def scores_are_those_of_forced_decoding(subject: Subject, search: DecodingConfig) -> Check:
    """What the search added up, or the finished translation read back in one pass."""
    gaps = []
    for src_ids, candidate in zip(subject.ids, subject.best(search), strict=True):
        batch = Batch.from_ids([src_ids], [candidate.ids]).to(subject.translator.device)
        written = len(candidate.ids) + candidate.finished  # no </s> at the length limit
        log_prob = forced_log_probs([subject.model], batch)[0, :written].sum()
        score = log_prob / penalty_of(search)(written)
        gaps.append((score - candidate.score).abs())
    return differing(f"score = forced decoding, {name(search)}", subject, gaps)


def the_exported_model_agrees(subject: Subject, exported: CTranslate2Translator) -> Check:
    """Our search with our kernels, or CTranslate2 on the exported weights: both in float32."""
    found = exported.translate(subject.texts, GREEDY)
    best = [translation.candidates[0] for translation in found]
    check = translations("exported = ours, greedy", subject, subject.greedy, best)
    return replace(check, allowed=EXPORTED, required=EXPORTED_IDENTICAL)


PROMISES: list[Callable[[Subject], Check]] = [
    cached_steps_equal_one_pass,
    padding_changes_nothing,
    attention_paths_agree,
    a_beam_of_one_is_greedy,
    stopping_early_loses_nothing,
]
PROMISES_OF_BOTH_SEARCHES: list[Callable[[Subject, DecodingConfig], Check]] = [
    batches_change_nothing,
    order_changes_nothing,
    scores_are_those_of_forced_decoding,
]


@torch.inference_mode()
def selfcheck(
    translator: Translator, texts: list[str], exported: CTranslate2Translator | None = None
) -> list[Check]:
    """Check every promise in float64 and in float32.

    Args:
        translator: A model in float32.
        texts: Sentences; blank ones are left out.
        exported: The same model, exported for CTranslate2.

    Raises:
        UserError: A text is longer than the model can read.
    """
    texts = [text for text, ids in zip(texts, translator.encode(texts), strict=True) if ids]
    checks = []
    for precise in (in_float64(translator), translator):
        subject = Subject.of(precise, texts)
        checks += [promise(subject) for promise in PROMISES]
        for promise in PROMISES_OF_BOTH_SEARCHES:
            checks += [promise(subject, search) for search in (GREEDY, BEAM)]
    return [*checks, the_exported_model_agrees(subject, exported)] if exported else checks


def in_float64(translator: Translator) -> Translator:
    """A copy with twice the digits, on the CPU if it was on MPS, which has no float64."""
    model = copy.deepcopy(translator.model)
    model = model.cpu() if translator.device.type == "mps" else model
    return Translator(model.double(), translator.tokenizer, translator.cleaning)


def one_pass(model: Transformer, batch: Batch, weights_of: Collection[int] = ()) -> Tensor:
    """(B, T, V) log-probabilities, teacher-forced."""
    decoded = model.decode(batch.tgt_in, model.encode(batch.src), weights_of=weights_of)
    return model.logits(decoded.hidden).log_softmax(dim=-1)


def gap(one_BTV: Tensor, other_BTV: Tensor, where_BT: Tensor | None = None) -> Tensor:
    """The largest difference, of all positions or of those that are chosen."""
    gap_BTV = (one_BTV - other_BTV).abs()
    return (gap_BTV if where_BT is None else gap_BTV[where_BT]).max()


def differing(promise: str, subject: Subject, gaps: list[Tensor]) -> Check:
    """A check of numbers."""
    largest = float(torch.stack(gaps).max())  # unlike Python's max, keeps what is not a number
    return Check(promise, subject.precision, largest, ROUNDING[subject.precision])


def translations(
    promise: str,
    subject: Subject,
    ones: Sequence[Candidate],
    others: Sequence[Candidate | Hypothesis],
) -> Check:
    """A check of translations and of the scores of those that are the same."""
    gaps = [
        torch.tensor(abs(one.score - other.score))
        for one, other in zip(ones, others, strict=True)
        if (one.ids, one.finished) == (other.ids, other.finished)
    ]
    check = differing(promise, subject, [torch.tensor(0.0), *gaps])
    required = IDENTICAL[subject.precision]
    return replace(check, identical=len(gaps) / len(ones), required=required)


def name(search: DecodingConfig) -> str:
    """``greedy`` or ``beam 5``."""
    return "greedy" if search.beam == 1 else f"beam {search.beam}"


def table(checks: list[Check]) -> str:
    """Every check in a line, float64 first."""
    lines = []
    for precision, group in groupby(checks, key=lambda check: check.precision):
        title = f"in {str(precision).removeprefix('torch.')}"
        lines.append(f"\n{title:<36}{'largest difference':>20}{'allowed':>10}{'identical':>12}")
        for c in group:
            identical = "" if c.identical is None else f"{c.identical:.2%}"
            lines.append(
                f"{c.promise:<36}{c.difference:20.1e}{c.allowed:10.0e}{identical:>12}"
                f"  {'ok' if c.kept else 'BROKEN'}"
            )
    return "\n".join(lines).lstrip("\n")
