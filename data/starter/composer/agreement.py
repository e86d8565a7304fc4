"""Agreement of fixed phrases with the subject, and determiners under a negation."""

from __future__ import annotations

from morphology import fr_adjective
from nouns import NP, possessive
from words import Pair, Word


def denied(dets: str, neg: str) -> str:
    """Determiners that make sense under a negation: no quantities, no numbers."""
    if not neg or dets == "w":
        return dets
    return "".join(d for d in dets if d not in "cn") or "t"


def bind(pair: Pair, subj: NP) -> Pair:
    """Make `one's`, `son`/`sa` and a word marked `@` agree with the subject."""
    out = Pair()
    for w in pair.en:
        text = possessive(subj, "m", "s").en[0].text if w.text == "one's" else w.text
        out.en.append(Word(text, w.tags))
    for w in pair.fr:
        text = w.text
        if text in ("sa", "son"):
            text = possessive(subj, "f" if text == "sa" else "m", "s").fr[0].text
        elif text.endswith("@"):
            text = fr_adjective(text[:-1], subj.g, subj.agr_num)
        out.fr.append(Word(text, w.tags))
    return out
