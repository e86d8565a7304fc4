"""BLEU as the literature on a corpus reports it, beside the scores of raw text.

Papers on Multi30k (Elliott et al. 2016) score lower-cased, punctuation-normalised, Moses-tokenized
text against the tokenized files that come with the corpus (``*.lc.norm.tok.fr``). Only the French
side is known here.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sacrebleu.metrics.bleu import BLEU

from seq2seq.analysis.score import Score, corpus_score
from seq2seq.config import DataConfig, Protocol
from seq2seq.errors import UserError

METRIC = "BLEU-multi30k"
INSTALL = "pip install sacremoses (or, in the repository, pip install -e '.[moses]')"
FULL_STOP = re.compile(r"\w[.?!]$")  # Moses sets it apart, but for a few abbreviations


@dataclass(frozen=True)
class Multi30kProtocol:
    """References in the form of the official files, and how they came by it.

    Attributes:
        references: One list of all sentences for each reference; None where one is missing.
        origin: ``official`` files, or ``tokenized-here`` from raw text.
    """

    references: Sequence[Sequence[str | None]]
    origin: str

    @classmethod
    def official(cls, references: Sequence[Sequence[str]]) -> Multi30kProtocol:
        """Take official references, lower-cased and tokenized, as they are.

        Raises:
            UserError: One is raw text, or sacremoses is missing.
        """
        require_sacremoses()
        for lines in references:
            cased = next((i for i, line in enumerate(lines, 1) if line != line.lower()), None)
            joined = sum(bool(FULL_STOP.search(line)) for line in lines)
            if cased or joined > len(lines) / 2:
                reason = f"capital letters in line {cased}" if cased else "full stops not set apart"
                raise UserError(
                    f"the reference is raw text ({reason}), but the multi30k protocol wants "
                    "the official tokenized file, such as test_2016_flickr.lc.norm.tok.fr"
                )
        return cls(references, "official")

    @classmethod
    def from_raw(cls, references: Sequence[Sequence[str | None]]) -> Multi30kProtocol:
        """Put raw references through what hypotheses go through.

        Raises:
            UserError: sacremoses is missing.
        """
        require_sacremoses()
        prepare = moses()
        made = [[None if text is None else prepare(text) for text in r] for r in references]
        return cls(made, "tokenized-here")

    def score(self, hypotheses: Sequence[str], *, bootstrap: int = 0) -> Score:
        """BLEU of raw ``hypotheses``; its signature says what was done to both sides.

        Raises:
            UserError: The numbers of lines differ, or there are none.
        """
        from sacremoses import __version__

        prepared = [*map(moses(), hypotheses)]
        found = corpus_score(self.metric(), prepared, self.references, bootstrap)
        signature = (
            f"protocol:multi30k|ref:{self.origin}|norm:moses-fr|tok:moses-fr-escaped"
            f"|sacremoses:{__version__}|{found.signature}"
        )
        return replace(found, metric=METRIC, signature=signature)

    @staticmethod
    def metric() -> BLEU:
        """BLEU that leaves the tokens as they are."""
        return BLEU(lowercase=True, tokenize="none", force=True)


def moses() -> Callable[[str], str]:
    """What makes a raw French text one of the official files: lower case, punctuation, tokens.

    Of the 1,014 raw validation references of Multi30k, 1,013 become the official line.
    """
    from sacremoses import MosesPunctNormalizer, MosesTokenizer

    normalize, tokenize = MosesPunctNormalizer("fr").normalize, MosesTokenizer("fr").tokenize
    return lambda text: tokenize(normalize(text.strip().lower()), return_str=True, escape=True)


def protocol_of(
    data: DataConfig, references: Sequence[Sequence[str | None]]
) -> Multi30kProtocol | None:
    """The protocol that a corpus names; without sacremoses a note, as its run must not fail."""
    if data.protocol is Protocol.none:
        return None
    if not has_sacremoses():
        print(f"not scored by the {data.protocol.value} protocol: {INSTALL}")
        return None
    return Multi30kProtocol.from_raw(references)


def refuse_tokenized(texts: Sequence[str | None], name: str, advice: str) -> None:
    """Refuse texts that Moses has escaped: a second time would make other words of them.

    Raises:
        UserError: A text has an escaped apostrophe.
    """
    for number, text in enumerate(texts, 1):
        if text and "&apos;" in text:
            raise UserError(f"{name} is tokenized already (line {number} has &apos;): {advice}")


def has_sacremoses() -> bool:
    """Whether the optional package that tokenizes is installed."""
    return importlib.util.find_spec("sacremoses") is not None


def require_sacremoses() -> None:
    """Refuse to begin what could not be scored.

    Raises:
        UserError: sacremoses is missing.
    """
    if not has_sacremoses():
        raise UserError(f"the multi30k protocol needs sacremoses: {INSTALL}")
