"""Because, when, if, before, after, then and while."""

from __future__ import annotations

from choose import Chooser, frames_of
from clause import realize_clause
from families_complex import again, infinitive
from family import end, family, named
from lexicon import Frame, phrases
from nouns import NP
from words import Pair, fill

# Parts of a day in order: what can come before what
DAY = (
    ("wake up", "get up", "take a shower", "get dressed", "have breakfast",
     "brush one's teeth", "leave the house"),
    ("get up", "make one's bed", "take a shower", "get dressed",
     "have breakfast", "read the newspaper", "leave for work"),
    ("go shopping", "cook", "have lunch", "do the dishes", "take a nap", "go for a walk"),
    ("go home", "do {o}", "cook", "have dinner", "do the dishes", "watch television", "go to bed"),
    ("leave the office", "go home", "take a shower", "set the table", "have dinner",
     "do the dishes", "brush one's teeth", "go to bed"),
    ("go home", "take a bath", "have dinner", "wash one's hair", "read a book", "go to bed"),
    ("do the housework", "do the laundry", "take a shower", "go out"),
)  # fmt: skip


_WITH_TIME = (
    "learn {o}|read a book|play {o}|travel|go for a walk|visit {o}|paint {o}|play sports|cook|"
    "help {o}|go {l}|study {o}|go swimming|sleep|rest|call {o}|play with {o}|"
    "learn a foreign language|write a letter|take care of {o}|ride one's bike|go out|take a nap"
)
_WITH_MONEY = (
    "buy {o}|travel|buy a house|go on vacation|visit {o}|build {o}|quit one's job|move|"
    "go around the world"
)
_OUTSIDE = (
    "go for a walk|go swimming|go out|ride one's bike|play {o}|go {l}|hang up the clothes|visit {o}"
)
_INSIDE = (
    "stay at home|watch television|read a book|take an umbrella|take the bus|take a taxi|"
    "take the car|listen to music"
)


def _reason(ch: Chooser) -> tuple[Frame, Frame]:
    state, actions = ch.pick(phrases("reasons.tsv")[""])
    action = ch.pick([f for f in named(ch.pick(actions.split("|"))) if set("pa") & set(f.kinds)])
    return named(state)[0], action


@family(2.0)
def because(ch: Chooser) -> Pair:
    """He went to bed because he was tired."""
    state, action = _reason(ch)
    subj = ch.single() if "Z" in state.kinds else ch.subject(True)
    tense, background = ch.pick([("past", "pasts"), ("past", "pasts"), ("near", "pres")])
    if "f" not in action.kinds:
        tense, background = "past", "pasts"
    if "s" not in state.kinds and background == "pres":
        background = "pres"
    main = ch.clause(tense, subj, action, extras=False)
    why = ch.clause(background, again(subj), state, extras=False)
    a, b = realize_clause(main), realize_clause(why)
    if ch.chance(0.3):
        main.subj, why.subj = why.subj, main.subj
        a, b = realize_clause(main), realize_clause(why)
        return end(fill("{b} , so {a}", "{b} , donc {a}", a=a, b=b))
    return end(fill("{a} because {b}", "{a} parce/1 que/1 {b}", a=a, b=b))


@family(1.5)
def when_habit(ch: Chooser) -> Pair:
    """When I am cold, I put on a sweater."""
    state, action = _reason(ch)
    while "p" not in action.kinds:
        state, action = _reason(ch)
    subj = ch.single() if "Z" in state.kinds else ch.subject()
    first = realize_clause(ch.clause("pres", subj, state, extras=False))
    other = again(subj)
    c = ch.clause("pres", other, action, extras=False)
    if ch.chance(0.1):
        c.adverb = fill("always", "toujours")
    return end(fill("when {a} , {b}", "quand {a} , {b}", a=first, b=realize_clause(c)))


@family(1.3)
def if_state(ch: Chooser) -> Pair:
    """If you are hungry, eat something. If she is tired, she will rest."""
    state, action = _reason(ch)
    subj = ch.pronoun("tu vous") if ch.chance(0.5) else ch.single()
    commands = subj.per == 2 and "c" in action.kinds and ch.chance(0.6)
    while "f" not in action.kinds and not commands:
        state, action = _reason(ch)
    first = realize_clause(ch.clause("pres", subj, state, extras=False))
    second = ch.clause("imp" if commands else "fut", again(subj), action, extras=False)
    return end(fill("if {a} , {b}", "si {a} , {b}", a=first, b=realize_clause(second)))


@family(1.5)
def if_future(ch: Chooser) -> Pair:
    """If the weather is nice, we will go to the beach."""
    section, names = ch.pick(
        [
            ("ifpnice", _OUTSIDE),
            ("ifprain", _INSIDE),
            ("ifpresent", ""),
            ("ifpresent", ""),
            ("ifpresent", ""),
        ]
    )
    en, fr, *more = ch.pick(phrases("fixed.tsv")[section])
    subj = ch.subject(True)
    if more:
        names = more[0]
        subj = ch.pronoun(more[1]) if len(more) > 1 else subj
    frame = ch.pick([f for f in named(*names.split("|")) if "f" in f.kinds])
    c = ch.clause("fut", subj, frame, extras=False)
    ch.add_adjuncts(c, 0, 0.3 if more and en.startswith("=") else 0)
    if en.startswith("="):
        condition = realize_clause(ch.clause("pres", again(subj), named(en[1:])[0], extras=False))
    else:
        condition = fill(en, fr)
    main = realize_clause(c)
    if ch.chance(0.5):
        return end(fill("{a} if {b}", "{a} si {b}", a=main, b=condition))
    return end(fill("if {b} , {a}", "si {b} , {a}", a=main, b=condition))


def _condition(ch: Chooser, section: str, subj: NP) -> Pair:
    """A condition: about the weather or time, or about the subject."""
    en, *french = ch.pick(phrases("fixed.tsv")[section])
    if french:
        return fill(en, french[0])
    tense = "pres" if section.startswith("ifp") else "pasts"
    return realize_clause(ch.clause(tense, subj, named(en[1:])[0], extras=False))


@family(1.4)
def if_conditional(ch: Chooser) -> Pair:
    """If I had time, I would learn Italian."""
    subj = ch.subject()
    section, names = ch.pick([("iftime", _WITH_TIME), ("ifrich", _WITH_MONEY)])
    frames = [f for f in named(*names.split("|")) if "f" in f.kinds]
    if section == "ifrich":
        frames = [f for f in frames if "b" in f.kinds and not f.slot("o").startswith("who")]
    frame = ch.pick(frames)
    c = ch.clause("cond", subj, frame, extras=False)
    ch.add_adjuncts(c, 0.5, 0)
    condition = _condition(ch, section, again(subj))
    main = realize_clause(c)
    if ch.chance(0.5):
        return end(fill("{a} if {b}", "{a} si {b}", a=main, b=condition))
    return end(fill("if {b} , {a}", "si {b} , {a}", a=main, b=condition))


def _ordered(ch: Chooser, start: int = 0) -> tuple[Frame, Frame]:
    part = ch.pick(DAY)
    i = ch.rng.randrange(start, len(part) - 1)
    j = min(i + ch.rng.randint(1, 3), len(part) - 1)
    one, two = ([f for f in named(part[n]) if "a" in f.kinds] for n in (i, j))
    return one[0], two[0]


@family(1.4)
def before_doing(ch: Chooser) -> Pair:
    """She brushes her teeth before going to bed."""
    first, second = _ordered(ch, 2)
    subj = ch.subject(True)
    main = ch.clause(ch.pick("pres past fut"), subj, first, extras=False)
    ger = infinitive(ch, again(subj), second, "ger", 0)
    return end(fill("{a} before {b}", "{a} avant/1 de {b}", a=realize_clause(main), b=ger))


@family(1.4)
def after_doing(ch: Chooser) -> Pair:
    """After having lunch, he took a nap."""
    first, second = _ordered(ch)
    subj = ch.subject(True)
    main = realize_clause(ch.clause(ch.pick("pres past fut"), subj, second, extras=False))
    ger = infinitive(ch, again(subj), first, "gerperf", 0)
    if ch.chance(0.5):
        return end(fill("after {b} , {a}", "après {b} , {a}", a=main, b=ger))
    return end(fill("{a} after {b}", "{a} après {b}", a=main, b=ger))


@family(1.2)
def then(ch: Chooser) -> Pair:
    """He got up, then he took a shower."""
    first, second = _ordered(ch)
    subj = ch.subject(True)
    tense = ch.pick("pres past near")
    a = realize_clause(ch.clause(tense, subj, first, extras=False))
    b = realize_clause(ch.clause(tense, again(subj), second, extras=False))
    return end(fill("{a} , then {b}", "{a} , puis {b}", a=a, b=b))


@family(1.2)
def while_it_happened(ch: Chooser) -> Pair:
    """I was reading when the phone rang."""
    subj = ch.subject()
    c = ch.clause("pprog", subj, ch.pick(frames_of("G")), extras=False)
    if not {"until", "allday"} & set(c.frame.adjuncts):
        ch.add_adjuncts(c, 0.4, 0)
    event = fill(*ch.pick(phrases("fixed.tsv")["events"]))
    return end(fill("{a} when {b}", "{a} quand {b}", a=realize_clause(c), b=event))
