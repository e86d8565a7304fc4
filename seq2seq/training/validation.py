"""What is measured at every validation: loss, BLEU, alignment errors, health, and pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from seq2seq.alignment.weights import Reading, align_words
from seq2seq.analysis.alignment_error import AlignmentErrors, alignment_errors
from seq2seq.analysis.health import examine
from seq2seq.analysis.plots import errors_figure, heads_figure, mean_figure, words_figure
from seq2seq.analysis.probes import write_probes
from seq2seq.analysis.score import bleu, chrf
from seq2seq.config import DecodingConfig
from seq2seq.data.batches import Batch
from seq2seq.data.corpus import Corpus
from seq2seq.data.gold import GoldPair, read_gold
from seq2seq.data.tokenizer import PAD_ID
from seq2seq.options import require
from seq2seq.run import Run
from seq2seq.training.log import Log
from seq2seq.training.loss import smoothed_cross_entropy
from seq2seq.translator import Translator

GREEDY = DecodingConfig(beam=1)
TEXT_SAMPLES = 20  # sentences shown in TensorBoard
BATCH = 64  # sentences
EXAMINED = 64  # sentences whose cross-attention is examined


@dataclass(frozen=True)
class Validated:
    """What a validation found.

    Attributes:
        bleu: Of greedy translations.
        errors: Alignment error rates of every head; None without gold links.
    """

    bleu: float
    errors: AlignmentErrors | None


class Validator:
    """Measures the averaged model of a run."""

    def __init__(self, run: Run, corpus: Corpus, translator: Translator) -> None:
        """Read what is measured on, so that what is wrong with it is known before training.

        Raises:
            UserError: The gold links cannot be read, or a source is longer than the model reads.
        """
        self.run = run
        self.corpus = corpus
        self.translator = translator
        self.longest = run.config.model.max_length - 1  # tokens, </s> apart
        sources = {
            "validation source": corpus.validation["src_ids"],
            "test source": corpus.test["src_ids"],
            "probe": corpus.tokenizer.encode(run.config.probes),
        }
        for name, ids in sources.items():
            longest = max(map(len, ids), default=0)
            require(
                longest <= self.longest,
                f"a {name} has {longest} tokens, the model reads {self.longest}: split it, or "
                "raise model.max_length",
            )
        self.gold = [pair for pair in gold_pairs(run) if self._fits(pair)]

    def _fits(self, pair: GoldPair) -> bool:
        sides = self.corpus.tokenizer.encode([pair.src, pair.tgt])
        return max(map(len, sides)) <= self.longest

    def validate(self, step: int, log: Log) -> Validated:
        """Measure and record everything but the pictures."""
        loss, nll = self.loss()
        limit = self.run.config.training.validation_sentences
        texts = self.corpus.validation[:limit]
        translations = self.translator.translate(texts["src"], GREEDY)
        hypotheses = [t.text for t in translations]
        score = bleu(hypotheses, texts["tgt"])
        errors = alignment_errors(self.translator, self.gold) if self.gold else None
        rows = zip(texts["src"], texts["tgt"], texts["tgt_ids"], strict=True)
        pairs = [
            (src, tgt)
            for src, tgt, ids in rows
            if src.strip() and tgt.strip() and len(ids) <= self.longest
        ]
        log.scalars(
            step,
            {
                "validation/loss": loss,
                "validation/perplexity": math.exp(min(nll, 100)),
                "validation/bleu": score,
                "validation/chrf": chrf(hypotheses, texts["tgt"]),
                **(error_rates(errors) if errors else {}),
                **(examine(self.translator, pairs[:EXAMINED]).scalars() if pairs else {}),
            },
        )
        shown = zip(texts["src"], hypotheses, texts["tgt"], strict=True)
        header = ["source", "hypothesis", "reference"]
        log.table(step, "validation", header, [list(row) for row in shown][:TEXT_SAMPLES])
        aer = f", AER {100 * errors.aer:.1f}" if errors else ""
        log.say(f"step {step}: validation loss {loss:.3f}, BLEU {score:.1f} (greedy){aer}")
        return Validated(score, errors)

    @torch.inference_mode()
    def loss(self) -> tuple[float, float]:
        """Mean loss and negative log-likelihood of a validation token, in nats."""
        validation = self.corpus.validation
        model, smoothing = self.translator.model, self.run.config.training.label_smoothing
        pairs = [
            (src, tgt)
            for src, tgt in zip(validation["src_ids"], validation["tgt_ids"], strict=True)
            if max(len(src), len(tgt)) <= self.longest
        ]
        pairs.sort(key=lambda pair: len(pair[1]))
        total, tokens = torch.zeros(2), 0
        for start in range(0, len(pairs), BATCH):
            src_ids, tgt_ids = zip(*pairs[start : start + BATCH], strict=True)
            batch = Batch.from_ids(list(src_ids), list(tgt_ids)).to(self.translator.device)
            real_BT = batch.tgt_out != PAD_ID
            hidden_ND = model(batch.src, batch.tgt_in).hidden[real_BT]
            table_VD = model.embedding.pieces.weight
            sums = smoothed_cross_entropy(hidden_ND, table_VD, batch.tgt_out[real_BT], smoothing)
            total += torch.stack([sums.loss, sums.nll]).cpu()
            tokens += batch.tgt_tokens
        loss, nll = (total / tokens).tolist()
        return loss, nll

    def draw(self, step: int, log: Log, found: Validated) -> None:
        """Cross-attention of the probes, drawn for TensorBoard and kept as arrays."""
        heads, aer = self.translator.aligning_heads, ""
        if found.errors is not None:
            log.figure(step, "alignment/error_rates", errors_figure(found.errors, f"step {step}"))
            heads, aer = found.errors.heads, f", AER {100 * found.errors.aer:.1f}"
        probes = self.run.config.probes
        drawn = []
        for number, probe in enumerate(probes, 1):
            (src_ids,) = self.translator.encode([probe])
            candidates = self.translator.translate([probe], GREEDY)[0].candidates
            tgt_ids = candidates[0].ids if candidates else []  # read back as text, it may be longer
            attention = self.translator.align_ids([(src_ids, tgt_ids)])[0]
            title = f"step {step}: {probe}"
            log.figure(step, f"attention/{number}_mean", mean_figure(attention, title))
            log.figure(step, f"attention/{number}_heads", heads_figure(attention, title))
            words = align_words(attention, heads)
            log.figure(step, f"attention/{number}_words", words_figure(words, f"{title}{aer}"))
            drawn.append(attention)
        write_probes(self.run, step, probes, drawn)


def gold_pairs(run: Run) -> list[GoldPair]:
    """The gold links that the run's options name, in the run's direction."""
    config = run.config
    if config.alignment.gold is None:
        return []
    pairs = read_gold(config.alignment.gold)
    return [pair.reversed() for pair in pairs] if config.data.reverse else pairs


def error_rates(errors: AlignmentErrors) -> dict[str, float]:
    """Error rates of the aligning heads and of the best one of each reading, as percentages."""
    alone = {f"{r.value}_reading": errors.of(errors.best(r)) for r in Reading}
    rates = {"aligning_heads": errors.aer, **alone}
    return {f"validation_aer/{name}": 100 * rate for name, rate in rates.items()}
