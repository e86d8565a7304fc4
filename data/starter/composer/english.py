"""The English side of a clause."""

from __future__ import annotations

from clause import Clause
from group import NO_SUBJECT, english_group
from morphology import en_plural
from nouns import NP, en_self, en_subject, np_pair, possessive
from surface import MARK, contracted_not
from words import Item, Word, word

_PARTICLES = {"on", "off", "up", "out", "away", "back"}
_SEVERAL = {"teeth", "hands", "hair"}
_DATIVE = {"give", "show", "send", "lend", "sell", "offer"}
_DENY_OBJECT = {"nothing": "anything", "nobody": "anyone"}


def english_clause(c: Clause) -> list[Word]:
    """Subject, verb group, frame, adjuncts, with the question and the negation in place."""
    head = c.frame.pattern.en[0]
    per, num = c.subj.per, c.subj.en_num
    forms = english_group(head.text, c.tense, c.modal, per, num, c.supported)
    group = [word(text, *_role_tags(c, role, head)) for text, role in forms]
    finite, rest = group[0], group[1:]
    subject = [] if c.tense in NO_SUBJECT else en_subject(c.subj)
    out: list[Word] = list(c.wh.en) if c.wh else []
    if c.ask:
        out += _asking(c, finite, subject)
    elif c.let_us:
        out += [word("let's", *finite.tags), *([word("not", c.neg_tag)] if c.neg else []), finite]
    else:
        out += subject + _stating(c, finite)
        return out + rest + _frame_words(c) + _tail(c)
    return out + c.adverb.en + rest + _frame_words(c) + _tail(c)


def _role_tags(c: Clause, role: str, head: Item) -> tuple[int, ...]:
    if role == "t":
        return (c.aux_tag,)
    if role == "m":
        return (c.modal_tag,)
    if role == "d":
        if c.tense == "past":
            return (c.aux_tag,)
        if c.neg:
            return (c.neg_tag, c.ask_tag)
        return (c.ask_tag,)
    return c.tags_of(head.refs)


def _asking(c: Clause, finite: Word, subject: list[Word]) -> list[Word]:
    """Finite form before the subject; n't always contracts there."""
    if c.neg in ("not", "longer", "nothing", "nobody"):
        text = contracted_not(finite.text.removesuffix(MARK))
        finite = Word(text, finite.tags | {c.neg_tag})
    never = [word("never", c.neg_tag)] if c.neg == "never" else []
    return [finite, *subject, *never]


def _stating(c: Clause, finite: Word) -> list[Word]:
    """Finite form with not or never and the adverb; a lone lexical verb follows them."""
    negation = []
    if c.neg in ("not", "longer", "nothing", "nobody"):
        negation = [word("not" + MARK, c.neg_tag)]
    elif c.neg in ("never", "only"):
        negation = [word(c.neg, c.neg_tag)]
    auxiliary = finite.text.endswith(MARK)
    if not auxiliary and c.neg not in ("not", "longer", "nothing", "nobody"):
        return [*negation, *c.adverb.en, finite]
    return [finite, *negation, *c.adverb.en]


def _frame_words(c: Clause) -> list[Word]:
    """What follows the head verb in the frame, slots filled."""
    out: list[Word] = []
    items = c.frame.pattern.en[1:]
    if c.frame.pattern.en[0].text in _DATIVE and _is_pronoun(c, "p") and not _is_pronoun(c, "o"):
        items = (*items[:-3], items[-1], items[-3])  # give him the book
    for n, item in enumerate(items):
        if not item.slot:
            own = n > 0 and items[n - 1].text == "one's"
            out += _pattern_word(c, item, own and c.subj.en_num == "p" and c.subj.per != 2)
            continue
        if item.text == c.gap:
            continue
        filled = _slot(c, item.text)
        if n == 1 and items[0].text in _PARTICLES and _is_pronoun(c, item.text):
            out[-1:-1] = filled
        else:
            out += filled
    return out


def _is_pronoun(c: Clause, name: str) -> bool:
    return name in c.args and c.args[name].pron is not None


def _pattern_word(c: Clause, item: Item, each: bool) -> list[Word]:
    """A word of the frame; `each`: a thing that each of several people has."""
    tags = c.tags_of(item.refs)
    if each and item.text not in _SEVERAL:
        return [word(en_plural(item.text), *tags)]
    if item.text == "(any)":
        return [word("any", *tags)] if c.partitive and c.neg != "never" else []
    if item.text == "one's":
        return possessive(c.subj, "m", "s", *tags).en
    if item.text == "some" and c.partitive:
        return [word("any", *tags)]
    if item.text == "oneself":
        return [word(en_self(c.subj), *tags)]
    return [word(item.text, *tags)]


def _slot(c: Clause, name: str) -> list[Word]:
    if name in c.places:
        return c.places[name].en
    if name == "o" and c.neg in _DENY_OBJECT:
        return [word(_DENY_OBJECT[c.neg], c.neg_tag)]
    return np_words(c.args[name], c)


def np_words(np: NP, c: Clause) -> list[Word]:
    """An object in English."""
    return np_pair(np, neg=c.partitive).en


def _tail(c: Clause) -> list[Word]:
    anymore = [word("anymore", c.neg_tag)] if c.neg == "longer" else []
    return c.manner.en + [w for piece in c.tail for w in piece.en] + anymore
