"""The French side of a clause."""

from __future__ import annotations

from clause import Clause
from group import NO_SUBJECT, FrenchGroup, french_group
from morphology import fr_adjective, fr_participle, takes_etre
from nouns import NP, direct, fr_subject, indirect, np_pair, possessive, stressed
from surface import MARK
from words import Item, Word, word

_NEG = {"not": "pas", "never": "jamais", "longer": "plus", "nothing": "rien"}
_RANK = ["me", "te", "se", "nous", "vous", "le", "la", "les", "lui", "leur", "y", "en"]
_IMPERATIVE = {"me": "moi", "te": "toi"}
_NO_CLITIC = {"penser", "moquer", "occuper"}
_PARTITIVE = {"du": ["du"], "des": ["des"], "de_la": ["de", "la"], "un": ["un"], "une": ["une"]}


def french_clause(c: Clause) -> list[Word]:
    """Subject, ne, object pronouns, verb group, pas, frame, adjuncts."""
    head, verb, reflexive = _head(c)
    subj = c.fr_subj
    etre = reflexive or (takes_etre(verb) and not c.frame.transitive)
    group = french_group(verb, etre, c.tense, c.modal, subj.per, subj.fr_num)
    head_tags = c.tags_of(head.refs)
    clitics, rest_of_frame = _frame_words(c, verb)
    if reflexive:
        me = "se" if subj.per == 3 else direct(subj)
        clitics.append(word(me, *head_tags))
    clitics.sort(key=lambda w: _RANK.index(w.text.removesuffix(MARK)))
    _make_agree(c, group, verb, reflexive, etre)
    finite = word(group.finite[0], *_role_tags(c, group.finite[1], head_tags))
    rest = [word(text, *_role_tags(c, role, head_tags)) for text, role in group.rest]
    subject = [] if c.tense in NO_SUBJECT else fr_subject(subj)
    out = [*c.moved, *c.wh.fr] if c.wh else []
    if c.tense == "imp" and not c.neg:
        out += [_imperative(finite, clitics)]
    elif c.tense in NO_SUBJECT - {"imp"}:
        out += [*_negation(c, infinitive=True), *clitics, finite]
    else:
        out += _finite_part(c, subject, finite, clitics, group)
        if group.clitics_at >= 0:
            rest[group.clitics_at : group.clitics_at] = clitics
    out += ([] if c.tense in NO_SUBJECT - {"imp"} else _negation(c)) + c.adverb.fr
    out += c.manner.fr + rest if c.manner_early else rest + c.manner.fr
    return out + rest_of_frame + [w for p in c.tail for w in p.fr]


def _head(c: Clause) -> tuple[Item, str, bool]:
    head = c.frame.pattern.fr[0]
    for start in ("se_", "s'"):
        if head.text.startswith(start):
            return head, head.text.removeprefix(start), True
    return head, head.text, False


def _role_tags(c: Clause, role: str, head_tags: tuple[int, ...]) -> tuple[int, ...]:
    if role == "t":
        own = c.tense in ("perf", "near") or (c.tense == "past" and c.supported)
        if own:
            return (c.aux_tag,)
        return head_tags if not c.modal else (c.modal_tag,)
    return (c.modal_tag,) if role == "m" else head_tags


def _make_agree(c: Clause, group: FrenchGroup, verb: str, reflexive: bool, etre: bool) -> None:
    """Past participle: with the subject (être), or with a direct object that comes before."""
    if group.participle < 0:
        return
    with_np: NP | None = None
    fixed_object = any(i.text in ("la", "le", "les") for i in c.frame.pattern.fr[1:2])
    if etre and not (reflexive and fixed_object):
        with_np = c.fr_subj
    elif c.gap_agree and _direct_slot(c, c.gap):
        with_np = c.gap_agree
    else:
        objects = [np for name, np in c.args.items() if _direct_slot(c, name) and np.pron]
        with_np = objects[0] if objects and not c.frame.swapped else None
    if with_np:
        form = fr_participle(verb, with_np.g, with_np.agr_num)
        group.rest[group.participle] = (form, group.rest[group.participle][1])


def _direct_slot(c: Clause, name: str) -> bool:
    items = c.frame.pattern.fr
    index = next((n for n, i in enumerate(items) if i.slot and i.text == name), -1)
    return index == 1 or (index > 1 and items[index - 1].slot)


def _frame_words(c: Clause, verb: str) -> tuple[list[Word], list[Word]]:
    """Object pronouns, and the other words of the frame in order."""
    clitics: list[Word] = []
    out: list[Word] = []
    for n, item in enumerate(c.frame.pattern.fr[1:], start=1):
        if not item.slot:
            out += _pattern_word(c, item)
            continue
        before = c.frame.pattern.fr[n - 1]
        prep = before.text if not before.slot and n > 1 else ""
        if item.text == c.gap:
            if prep:
                moved = out.pop()
                c.moved = [moved]
            continue
        np = c.subj if item.text == "s" else c.args.get(item.text)
        pronoun = _clitic(np, prep, verb) if np and np.pron and not _denied_slot(c, item) else ""
        if np and pronoun:
            tags = [np.tags[0], *(c.tags_of(before.refs) if prep else ())]
            clitics.append(word(pronoun, *tags))
            if prep:
                out.pop()
        else:
            if prep and item.text == "o" and c.neg == "only":
                out.insert(-1, word("que", c.neg_tag))
            out += _slot(c, item, prep)
    return clitics, out


def _denied_slot(c: Clause, item: Item) -> bool:
    return item.text == "o" and c.neg in ("nothing", "nobody")


def _clitic(np: NP, prep: str, verb: str) -> str:
    """The object pronoun that stands at the verb; empty if there is none."""
    if np.pron and np.pron[1] in ("y", "en"):
        return np.pron[1]
    if not prep:
        return direct(np)
    if prep == "à" and verb not in _NO_CLITIC:
        return indirect(np) if np.human else "y"
    if prep == "de" and not np.human:
        return "en"
    return ""


def _pattern_word(c: Clause, item: Item) -> list[Word]:
    tags = c.tags_of(item.refs)
    if item.text.endswith("@"):
        subj = c.fr_subj
        return [word(fr_adjective(item.text[:-1], subj.g, subj.agr_num), *tags)]
    if item.text in _PARTITIVE and item is c.frame.pattern.fr[1]:
        parts = ["de"] if c.partitive else _PARTITIVE[item.text]
        return [word(part, *tags) for part in parts]
    if item.text in ("sa", "son", "ses"):
        num = "p" if item.text == "ses" else "s"
        return possessive(c.subj, "f" if item.text == "sa" else "m", num, *tags).fr
    return [word(item.text, *tags)]


def _slot(c: Clause, item: Item, prep: str) -> list[Word]:
    name = item.text
    if name in c.places:
        return c.places[name].fr
    if name == "o" and c.neg == "nobody":
        return [word("personne", c.neg_tag)]
    if name == "o" and c.neg == "nothing":
        return [word("rien", c.neg_tag)] if prep else []
    np = c.subj if name == "s" else c.args[name]
    only = [word("que", c.neg_tag)] if name == "o" and c.neg == "only" and not prep else []
    if np.pron:
        return [*only, word(stressed(np), np.tags[0])]
    denied = c.partitive and not prep
    return only + np_pair(np, neg=denied, after_de=prep in ("de", "d'")).fr


def _negation(c: Clause, infinitive: bool = False) -> list[Word]:
    """The second part of the negation (both parts before an infinitive)."""
    second = _NEG.get(c.neg, "")
    if c.neg == "nothing" and not _direct_slot(c, "o"):
        second = ""
    words = [word(second, c.neg_tag)] if second else []
    return [word("ne", c.neg_tag), *words] if infinitive and c.neg else words


def _finite_part(
    c: Clause, subject: list[Word], finite: Word, clitics: list[Word], group: FrenchGroup
) -> list[Word]:
    """Everything up to the finite form, with the question order."""
    ne = [word("ne", c.neg_tag)] if c.neg else []
    front = [] if group.clitics_at >= 0 else clitics
    if c.ask == "inv":
        pronoun = subject[0]
        joint = "-t-" if finite.text[-1] in "ae" and pronoun.text[0] in "ieo" else "-"
        inverted = Word(finite.text + joint + pronoun.text, finite.tags | pronoun.tags)
        return [*ne, *front, inverted]
    ask = [word("est-ce", c.ask_tag), word("que", c.ask_tag)] if c.ask == "esq" else []
    return [*ask, *subject, *ne, *front, finite]


def _imperative(finite: Word, clitics: list[Word]) -> Word:
    """Affirmative imperative with its pronouns in one hyphenated word."""
    order = sorted(clitics, key=lambda w: (_RANK.index(w.text.removesuffix(MARK)) < 5, 0))
    order = [w for w in order if w.text not in ("y", "en")] + [
        w for w in order if w.text in ("y", "en")
    ]
    text, tags = finite.text, finite.tags
    if order and order[0].text in ("y", "en") and text[-1] in "ea":
        text += "s"
    for clitic in order:
        plain = clitic.text.removesuffix(MARK)
        text += "-" + _IMPERATIVE.get(plain, plain)
        tags |= clitic.tags
    return Word(text, tags)
