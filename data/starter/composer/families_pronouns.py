"""Object, indirect, double, y and en pronouns; reflexive verbs; antecedents."""

from __future__ import annotations

from dataclasses import replace

from choose import Chooser, frames_of
from clause import Clause, realize_clause
from english import english_clause
from families_core import _command
from family import end, family, named, say
from french import french_clause
from lexicon import Frame, nouns_of
from nouns import NP, np_pair
from words import Pair, fill

_THINGS = (("it", "le", "s", "m"), ("it", "le", "s", "f"), ("them", "les", "p", "m"))
_TENSES = ("pres", "past", "past", "fut", "near", "modal", "ask", "not", "perf")


def thing_pronoun(ch: Chooser, like: NP | None = None) -> NP:
    """It or them, with the French gender of `like` or of a thing not named."""
    if like:
        en = "them" if like.en_num == "p" else "it"
        return NP(3, like.en_num, like.fr_num, like.g, pron=(en, "le"))
    en, fr, num, g = ch.pick(_THINGS)
    return NP(3, num, num, g, pron=(en, fr))


def person_pronoun(ch: Chooser, subj: NP) -> NP:
    """Me, you, him … but not the subject again."""
    keys = {
        1: "tu vous il elle ils elles il elle",
        2: "je je nous il elle ils",
        3: "je tu vous nous",
    }
    person = 1 if subj.pron and subj.pron[1] == "on" else subj.per
    extra = " il elle ils" if person == 3 else ""
    return ch.pronoun(keys[person] + extra)


def _tensed(ch: Chooser, frame: Frame, subj: NP) -> Clause:
    """A clause in one of many tenses, polarities and question forms."""
    choice = ch.pick(_TENSES)
    kinds = frame.kinds
    if "s" in kinds:
        return ch.clause("pres", subj, frame, neg=ch.pick(["", "", "not"]), extras=False)
    if choice == "modal" and "m" in kinds:
        fits = {"can": "WK", "must": "D", "should": "D", "want": "W"}
        modals = [m for m in sorted(fits) if set(fits[m]) & set(kinds)]
        if modals:
            modal = ch.pick(modals)
            neg = ch.pick(["", "not"]) if modal == "can" else ""
            return ch.clause("pres", subj, frame, modal=modal, neg=neg, extras=False)
    letter = {"pres": "p", "past": "a", "fut": "f", "near": "f", "perf": "e"}
    tense = choice if choice in letter and letter[choice] in kinds else ""
    tense = "" if tense == "pres" and "n" in kinds else tense
    tense = tense or ("past" if "a" in kinds else "pres" if "p" in kinds else "fut")
    neg = "not" if choice == "not" or ch.chance(0.1) else ""
    pronominal = subj.pron is not None and subj.per > 1
    ask = ch.pick("esq inv") if choice == "ask" and pronominal else ""
    return ch.clause(tense, subj, frame, neg=neg, ask=ask, extras=False)


def _finish(ch: Chooser, c: Clause) -> Pair:
    ch.add_adjuncts(c, 0.3, 0.5)
    return say(c, "?" if c.ask else ".")


@family(2.2)
def direct_thing(ch: Chooser) -> Pair:
    """I lost it yesterday."""
    frames = [f for f in frames_of("pgafs", "o") if _concrete(f)]
    c = _tensed(ch, ch.pick(frames), ch.subject())
    c.args["o"] = thing_pronoun(ch)
    return _finish(ch, c)


def _concrete(frame: Frame) -> bool:
    """Whether the object of a frame can be it or them."""
    classes = frame.slots[0][1] if frame.slots else ""
    dets = frame.slots[0][2] if frame.slots else ""
    return (
        not classes.startswith(("who", "@")) and frame.pattern.fr[1].slot
        and set(dets) & set("thp") != set() and not frame.swapped
    )  # fmt: skip


@family(2.2)
def direct_person(ch: Chooser) -> Pair:
    """She knows us."""
    frames = [f for f in frames_of("pgafs", "o") if f.slots[0][1] == "who" and f.pattern.fr[1].slot]
    subj = ch.subject()
    c = _tensed(ch, ch.pick(frames), subj)
    c.args["o"] = person_pronoun(ch, subj)
    return _finish(ch, c)


@family(1.6)
def indirect_person(ch: Chooser) -> Pair:
    """He gave her a book. I am going to phone them."""
    subj = ch.subject()
    double = [f for f in frames_of("af") if f.slot("p") == "who"]
    single = [f for f in frames_of("paf", "o") if f.slot("o") == "who" and "à {o}" in f.fr]
    frame = ch.pick(double if ch.chance(0.65) else single)
    c = _tensed(ch, frame, subj)
    c.args["p" if frame in double else "o"] = person_pronoun(ch, subj)
    return _finish(ch, c)


@family(1.2)
def double_pronoun(ch: Chooser) -> Pair:
    """I will give it to you."""
    subj = ch.subject()
    frames = [f for f in frames_of("af") if f.slot("p") == "who" and " {p} " not in f.en
              and set("th") & set(f.slots[0][2])]  # fmt: skip
    frames += [
        f
        for f in frames_of("af")
        if f.slot("p") == "who" and "to {p}" in f.en and f.slot("o") != "who"
    ]
    c = _tensed(ch, ch.pick([f for f in frames if "to {p}" in f.en]), subj)
    c.args["o"], c.args["p"] = thing_pronoun(ch), person_pronoun(ch, subj)
    return _finish(ch, c)


@family(1.0)
def stressed_pronoun(ch: Chooser) -> Pair:
    """She dances with me."""
    subj = ch.subject()
    frames = [f for f in frames_of("pgafs", "o") if f.slot("o").startswith("who")
              and not f.pattern.fr[1].slot and not f.fr.endswith("à {o}")]  # fmt: skip
    frames += list(named("think about {o}"))
    c = _tensed(ch, ch.pick(frames), subj)
    c.args["o"] = person_pronoun(ch, subj)
    return _finish(ch, c)


@family(1.0)
def there_pronoun(ch: Chooser) -> Pair:
    """We are going there tomorrow. They live there."""
    tense, names = ch.pick([
        ("pres", ("go {l}", "live {l}", "work {l}")), ("past", ("go {l}", "stay {l}")),
        ("near", ("go {l}", "stay {l}")), ("perf", ("go {l}",)), ("prog", ("go {l}",)),
    ])  # fmt: skip
    if tense == "perf":
        tense = "past"
    subj = ch.subject()
    ask = ch.pick(["", "", "", "esq", "inv"])
    if ask == "inv" and (not subj.pron or subj.per == 1 or subj.pron[1] == "on"):
        ask = "esq"
    if subj.per == 1:
        ask = ""
    frames = named(*names)
    c = ch.clause(tense, subj, ch.pick(frames), neg=ch.pick(["", "", "not", "longer"]
                  if tense == "pres" else ["", "", "not"]), ask=ask, extras=False)  # fmt: skip
    c.places.clear()
    c.args["l"] = NP(pron=("there", "y"))
    ch.add_adjuncts(c, 0.35, 0.6)
    return say(c, "?" if ask else ".")


@family(1.0)
def some_of_it(ch: Chooser) -> Pair:
    """Do you want some? I don't need any."""
    subj = ch.subject()
    names = ("eat {o}", "drink {o}", "buy {o}", "order {o}", "want {o}", "have {o}")
    frames = [f for f in named(*names) if set("sb") & set(f.slots[0][2])]
    frame = ch.pick(frames)
    ask = ch.pick(["", "", "esq", "inv"]) if subj.pron and subj.per == 2 else ""
    tense = "pres" if "s" in frame.kinds else ch.pick("past past fut near prog")
    if tense == "prog" and "g" not in frame.kinds:
        tense = "past"
    neg = ch.pick(["", "not"]) if not ask else ""
    c = ch.clause(tense, subj, frame, neg=neg, ask=ask, extras=False)
    c.args["o"] = NP(pron=("any" if neg else "some", "en"))
    ch.add_adjuncts(c, 0.4, 0.6)
    return say(c, "?" if ask else ".")


@family(0.8)
def two_of_them(ch: Chooser) -> Pair:
    """I bought three of them."""
    names = ("buy {o}", "eat {o}", "have {o}", "want {o}", "sell {o}", "lose {o}")
    frame = ch.pick(named(*names))
    tense = "pres" if "s" in frame.kinds else ch.pick("past past fut near")
    if tense in ("fut", "near") and "f" not in frame.kinds:
        tense = "past"
    c = ch.clause(tense, ch.subject(), frame, extras=False)
    number = ch.pick([("two", "deux"), ("three", "trois"), ("four", "quatre"),
                      ("several", "plusieurs"),
                      ("five", "cinq"), ("ten", "dix"), ("a lot", "beaucoup")])  # fmt: skip
    quantity = fill(*number)
    c.args["o"] = NP(pron=("them", "en"))
    return _counted(ch, c, quantity)


def _counted(ch: Chooser, c: Clause, quantity: Pair) -> Pair:
    pair = realize_clause(c)
    at = next(i for i, w in enumerate(pair.en) if w.text == "them")
    of = pair.en[at]
    pair.en[at:at] = [*quantity.en, type(of)("of", of.tags)]
    tail = ch.phrase("past") if c.tense == "past" and ch.chance(0.5) else Pair()
    return end(Pair(pair.en, pair.fr + quantity.fr) + tail)


@family(1.6)
def reflexive(ch: Chooser) -> Pair:
    """They got up early. Do you get dressed quickly?"""
    frames = [f for f in frames_of("paf") if f.fr.startswith(("se_", "s'"))]
    c = _tensed(ch, ch.pick(frames), ch.subject())
    ch.add_adjuncts(c, 0.6, 0.4)
    return say(c, "?" if c.ask else ".")


@family(1.5)
def imperative_pronoun(ch: Chooser) -> Pair:
    """Give it to me. Don't wait for us!"""
    neg = ch.pick(["", "", "not"])
    kinds = "U" if neg else "c"
    things = [f for f in frames_of(kinds, "o") if _concrete(f)]
    persons = [f for f in frames_of(kinds, "o") if f.slot("o") == "who"]
    givers = [f for f in frames_of(kinds) if f.slot("p") == "who"]
    frame = ch.pick(ch.pick([things, persons, givers, givers]))
    subj = ch.pronoun("tu vous")
    c = ch.clause("imp", subj, frame, neg=neg, extras=False)
    if frame in givers:
        c.args["p"] = ch.pronoun("je je nous il elle ils")
        if ch.chance(0.5) and "to {p}" in frame.en and frame.slot("o") != "who":
            c.args["o"] = thing_pronoun(ch)
    else:
        c.args["o"] = ch.pronoun("je nous il elle ils") if frame in persons else thing_pronoun(ch)
    return _command(ch, c)


@family(1.6)
def antecedent(ch: Chooser) -> Pair:
    """Where is my bag? I can't find it."""
    subj = ch.pronoun("je je nous")
    noun = ch.pick(nouns_of("carry,clothes,luggage,tool1,study"))
    np = ch.of_noun(noun, "p", subj)
    np.adj = None
    am = ("are" if np.en_num == "p" else "is") + "°"
    est = "sont" if np.fr_num == "p" else "est"
    first = end(fill(f"where {am} {{n}}", f"où {est} {{n}}", n=np_pair(np)), "?")
    frame = ch.pick(named("look for {o}", "lose {o}", "find {o}", "need {o}"))
    if frame.en == "find {o}":
        c = ch.clause("pres", subj, frame, neg="not", extras=False)
        c.args["o"] = thing_pronoun(ch, np)
        can = replace(c, modal="can", modal_tag=c.head_tags[0])
        can.head_tags = c.head_tags
        return first + end(Pair(english_clause(can), french_clause(c)))
    if frame.en == "need {o}":
        c = ch.clause("pres", subj, frame, extras=False)
    else:
        tense = "prog" if frame.en.startswith("look") else "perf"
        c = ch.clause(tense, subj, frame, extras=False)
    c.args["o"] = thing_pronoun(ch, np)
    return first + say(c)


@family(1.4)
def bought_it_and(ch: Chooser) -> Pair:
    """I bought a dress and I wear it every day."""
    subj = ch.subject()
    if subj.fixed or subj.noun:
        subj = ch.pronoun()
    rows = (
        ("buy {o}", "clothes", "try on {o}|wash {o}|lose {o}|hide {o}"),
        ("buy {o}", "read", "read {o}|finish {o}|lose {o}|throw away {o}"),
        ("buy {o}", "vehicle", "sell {o}|wash {o}|repair {o}"),
        ("write {o}", "write", "send {o}|show {o} to {p}|give {o} to {p}"),
        ("find {o}", "carry", "give back {o} to {p}|show {o} to {p}|keep {o}"),
        ("make {o}", "dishc", "eat {o}|share {o}"),
        ("take {o}", "photo", "send {o} to {p}|show {o} to {p}"),
        ("buy {o}", "home", "sell {o}|paint {o}"),
    )  # fmt: skip
    first_name, classes, seconds = ch.pick(rows)
    tense = "past"
    noun = ch.pick([n for n in nouns_of(classes) if not n.has("enp")])
    frames = [f for f in named(first_name) if "a" in f.kinds]
    one = ch.clause(tense, subj, ch.pick(frames), extras=False)
    one.args["o"] = ch.of_noun(noun, "a")
    frame = ch.pick([f for f in named(ch.pick(seconds.split("|"))) if "a" in f.kinds])
    two = ch.clause(tense, subj, frame, extras=False)
    two.args["o"] = thing_pronoun(ch, one.args["o"])
    pair = fill("{a} and {b}", "{a} et {b}", a=realize_clause(one), b=realize_clause(two))
    return end(pair)
