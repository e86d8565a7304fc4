"""Noun phrases: one specification (person, number, determiner, noun), two realizations."""

from __future__ import annotations

from dataclasses import dataclass, field

from lexicon import Adjective, Noun
from morphology import en_plural, fr_adjective, fr_plural
from surface import MARK, starts_with_vowel
from words import Pair, Word, fill, new_tag, word

_EN_POSS = {(1, "s"): "my", (2, "s"): "your", (2, "p"): "your", (1, "p"): "our", (3, "p"): "their"}
_EN_GENDER_POSS = {"m": "his", "f": "her", "n": "its"}
_EN_OBJECT = {"I": "me", "he": "him", "she": "her", "we": "us", "they": "them"}
_EN_SELF = {"I": "myself", "he": "himself", "she": "herself", "it": "itself", "we": "ourselves"}
_FR_POSS = {
    (1, "s"): ("mon", "ma", "mes"), (2, "s"): ("ton", "ta", "tes"),
    (3, "s"): ("son", "sa", "ses"), (1, "p"): ("notre", "notre", "nos"),
    (2, "p"): ("votre", "votre", "vos"), (3, "p"): ("leur", "leur", "leurs"),
}  # fmt: skip
_NUMBERS = {
    2: ("two", "deux"), 3: ("three", "trois"), 4: ("four", "quatre"), 5: ("five", "cinq"),
    6: ("six", "six"), 10: ("ten", "dix"),
}  # fmt: skip
_BEFORE_VOWEL = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}


@dataclass(slots=True)
class NP:
    """A noun phrase. `det` is one of the determiner codes that the README lists."""

    per: int = 3
    en_num: str = "s"
    fr_num: str = "s"
    g: str = "m"
    en_g: str = "n"
    agree: str = ""
    pron: tuple[str, str] | None = None
    human: bool = False
    noun: Noun | None = None
    det: str = "t"
    adj: Adjective | None = None
    owner: NP | None = None
    quantity: tuple[str, ...] = ("", "")
    fixed: Pair | None = None
    counted: Pair | None = None
    tags: list[int] = field(default_factory=lambda: [new_tag() for _ in range(3)])

    @property
    def agr_num(self) -> str:
        """Number of French adjectives and participles (a polite vous is one person)."""
        return self.agree or self.fr_num


def possessive(owner: NP, g: str, num: str, *tags: int) -> Pair:
    """The possessive determiner of `owner` before a noun of this French gender and number."""
    en = _EN_POSS.get((owner.per, owner.en_num)) or _EN_GENDER_POSS[owner.en_g]
    if owner.human and not owner.pron and owner.en_g == "n" and owner.en_num == "s":
        en = "their"  # everyone, nobody, who
    forms = _FR_POSS[owner.per, owner.fr_num]
    if owner.pron == ("we", "on"):
        en, forms = "our", _FR_POSS[1, "p"]
    fr = forms[2] if num == "p" else forms[g == "f"]
    return Pair([word(en, *tags)], [word(fr, *tags)])


def _determiner(np: NP, neg: bool, after_de: bool) -> Pair:
    """The determiner on both sides."""
    tag = np.tags[1]
    plural = np.fr_num == "p"
    index = 2 if plural else int(np.g == "f")
    the = ("le", "la", "les")[index]
    det = np.det
    if det == "p" and np.owner:
        return possessive(np.owner, np.g, np.fr_num, tag)
    if det == "v":
        en, masculine, feminine = np.quantity
        np.counted = np.counted or fill(en, feminine if np.g == "f" else masculine)
        return np.counted
    if det in "qn":
        np.counted = np.counted or fill(*np.quantity)
        return np.counted
    if det in "abs":
        return _indefinite(np, neg, after_de, the)
    if det == "t":
        return Pair([word("the", tag)], [word(the, tag)])
    if det in "hH":
        en = {"h": ("this", "these"), "H": ("that", "those")}[det][np.en_num == "p"]
        return Pair([word(en, tag)], [word(("ce", "cette", "ces")[index], tag)])
    return Pair([], [word(the)] if det == "g" else [])


def _indefinite(np: NP, neg: bool, after_de: bool, the: str) -> Pair:
    """A (a), some/zero plural (b) and partitive (s); `de` after a negation and after de."""
    tag = np.tags[1]
    if np.det == "a":
        en = [word("a", tag)]
        one = "une" if np.g == "f" else "un"
        return Pair(en, [word("de" if neg else one, tag)])
    some = np.quantity[0] == "some"
    en = [word("any" if neg else "some", tag)] if some or neg else []
    if after_de:
        return Pair([word("some")] if some and not neg else [], [])
    tags = [tag] if en else []
    if neg or (np.fr_num == "p" and np.adj and np.adj.place == "pre"):
        return Pair(en, [word("de", *tags)])
    if np.fr_num == "p":
        return Pair(en, [word("des", *tags)])
    return Pair(en, [word("de", *tags), word(the, *tags)])


def np_pair(np: NP, neg: bool = False, after_de: bool = False) -> Pair:
    """Both realizations of a noun phrase (a pronoun: subject form in English, stressed French)."""
    if np.fixed:
        return np.fixed
    if np.pron:
        return Pair([word(en_object(np), np.tags[0])], [word(stressed(np), np.tags[0])])
    if not np.noun:
        raise ValueError("a noun phrase without a head")
    noun_tag, adj_tag = np.tags[0], np.tags[2]
    noun = np.noun
    plural = np.en_num == "p" and not noun.has("enp") and not noun.has("mass")
    en_noun = (noun.en_plural or en_plural(noun.en)) if plural else noun.en
    fr_plural_form = np.fr_num == "p" and not noun.has("frp")
    fr_noun = (noun.fr_plural or fr_plural(noun.fr)) if fr_plural_form else noun.fr
    en = [word(w, noun_tag) for w in en_noun.split()]
    fr = [word(w, noun_tag) for w in _split_elision(fr_noun)]
    if np.adj:
        en.insert(0, word(np.adj.en, adj_tag))
        form = agree(np.adj, np.g, np.agr_num)
        pre = np.adj.place == "pre"
        if pre and np.g == "m" and np.fr_num == "s" and starts_with_vowel(fr_noun):
            form = _BEFORE_VOWEL.get(form, form)
        words = [word(w, adj_tag) for w in form.split()]
        fr = words + fr if pre else fr + words
    return _determiner(np, neg, after_de) + Pair(en, fr)


def _split_elision(text: str) -> list[str]:
    return text.replace("d'", "d' ").replace("l'", "l' ").split()


def agree(adj: Adjective, g: str, num: str) -> str:
    """The French adjective with agreement; `inv` ones have none."""
    return adj.fr if adj.place == "inv" else fr_adjective(adj.fr, g, num)


def en_subject(np: NP) -> list[Word]:
    """English words of a subject."""
    return [word(np.pron[0], np.tags[0])] if np.pron else np_pair(np).en


def en_object(np: NP) -> str:
    """English object form of a pronoun."""
    subject = np.pron[0] if np.pron else ""
    return _EN_OBJECT.get(subject, subject)


def en_self(np: NP) -> str:
    """English reflexive of a subject."""
    if np.pron and np.pron[0] in _EN_SELF:
        return _EN_SELF[np.pron[0]]
    if np.per == 2:
        return "yourself" if np.agr_num == "s" else "yourselves"
    if np.en_num == "p" or (np.human and np.en_g == "n"):
        return "themselves"
    return {"m": "himself", "f": "herself", "n": "itself"}[np.en_g]


def fr_subject(np: NP) -> list[Word]:
    """French words of a subject."""
    return [word(np.pron[1], np.tags[0])] if np.pron else np_pair(np).fr


def direct(np: NP) -> str:
    """French direct object pronoun."""
    if np.per < 3:
        return _first_two(np)
    return "les" + MARK if np.fr_num == "p" else ("la" if np.g == "f" else "le") + MARK


def indirect(np: NP) -> str:
    """French indirect object pronoun."""
    if np.per < 3:
        return _first_two(np)
    return "leur" if np.fr_num == "p" else "lui"


def _first_two(np: NP) -> str:
    return {(1, "s"): "me", (2, "s"): "te", (1, "p"): "nous", (2, "p"): "vous"}[np.per, np.fr_num]


def stressed(np: NP) -> str:
    """French stressed pronoun."""
    if np.per < 3:
        return {"me": "moi", "te": "toi"}.get(_first_two(np), _first_two(np))
    forms = ("eux", "elles") if np.fr_num == "p" else ("lui", "elle")
    return forms[np.g == "f"]


def numeral(n: int) -> tuple[str, str]:
    """The number in words, English and French."""
    return _NUMBERS[n]
