"""From words to text: elision, contraction, spacing, capitals, and the word links.

Markers on a word's text: `°` after an English auxiliary or `not` says that it may contract, after a
French `le`/`les` that it is a pronoun (no contraction with `de` or `à`).
"""

from __future__ import annotations

import re
from random import Random

from words import Pair, Word

NBSP = "\u00a0"
MARK = "°"
_VOWELS = "aeiouyàâäéèêëîïôöûüœæh"
_NO_ELISION = [
    "haricot",
    "héros",
    "hall",
    "handball",
    "hasard",
    "haut",
    "honte",
    "huit",
    "hache",
    "hamster",
    "hollande",
    "hockey",
    "hamburger",
    "homard",
    "hors",
    "hauteur",
    "onze",
    "yaourt",
    "yoga",
    "oui",
    "hongrie",
    "hibou",
    "york",
]
_ELIDE = {
    "je": "j'", "me": "m'", "te": "t'", "se": "s'", "le": "l'", "la": "l'", "de": "d'", "ne": "n'",
    "que": "qu'", "jusque": "jusqu'", "lorsque": "lorsqu'", "puisque": "puisqu'",
}  # fmt: skip
_CONTRACT = {("de", "le"): "du", ("de", "les"): "des", ("à", "le"): "au", ("à", "les"): "aux"}
_BEFORE_VOWEL = {"ma": "mon", "ta": "ton", "sa": "son", "ce": "cet"}
_NOT = {
    "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't", "do": "don't",
    "does": "doesn't", "did": "didn't", "have": "haven't", "has": "hasn't", "had": "hadn't",
    "will": "won't", "would": "wouldn't", "can": "can't", "could": "couldn't",
    "should": "shouldn't", "must": "mustn't",
}  # fmt: skip
_SHORT = {"am": "'m", "are": "'re", "is": "'s", "has": "'s", "have": "'ve", "will": "'ll",
          "would": "'d", "had": "'d"}  # fmt: skip
_HOSTS = {"I", "you", "he", "she", "it", "we", "they", "there", "that", "what", "who", "where"}
_ASKING = {"what", "who", "where"}
_TOKEN = re.compile(r"[.,?!:;«»\"()]|[^\s.,?!:;«»\"()]+")


def starts_with_vowel(text: str) -> bool:
    """Whether French elides before this word."""
    low = text.lower()
    if low.startswith("y"):
        return low in ("y", "yeux", "yves")
    return low[0] in _VOWELS and not any(low.startswith(w) for w in _NO_ELISION)


def contracted_not(aux: str) -> str:
    """The English auxiliary with n't."""
    return _NOT[aux]


def _merge(text: str, *words: Word) -> Word:
    return Word(text, frozenset().union(*(w.tags for w in words)))


def french(words: list[Word]) -> list[Word]:
    """Elide and contract."""
    out: list[Word] = []
    for n, w in enumerate(words):
        text = w.text.removesuffix(MARK)
        following = words[n + 1].text if n + 1 < len(words) else "."
        if starts_with_vowel(following):
            text = _ELIDE.get(text, _BEFORE_VOWEL.get(text, text))
        if text == "si" and following in ("il", "ils"):
            text = "s'"
        before = out[-1].text if out else ""
        if (before, text) in _CONTRACT and not w.text.endswith(MARK):
            out[-1] = _merge(_CONTRACT[before, text], out[-1], w)
        else:
            out.append(Word(text, w.tags))
    return out


def english(words: list[Word], contract: bool) -> list[Word]:
    """Contract (or not) and choose a or an."""
    out: list[Word] = []
    for n, w in enumerate(words):
        text = w.text.removesuffix(MARK)
        before = out[-1] if out else Word("")
        aux = words[n - 1].text if n else ""
        following = words[n + 1].text if n + 1 < len(words) else "."
        plain = aux.removesuffix(MARK)
        if text == "not" and aux.endswith(MARK) and before.text == plain and plain in _NOT:
            if contract:
                out[-1] = _merge(_NOT[plain], before, w)
                continue
            if plain == "can":
                out[-1] = _merge("cannot", before, w)
                continue
        if contract and w.text.endswith(MARK) and _may_shorten(before.text, text, following):
            out[-1] = _merge(before.text + _SHORT[text], before, w)
            continue
        if text == "a" and re.match(r"(?!uni|use|one|eur)[aeiou]|hour|honest", following.lower()):
            text = "an"
        out.append(Word(text, w.tags))
    return out


def _may_shorten(host: str, aux: str, following: str) -> bool:
    if aux not in _SHORT or host not in _HOSTS:
        return False
    if following == f"not{MARK}" and aux != "am":
        return False
    if host in ("there", "that") and aux != "is":
        return False
    return host not in _ASKING or aux == "is"


def detokenize(words: list[Word], no_break: bool) -> str:
    """Join words into a sentence with a capital."""
    text = ""
    for w in words:
        if w.text in (",", "."):
            text += w.text
        elif w.text in ("?", "!", ":", ";"):
            text += (NBSP if no_break else "") + w.text
        elif not text or (no_break and text.endswith("'")):
            text += w.text
        else:
            text += " " + w.text
    return _capitals(text)


def _capitals(text: str) -> str:
    return re.sub(r"(^|[.?!]\s)(\w)", lambda m: m[1] + m[2].upper(), text)


def tokenize(text: str, french_side: bool) -> list[str]:
    """The word tokenization that the links count in."""
    tokens = []
    for token in _TOKEN.findall(text):
        whole = not french_side or token.lower().startswith(("aujourd'hui", "quelqu'un"))
        tokens += [token] if whole else re.findall(r"[^']+'?", token)
    return tokens


def realize(pair: Pair, rng: Random) -> tuple[str, str, str]:
    """English text, French text and Pharaoh links of a finished sentence."""
    en, fr = english(pair.en, rng.random() < 0.7), french(pair.fr)
    en_text, fr_text = detokenize(en, False), detokenize(fr, True)
    for side, words, is_fr in ((en_text, en, False), (fr_text, fr, True)):
        if [t.lower() for t in tokenize(side, is_fr)] != [w.text.lower() for w in words]:
            raise ValueError(f"tokenization differs: {side!r}")
    links = [f"{i}-{j}" for i, e in enumerate(en) for j, f in enumerate(fr) if e.tags & f.tags]
    return en_text, fr_text, " ".join(links)
