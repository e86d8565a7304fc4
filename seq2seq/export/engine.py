"""An exported run that CTranslate2 translates with: the API of ``Translator``, without torch.

translator = CTranslate2Translator.load("exported")
translator.translate(["Hello, how are you?"])[0].text
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seq2seq.alignment.weights import AligningHead
from seq2seq.candidate import as_candidate, linked
from seq2seq.config import DecodingConfig, Device
from seq2seq.data.cleaning import normalize
from seq2seq.data.encoding import encode_texts
from seq2seq.data.tokenizer import EOS_ID, Tokenizer
from seq2seq.errors import UserError, first_line
from seq2seq.export.library import ctranslate2
from seq2seq.options import require, require_defaults
from seq2seq.run import EXPORTED, Run
from seq2seq.search.hypothesis import Hypothesis, hypothesis
from seq2seq.search.lengths import limit, penalty_of
from seq2seq.translation import Translation

SUPPORTED = {"beam", "n_best", "penalty", "length_penalty", "max_length", "batch_sentences"}
ALIGN_SENTENCES = 64  # aligned together


class CTranslate2Translator:
    """An exported model and its tokenizer, ready to translate raw text."""

    def __init__(self, model: ctranslate2.Translator, run: Run, tokenizer: Tokenizer) -> None:
        """Wrap a model that was exported from ``run``."""
        self.model = model
        self.tokenizer = tokenizer
        self.vocabulary = tokenizer.vocabulary()
        self.cleaning = run.config.data.cleaning
        self.model_length = run.config.model.max_length
        unchosen = AligningHead.unchosen(run.config.model.decoder_layers)
        self.aligning_head = (run.aligning_heads() or [unchosen])[0]

    @classmethod
    def load(
        cls, run: str = "latest", *, runs_dir: str = "runs", device: str = "auto"
    ) -> CTranslate2Translator:
        """Open what ``seq2seq export --format ctranslate2`` made.

        Raises:
            UserError: There is no such folder, its files are damaged, or the device is not there.
        """
        return cls.from_run(Run.find(run, runs_dir), device)

    @classmethod
    def from_run(cls, run: Run, device: str) -> CTranslate2Translator:
        """Open an exported folder that is found already."""
        if not (run.folder / EXPORTED).is_file():
            raise UserError(
                f"{run.folder} is not exported: "
                f"seq2seq export --run {run.folder} --format ctranslate2 --out FOLDER"
            )
        if Device(device) is Device.mps:
            raise UserError("CTranslate2 knows no device mps: use auto, cpu or cuda")
        try:
            model = ctranslate2.Translator(str(run.folder), device=device)
        except (RuntimeError, ValueError) as error:
            raise UserError(f"cannot open {run.folder}: {first_line(error)}") from error
        return cls(model, run, run.tokenizer())

    def translate(
        self,
        texts: list[str],
        options: DecodingConfig | None = None,
        *,
        prefixes: Sequence[str] = (),
        align: bool = False,
        first: int = 1,
    ) -> list[Translation]:
        """Translate raw texts as ``Translator.translate`` does.

        Sentences with the same length limit are searched together.

        Args:
            texts: Sentences.
            options: How to search.
            prefixes: None can be forced here.
            align: Link the words of every translation to those of its source, by one head.
            first: Number of the first text in errors.

        Raises:
            UserError: A text is longer than the model can read, or CTranslate2 lacks an option.
        """
        options = options or DecodingConfig()
        require(not prefixes, "a forced beginning is not an option of --engine ctranslate2")
        require_defaults(options, SUPPORTED, "is not an option of --engine ctranslate2")
        ids = encode_texts(texts, self.tokenizer, self.cleaning, self.model_length, first=first)
        limits = [limit(len(sentence), 0, options, self.model_length - 1) for sentence in ids]
        found: list[list[Hypothesis]] = [[] for _ in texts]
        for most, rows in rows_of(limits).items():
            rows = [row for row in rows if ids[row]]
            hypotheses = self.search([ids[row] for row in rows], most, options)
            for row, best in zip(rows, hypotheses, strict=True):
                found[row] = best
        translations = [
            Translation(text, [as_candidate(self.tokenizer, src_ids, h) for h in best])
            for text, src_ids, best in zip(texts, ids, found, strict=True)
        ]
        return self._link(translations, ids) if align else translations

    def search(
        self, src_ids: list[list[int]], limit: int, options: DecodingConfig
    ) -> list[list[Hypothesis]]:
        """Search source ids (without ``</s>``), best hypotheses first.

        CTranslate2 ends a sentence when as many hypotheses have ended as its beam is wide, and
        divides scores by another length penalty. It therefore gives all of them, with their plain
        log-probabilities, and they are scored and sorted here.
        """
        results = self.model.translate_batch(
            self._tokens(src_ids),
            max_batch_size=options.batch_sentences,
            max_input_length=0,
            beam_size=options.beam,
            num_hypotheses=options.beam,
            length_penalty=0,
            min_decoding_length=0,
            max_decoding_length=limit,
            return_end_token=True,
            return_scores=True,
        )
        found, penalty = [], penalty_of(options)
        for result in results:
            hypotheses = []
            for tokens, log_probability in zip(result.hypotheses, result.scores, strict=True):
                ids = self.tokenizer.ids(tokens)
                finished = ids[-1:] == [EOS_ID]
                ids = ids[:-1] if finished else ids
                hypotheses.append(hypothesis(ids, log_probability, penalty, finished=finished))
            found.append(sorted(hypotheses, key=lambda h: -h.score)[: options.n_best])
        return found

    def read(self, pairs: list[tuple[list[int], list[int]]]) -> list[NDArray[np.float32]]:
        """What the aligning head looks at, for pairs of source and target ids (without ``</s>``).

        Each target is forced and one more piece decoded after it, so there is a row for the
        ``</s>`` of translations that were cut, too.

        Returns:
            (T + 1, S + 1) for each pair, ``</s>`` included on both sides; rows sum to 1.
        """
        weights: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(pairs)
        for length, rows in rows_of([len(tgt) for _, tgt in pairs]).items():
            results = self.model.translate_batch(
                self._tokens([pairs[row][0] for row in rows]),
                target_prefix=self._tokens([pairs[row][1] for row in rows]),
                max_batch_size=ALIGN_SENTENCES,
                max_input_length=0,
                beam_size=1,
                min_decoding_length=0,
                max_decoding_length=length + 1,
                return_end_token=True,
                return_attention=True,
            )
            for row, result in zip(rows, results, strict=True):
                of_pieces = np.array(result.attention[0], np.float32)
                of_end = (1 - of_pieces.sum(axis=1, keepdims=True)).clip(0)  # it is left out
                weights[row] = np.concatenate([of_pieces, of_end], axis=1)
        return weights

    def _link(self, translations: list[Translation], ids: list[list[int]]) -> list[Translation]:
        """The same, with the words of every candidate linked to those of its source."""
        pieces = self.tokenizer.split([normalize(t.src, self.cleaning) for t in translations])
        pairs = [
            (src, c.ids) for src, t in zip(ids, translations, strict=True) for c in t.candidates
        ]
        weights = (weights_TS[None, None] for weights_TS in self.read(pairs))
        head = AligningHead(self.aligning_head.reading, 0, 0)  # the only one that is returned
        return [
            Translation(t.src, linked(t.candidates, src_pieces, weights, [head]))
            for src_pieces, t in zip(pieces, translations, strict=True)
        ]

    def _tokens(self, ids: list[list[int]]) -> list[list[str]]:
        return [[self.vocabulary[i] for i in sentence] for sentence in ids]


def rows_of(keys: list[int]) -> dict[int, list[int]]:
    """The rows that have each key."""
    rows: dict[int, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return rows
