"""Verb groups: the finite verb and what follows it, in each language, tagged by constituent."""

from __future__ import annotations

from dataclasses import dataclass

from morphology import en_verb, fr_participle, fr_verb
from surface import MARK

EN_AUX_TENSES = {"prog", "perf", "pprog", "fut", "near", "cond", "perfprog"}
FR_TENSE = {
    "pres": "p", "prog": "p", "past": "pc", "perf": "pc", "used": "i", "pprog": "i", "pasts": "i",
    "fut": "f", "near": "near", "cond": "c", "subj": "s", "imp": "ip", "inf": "b",
    "perfprog": "p", "presperf": "p", "ger": "b", "gerperf": "bpc",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Modal:
    """A verb that takes an infinitive: English words, French verb, word after it, preposition."""

    en: tuple[str, ...]
    fr: str
    fr_extra: tuple[str, ...] = ()
    aux: bool = False
    fr_tense: str = ""


MODALS = {
    "can": Modal(("can",), "pouvoir", aux=True),
    "could not": Modal(("could",), "pouvoir", aux=True, fr_tense="pc"),
    "able": Modal(("be", "able", "to"), "pouvoir"),
    "could": Modal(("could",), "pouvoir", aux=True, fr_tense="c"),
    "must": Modal(("must",), "devoir", aux=True),
    "should": Modal(("should",), "devoir", aux=True, fr_tense="c"),
    "have to": Modal(("have", "to"), "devoir"),
    "want": Modal(("want", "to"), "vouloir"),
    "would like": Modal(("would", "like", "to"), "vouloir", aux=True, fr_tense="c"),
    "need": Modal(("need", "to"), "avoir", ("besoin", "de")),
    "try": Modal(("try", "to"), "essayer", ("de",)),
    "like": Modal(("like", "to"), "aimer"),
    "love": Modal(("love", "to"), "adorer"),
    "hope": Modal(("hope", "to"), "espérer"),
    "decide": Modal(("decide", "to"), "décider", ("de",)),
    "forget": Modal(("forget", "to"), "oublier", ("de",)),
    "refuse": Modal(("refuse", "to"), "refuser", ("de",)),
    "promise": Modal(("promise", "to"), "promettre", ("de",)),
    "start": Modal(("start", "to"), "commencer", ("à",)),
    "learn": Modal(("learn", "to"), "apprendre", ("à",)),
    "prefer": Modal(("prefer", "to"), "préférer"),
    "afraid": Modal(("be", "afraid", "to"), "avoir", ("peur", "de")),
    "time": Modal(("have", "time", "to"), "avoir", ("le", "temps", "de")),
    "feel like": Modal(("want", "to"), "avoir", ("envie", "de")),
    "just": Modal(("just",), "venir", ("de",)),
}

NO_SUBJECT = {"imp", "inf", "ger", "gerperf"}

# A form and its role: v (lexical verb), t (auxiliary of its own), m (modal), d (do support)
Form = tuple[str, str]


def english_group(
    head: str, tense: str, modal: str, per: int, num: str, support: bool
) -> list[Form]:
    """Finite form first; `support` asks for an auxiliary (negation, question)."""
    if modal:
        spec = MODALS[modal]
        if spec.aux:
            first, *others = spec.en
            return [(first + MARK, "m"), *((w, "m") for w in others), (head, "v")]
        base = _plain(spec.en[0], tense, per, num, support)
        group = [(w, "d" if r == "d" else "m") for w, r in base]
        return [*group, *((w, "m") for w in spec.en[1:]), (head, "v")]
    return _plain(head, tense, per, num, support)


def _plain(head: str, tense: str, per: int, num: str, support: bool) -> list[Form]:
    be = en_verb("be", "p", per, num) + MARK
    have = en_verb("have", "p", per, num) + MARK
    if tense in ("past", "pasts", "used", "pres", "subj"):
        return _simple(head, tense, per, num, support)
    return {
        "prog": lambda: [(be, "v"), (en_verb(head, "pr"), "v")],
        "pprog": lambda: [
            (en_verb("be", "ps", per, num) + MARK, "v"), (en_verb(head, "pr"), "v")
        ],
        "perf": lambda: [(have, "t"), (en_verb(head, "pp"), "v")],
        "presperf": lambda: [(have, "v"), (en_verb(head, "pp"), "v")],
        "perfprog": lambda: [(have, "v"), ("been", "v"), (en_verb(head, "pr"), "v")],
        "fut": lambda: [("will" + MARK, "v"), (head, "v")],
        "cond": lambda: [("would" + MARK, "v"), (head, "v")],
        "near": lambda: [(be, "t"), ("going", "t"), ("to", "t"), (head, "v")],
        "imp": lambda: [("do" + MARK, "d"), (head, "v")] if support else [(head, "v")],
        "inf": lambda: [(head, "v")],
        "ger": lambda: [(en_verb(head, "pr"), "v")],
        "gerperf": lambda: [(en_verb(head, "pr"), "v")],
    }[tense]()  # fmt: skip


def _simple(head: str, tense: str, per: int, num: str, support: bool) -> list[Form]:
    form = "ps" if tense in ("past", "pasts", "used") else "p"
    if head == "be":
        return [(en_verb("be", form, per, num) + MARK, "v")]
    if support:
        return [(en_verb("do", form, per, num) + MARK, "d"), (head, "v")]
    if tense == "used":
        return [("used", "v"), ("to", "v"), (head, "v")]
    return [(en_verb(head, form, per, num), "v")]


@dataclass(slots=True)
class FrenchGroup:
    """The finite form, the forms after it, and where object pronouns go."""

    finite: Form
    rest: list[Form]
    clitics_at: int  # -1: before the finite form, else an index of `rest`
    participle: int = -1  # index in `rest` of the participle that may agree


def french_group(verb: str, etre: bool, tense: str, modal: str, per: int, num: str) -> FrenchGroup:
    """Conjugate (compound past with être or avoir); the clause makes the participle agree."""
    fr_tense = FR_TENSE[tense]
    if modal:
        spec = MODALS[modal]
        group = _conjugate(spec.fr, False, spec.fr_tense or fr_tense, per, num, "m")
        group.rest += [(w, "m") for w in spec.fr_extra] + [(verb, "v")]
        group.clitics_at, group.participle = len(group.rest) - 1, -1
        return group
    return _conjugate(verb, etre, fr_tense, per, num, "v")


def _conjugate(verb: str, etre: bool, fr_tense: str, per: int, num: str, role: str) -> FrenchGroup:
    aux = "être" if etre else "avoir"
    participle = (fr_participle(verb), role)
    if fr_tense == "bpc":
        return FrenchGroup((aux, role), [participle], -1, 0)
    if fr_tense == "pc":
        return FrenchGroup((fr_verb(aux, "p", per, num), "t"), [participle], -1, 0)
    if fr_tense == "near":
        return FrenchGroup((fr_verb("aller", "p", per, num), "t"), [(verb, role)], 0)
    return FrenchGroup((fr_verb(verb, fr_tense, per, num), role), [], -1)
