"""That-clauses, indirect questions and relatives."""

from __future__ import annotations

from choose import Chooser, frames_of
from clause import realize_clause
from family import end, family, named, say
from lexicon import adjectives, nouns_of
from morphology import fr_adjective
from nouns import NP, np_pair
from surface import MARK
from words import Pair, fill, word


def content(ch: Chooser, tenses: str, avoid: NP, deny: bool = True) -> Pair:
    """What somebody thinks or says, about somebody else."""
    tense = ch.pick(tenses)
    kinds = {"past": "a", "fut": "f", "pres": "s", "pasts": "i", "cond": "f", "prog": "g"}[tense]
    wanted = {"pres": "s", "pasts": "s", "prog": "G"}.get(tense, "V")
    frames = [f for f in frames_of(wanted) if kinds in f.kinds]
    subj = ch.subject()
    while (
        subj.per == avoid.per and (subj.per < 3 or subj.pron is not None)
    ) or subj.fixed is avoid.fixed:
        subj = ch.subject()
    neg = ch.pick(["", "", "", "not"]) if deny else ""
    frame = ch.pick(frames)
    subj = ch.single() if "Z" in frame.kinds and avoid.per == 3 else subj
    c = ch.clause(tense, subj, frame, neg=neg, extras=False)
    if tense not in ("pasts", "cond"):
        ch.add_adjuncts(c, 0.3, 0.3)
    return realize_clause(c)


def _that(ch: Chooser, names: tuple[str, ...], tenses: str, outer: str = "pres") -> Pair:
    asks = outer == "pres" and "hope {c}" not in names and ch.chance(0.25)
    keys = "tu vous" if asks else "je je je il elle nous ils"
    subj = ch.pronoun(keys) if asks or ch.chance(0.75) else ch.pick([ch.name, ch.relative])()
    frame = ch.pick(named(*names))
    c = ch.clause(outer, subj, frame, extras=False, ask=ch.pick("esq inv") if asks else "")
    deny = not asks and not frame.en.startswith("hope")
    c.places["c"] = content(ch, tenses, subj, deny)
    return say(c, "?" if asks else ".")


@family(1.2)
def think_that(ch: Chooser) -> Pair:
    """I think that she will come."""
    names = ("think that {c}", "think {c}", "believe that {c}", "be sure that {c}", "be sure {c}")
    return _that(ch, names, "past fut pres prog")


@family(1.0)
def know_hope_that(ch: Chooser) -> Pair:
    """I hope that you will find your keys."""
    if ch.chance(0.6):
        return _that(ch, ("hope that {c}", "hope {c}"), "fut")
    return _that(ch, ("know that {c}", "know {c}"), "past fut pres prog")


@family(1.2)
def said_that(ch: Chooser) -> Pair:
    """He said that he was tired. She said she would call."""
    return _that(ch, ("say that {c}", "say {c}"), "pasts cond", "past")


@family(0.9)
def whether(ch: Chooser) -> Pair:
    """I don't know if they will come."""
    subj = ch.pronoun("je je je il elle nous ils elles")
    frame = ch.pick(named("know if {c}", "know whether {c}", "wonder if {c}"))
    neg = "" if frame.en.startswith("wonder") else "not"
    c = ch.clause("pres", subj, frame, neg=neg, extras=False)
    c.places["c"] = content(ch, "past fut pres", subj, deny=False)
    return say(c)


@family(1.1)
def indirect_question(ch: Chooser) -> Pair:
    """I don't know where he lives. Do you know when they will arrive?"""
    kind = ch.pick("where when why how")
    inner_subj = (
        ch.pronoun("il elle ils elles") if ch.chance(0.5) else ch.pick([ch.name, ch.relative])()
    )
    if kind == "where":
        frame = ch.pick(
            named(
                "live {l}",
                "work {l}",
                "buy {o}",
                "find {o}",
                "lose {o}",
                "go {l}",
                "hide {o}",
                "have lunch",
            )
        )
        tense, gap = ("pres" if frame.slot("l") else "past"), ("l" if frame.slot("l") else "")
        if frame.en == "go {l}":
            tense = "past"
    elif kind == "when":
        frames = [f for f in frames_of("V") if {"a", "f"} <= set(f.kinds)]
        frame, tense, gap = ch.pick(frames), ch.pick("past fut"), ""
    elif kind == "why":
        frame, tense, gap = ch.pick([f for f in frames_of("V") if "a" in f.kinds]), "past", ""
    else:
        names = (
            "make {o}",
            "repair {o}",
            "find {o}",
            "learn {o}",
            "lose {o}",
            "pass {o}",
        )
        frame, tense, gap = ch.pick(named(*names)), "past", ""
    wh = fill(kind, {"where": "où", "when": "quand", "why": "pourquoi", "how": "comment"}[kind])
    neg = "not" if kind == "why" and ch.chance(0.4) else ""
    inner = ch.clause(tense, inner_subj, frame, extras=False, wh=wh, gap=gap, neg=neg)
    ask = ch.chance(0.4)
    outer = ch.pronoun("tu vous" if ask else "je je je nous il elle")
    form = ch.pick("esq inv") if ask else ""
    c = ch.clause(
        "pres", outer, named("know {q}")[0], ask=form, neg="" if ask else "not", extras=False
    )
    c.places["q"] = realize_clause(inner)
    return say(c, "?" if ask else ".")


_SKILLS = (
    "speak {o}", "teach {o}", "work {l}", "live {l}", "play {o}", "have {o}", "wear glasses",
    "have blue eyes", "have long hair", "be rich", "be famous", "speak {o}", "play {o}",
    "live {l}", "work {l}", "hate {o}", "love {o}",
)  # fmt: skip


_CHILDREN = ("child", "guest", "customer", "owner")


@family(1.3)
def relative_subject(ch: Chooser) -> Pair:
    """I know a woman who speaks Spanish."""
    noun = ch.pick(
        [n for n in nouns_of("pro,people,kin") if n.en not in _CHILDREN and not n.has("enp")]
    )
    owned = noun.has("kin")
    kinds = "a" if owned else "p"
    speaker = ch.pronoun("je je nous il elle")
    np = ch.of_noun(noun, "p" if owned else "a", ch.pronoun("je"))
    np.adj = None
    if owned:
        np.en_num = np.fr_num = "s"
    deeds = [f for f in frames_of("J") if "a" in f.kinds]
    skills = [f for f in named(*_SKILLS) if not f.slot("o").startswith("who")]
    frame = ch.pick(deeds if owned else skills)
    who = NP(3, np.en_num, np.fr_num, np.g, noun.g, human=True, fixed=fill("who", "qui"))
    inner = ch.clause("past" if kinds == "a" else "pres", who, frame, extras=False)
    ch.add_adjuncts(inner, 0, 0.3 if owned else 0)
    phrase = np_pair(np) + realize_clause(inner)
    if owned or (kinds == "a" and ch.chance(0.4)):
        np.det = "p" if owned else "t"
        head = np_pair(np)
        tail = realize_clause(inner)
        if owned or (np.fr_num == "s" and kinds == "a"):
            return end(fill("{n} {t}", "{n} {t}", n=fill("it was", "c' est"), t=head + tail))
    outer = ch.clause("pres", speaker, named("know {o}")[0], extras=False)
    outer.args["o"] = NP(fixed=phrase)
    outer.manner = Pair()
    return say(outer)


_JUDGED = ("buy {o}", "watch {o}", "choose {o}", "order {o}", "rent {o}", "visit {o}", "read {o}")
_SHOWN = (
    "lose {o}", "find {o}", "sell {o}", "write {o}", "need {o}", "look for {o}", "receive {o}",
    "draw {o}", "take {o}", "borrow {o}", "try on {o}", "repair {o}", "hide {o}", "forget {o}",
)  # fmt: skip
_EATEN = {"food", "who", "veg", "dishc", "transport2", "readmsg1", "readmsg", "carry1"}
_DULL = {"new", "clean", "dirty", "broken", "cheap", "empty", "young", "practical", "old"}


@family(1.6)
def relative_object(ch: Chooser) -> Pair:
    """This is the book that I bought yesterday. The film we watched was boring."""
    judged = ch.chance(0.4)
    names = _JUDGED if judged else (*_JUDGED, *_SHOWN)
    frames = [f for f in named(*names) if not _EATEN & set(f.slot("o").split(","))]
    frame = ch.pick(frames)
    nouns = [n for n in nouns_of(frame.slot("o")) if not n.has("mass") and not n.has("snack")]
    noun = ch.pick([n for n in nouns if not judged or things(n.classes)[0][0] != "here"] or nouns)
    np = ch.of_noun(noun, "t")
    np.adj, np.det = None, "t"
    subj = ch.subject()
    tense = {"need {o}": "pres", "look for {o}": "prog"}.get(frame.en, "past")
    needs = frame.en == "need {o}"
    wh = fill("that", "dont" if needs else "que") if ch.chance(0.6) else _silent(needs)
    c = ch.clause(tense, subj, frame, extras=False, gap="o", gap_agree=np, wh=wh)
    c.args.pop("o")
    if tense == "past" and ch.chance(0.5):
        c.tail.append(ch.phrase("past"))
    inner = realize_clause(c)
    inner.fr = [w for w in inner.fr if not (needs and w.text == "de")]
    plural_en, plural_fr = np.en_num == "p", np.fr_num == "p"
    if not judged:
        this = fill("these are" if plural_en else "this is", "ce° sont" if plural_fr else "c' est")
        return end(this + np_pair(np) + inner)
    adjectives = [a for a in things(noun.classes) if a[0] not in _DULL]
    adjective = ch.pick(adjectives or things(noun.classes))
    en_be = ("are" if plural_en else "is") + MARK
    fr = agree_text(adjective[1], np)
    state = fill(f"{en_be} {adjective[0]}", f"{'sont' if plural_fr else 'est'} {fr}")
    return end(np_pair(np) + inner + state)


def _silent(needs: bool) -> Pair:
    return Pair([], [word("dont" if needs else "que")])


def things(classes: frozenset[str]) -> list[tuple[str, str]]:
    """Predicate adjectives for a thing of these classes."""
    fit = [(a.en, a.fr) for a in adjectives() if a.classes & classes and a.place != "inv"]
    fit = [
        (en, "neuf" if fr == "nouveau" else fr)
        for en, fr in fit
        if en != "new" or "job" not in classes
    ]
    return fit or [("here", "=ici")]


def agree_text(french: str, np: NP) -> str:
    """A predicate adjective in agreement (`=` marks an adverb)."""
    return french[1:] if french.startswith("=") else fr_adjective(french, np.g, np.fr_num)


@family(1.0)
def relative_place(ch: Chooser) -> Pair:
    """This is the village where I was born."""
    rows = (
        ("town", "live {l}|meet {o}|stay {l}|work {l}|go on vacation|get married|study"),
        ("shopplace", "work {l}|meet {o}"),
        ("street", "live {l}|meet {o}|fall|play"),
        ("room", "sleep|work|study|rest"),
        ("home", "live {l}|stay {l}"),
        ("nature", "swim|go for a walk|get lost|play"),
        ("building", "work {l}|meet {o}"),
    )
    classes, names = ch.pick(rows)
    noun = ch.pick(
        [
            n
            for n in nouns_of(classes)
            if n.en not in ("tree", "bridge", "mountain", "island", "garage", "tower")
        ]
    )
    frame = ch.pick(
        [f for f in named(*names.split("|")) if "a" in f.kinds or "s" in f.kinds or "p" in f.kinds]
    )
    np = ch.of_noun(noun, "t")
    np.en_num = np.fr_num = "s"
    np.adj = None
    tense = "pres" if frame.en in ("live {l}", "work {l}", "work", "study", "sleep") else "past"
    subj = ch.subject()
    if frame.swapped:
        frame = named("work {l}")[0]
    c = ch.clause(tense, subj, frame, extras=False, gap="l", wh=fill("where", "où"))
    c.args.pop("l", None)
    if frame.en == "meet {o}":
        c.args["o"] = ch.name()
    return end(fill("this is", "c' est") + np_pair(np) + realize_clause(c))
