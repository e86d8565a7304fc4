"""Inflected forms, all from pyrealb; a word that pyrealb does not know is an error."""

from __future__ import annotations

from functools import cache

from pyrealb import A, N, V, loadEn, loadFr

_BE = {("p", 1, "s"): "am", ("p", 3, "s"): "is", ("ps", 1, "s"): "was", ("ps", 3, "s"): "was"}
_EN_FORMS = {
    ("learn", "ps"): "learned", ("learn", "pp"): "learned", ("dream", "ps"): "dreamed",
    ("dream", "pp"): "dreamed", ("burn", "ps"): "burned", ("burn", "pp"): "burned",
    ("spell", "ps"): "spelled", ("get", "pp"): "gotten", ("wake", "ps"): "woke",
    ("wake", "pp"): "woken", ("travel", "ps"): "traveled", ("travel", "pp"): "traveled",
    ("travel", "pr"): "traveling", ("lean", "ps"): "leaned", ("cancel", "ps"): "canceled",
    ("hang", "ps"): "hung", ("hang", "pp"): "hung",
    ("cancel", "pp"): "canceled", ("cancel", "pr"): "canceling",
}  # fmt: skip
_ETRE = {
    "aller",
    "venir",
    "revenir",
    "devenir",
    "arriver",
    "partir",
    "repartir",
    "sortir",
    "entrer",
    "rentrer",
    "monter",
    "descendre",
    "tomber",
    "rester",
    "naître",
    "mourir",
    "retourner",
}
_FIXED_PARTICIPLE = {"être": "été", "pouvoir": "pu", "devoir": "dû", "dormir": "dormi"}
_IRREGULAR_PLURAL = {"œil": "yeux"}


def _checked(text: str, what: str) -> str:
    if "[[" in text or not text:
        raise ValueError(f"pyrealb does not know {what}")
    return text


@cache
def en_verb(verb: str, tense: str, person: int = 3, number: str = "s") -> str:
    """English form: tense p, ps, pp, pr (gerund) or b (base)."""
    if tense == "b":
        return verb
    if verb == "be" and tense in ("p", "ps"):
        return _BE.get((tense, person, number), "are" if tense == "p" else "were")
    if (verb, tense) in _EN_FORMS:
        return _EN_FORMS[verb, tense]
    loadEn()
    form = V(verb).t(tense)
    if tense in ("p", "ps"):
        form = form.pe(person).n(number)
    return _checked(form.realize(), verb)


@cache
def fr_verb(verb: str, tense: str, person: int = 3, number: str = "s") -> str:
    """French form: tense p, i, f, c, s, ip or b (infinitive)."""
    if tense == "b":
        return verb
    if (verb, tense) == ("asseoir", "ip"):
        return "assieds" if number == "s" else {1: "asseyons", 2: "asseyez"}[person]
    loadFr()
    text = V(verb).t(tense).pe(person).n(number).realize()
    return _checked(text, verb).split()[-1].rstrip("!")


@cache
def fr_participle(verb: str, gender: str = "m", number: str = "s") -> str:
    """French past participle; pyrealb gives the masculine singular, the rest is regular."""
    if verb in _FIXED_PARTICIPLE:
        return _FIXED_PARTICIPLE[verb]
    loadFr()
    base = _checked(V(verb).t("pp").g("m").n("s").realize(), verb)
    base += "e" if gender == "f" else ""
    return base if number == "s" or base.endswith("s") else base + "s"


def takes_etre(verb: str) -> bool:
    """Whether the compound past has être."""
    return verb in _ETRE


@cache
def en_plural(noun: str) -> str:
    """English plural of the last word."""
    loadEn()
    *first, last = noun.split()
    return " ".join([*first, _checked(N(last).n("p").realize(), noun)])


@cache
def fr_plural(noun: str) -> str:
    """French plural of the first word (and of nothing after it)."""
    loadFr()
    first, *rest = noun.split()
    plural = _IRREGULAR_PLURAL.get(first) or N(first).n("p").realize()
    return " ".join([_checked(plural, noun), *rest])


@cache
def fr_adjective(adjective: str, gender: str, number: str) -> str:
    """French adjective with agreement (of its first word)."""
    loadFr()
    first, *rest = adjective.split()
    form = A(first).g(gender).n(number).realize()
    return " ".join([_checked(form, adjective), *rest])
