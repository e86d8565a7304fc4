"""Statements, negations, yes/no questions and imperatives."""

from __future__ import annotations

from dataclasses import replace

from choose import Chooser, frames_of
from clause import Clause
from english import english_clause
from family import end, family, named, say
from french import french_clause
from nouns import NP
from words import Pair, fill

NOTHING = (
    "eat {o}", "drink {o}", "buy {o}", "find {o}", "lose {o}", "forget {o}", "write {o}",
    "understand {o}", "touch {o}", "order {o}", "choose {o}", "sell {o}", "break {o}",
    "throw away {o}", "send {o} to {p}", "give {o} to {p}", "explain {o} to {p}",
    "show {o} to {p}", "repair {o}", "read {o}", "sign {o}", "bring {p} {o}",
)  # fmt: skip
NOBODY = (
    "see {o}", "meet {o}", "invite {o}", "help {o}", "talk to {o}", "phone {o}", "call {o}",
    "listen to {o}", "wait for {o}", "thank {o}", "play with {o}", "trust {o}", "smile at {o}",
    "dance with {o}", "visit {o}", "surprise {o}", "laugh at {o}",
)  # fmt: skip
ONLY = (
    "eat {o}#food", "drink {o}#drink", "buy {o}", "speak {o}", "like {o}", "watch {o}", "play {o}",
    "talk to {o}", "study {o}", "listen to {o}", "need {o}", "take {o}#transport2",
    "know {o}#who", "love {o}", "help {o}", "trust {o}",
)  # fmt: skip
DURABLE = (
    "live {l}", "work {l}", "wear glasses", "know {o}#who", "live {l}", "work {l}",
    "have {o}#vehicle",
)  # fmt: skip
LASTING = (
    "wait for {o}", "look for {o}", "sleep", "read {o}", "talk to {o}", "clean {o}", "work",
    "walk", "run", "dance", "paint {o}", "stand in line", "repair {o}", "cook", "rest",
    "do {o}", "write {o}", "iron {o}", "study",
)  # fmt: skip
PRACTICED = ("study {o}", "learn {o}", "play {o}", "take care of {o}")
BANNED = (
    "tell (any) lies", "laugh at {o}", "smoke", "trust {o}", "touch {o}", "sign {o}", "drive",
    "forget {o}", "spend too much money", "lend {o} to {p}",
)  # fmt: skip


@family(1.6)
def present_habit(ch: Chooser) -> Pair:
    """They go to the beach on Sundays."""
    frame = ch.pick([f for f in frames_of("p") if "n" not in f.kinds])
    c = ch.clause("pres", frame=frame, extras=False)
    ch.add_adjuncts(c, 0.4, 1)
    return say(c)


@family(1.3)
def present_adverb(ch: Chooser) -> Pair:
    """She often writes letters."""
    frame = ch.pick([f for f in frames_of("p") if f.slots or "H" in f.kinds])
    c = ch.clause("pres", frame=frame, extras=False)
    c.adverb = ch.phrase("often")
    while c.adverb.en[0].text == "always" and not c.frame.slots:
        c.adverb = ch.phrase("often")
    ch.add_adjuncts(c, 0.5, 0)
    return say(c)


@family(1.3)
def present_state(ch: Chooser) -> Pair:
    """He has two brothers."""
    return say(ch.clause("pres", frame=ch.pick(frames_of("s")), neg=ch.pick(["", "", "not"])))


@family(1.6)
def present_progressive(ch: Chooser) -> Pair:
    """We are painting the door."""
    return say(ch.clause("prog", neg=ch.pick(["", "", "", "not"])))


@family(2.2)
def past_event(ch: Chooser) -> Pair:
    """Paul lost his keys yesterday."""
    return say(ch.clause("past"))


@family(1.2)
def past_negative(ch: Chooser) -> Pair:
    """I did not sleep well."""
    frame = ch.pick([f for f in frames_of("VDWJK") if "a" in f.kinds])
    return say(ch.clause("past", frame=frame, neg="not"))


@family(1.2)
def present_perfect(ch: Chooser) -> Pair:
    """She has already eaten."""
    c = ch.clause("perf", neg=ch.pick(["", "", "not"]), extras=False)
    ch.add_adjuncts(c, 0.4, 0)
    if not c.neg and ch.chance(0.7):
        c.adverb = fill("already", "déjà")
    elif c.neg and ch.chance(0.6):
        c.tail.append(fill("yet", ""))
        c.adverb = Pair([], fill("", "encore").fr)
        c.adverb.fr[0] = replace(c.adverb.fr[0], tags=c.tail[-1].en[0].tags)
    return say(c)


@family(1.0)
def just_happened(ch: Chooser) -> Pair:
    """He has just called Marie."""
    c = ch.clause(
        "perf", frame=ch.pick([f for f in frames_of("JVD") if "a" in f.kinds]), extras=False
    )
    c.adverb = fill("just", "")
    tag = next(iter(c.adverb.en[0].tags))
    french = replace(c, tense="pres", modal="just", modal_tag=tag, adverb=Pair())
    french.head_tags = c.head_tags
    return end(Pair(english_clause(c), french_clause(french)))


@family(1.3)
def imperfect_habit(ch: Chooser) -> Pair:
    """We used to go to the sea every summer."""
    frames = [f for f in frames_of("i") if "p" in f.kinds and "H" in f.kinds]
    c = ch.clause("used", frame=ch.pick(frames), extras=False)
    ch.add_adjuncts(c, 0.7, 0.7)
    return say(c)


@family(0.8)
def imperfect_state(ch: Chooser) -> Pair:
    """She was tired."""
    frames = [f for f in frames_of("i") if "s" in f.kinds]
    c = ch.clause("pasts", frame=ch.pick(frames), neg=ch.pick(["", "", "not"]))
    if ch.chance(0.6) and "t" in c.frame.kinds:
        c.tail.append(ch.phrase("thatday"))
    return say(c)


@family(1.5)
def future(ch: Chooser) -> Pair:
    """I will call you tomorrow."""
    neg = ch.pick(["", "", "", "not", "never"])
    frame = ch.pick(frames_of("U")) if neg == "never" else None
    if neg == "not":
        frame = ch.pick([f for f in frames_of("WV") if "f" in f.kinds])
    if frame and "f" not in frame.kinds:
        frame = None
    return say(ch.clause("fut", frame=frame, neg=neg if frame or neg != "never" else ""))


@family(1.5)
def near_future(ch: Chooser) -> Pair:
    """They are going to sell their house."""
    neg = ch.pick(["", "", "", "not"])
    frames = [f for f in frames_of("WV") if "f" in f.kinds] if neg else frames_of("f")
    return say(ch.clause("near", frame=ch.pick(frames), neg=neg))


@family(1.0)
def since(ch: Chooser) -> Pair:
    """I have lived in Paris for two years."""
    roll = ch.rng.random()
    if roll < 0.35:
        frames, tense, section = list(named(*DURABLE)), "presperf", "since"
    elif roll < 0.5:
        frames, tense, section = list(named(*PRACTICED)), "perfprog", "since"
    else:
        frames = [f for f in named(*LASTING) if "g" in f.kinds]
        tense, section = "perfprog", "sincehour"
    c = ch.clause(tense, frame=ch.pick(frames), extras=False)
    c.tail.append(ch.phrase(section))
    return say(c)


@family(1.4)
def present_negative(ch: Chooser) -> Pair:
    """You don't eat meat."""
    return say(ch.clause("pres", frame=ch.pick(frames_of("H")), neg="not"))


@family(1.2)
def never(ch: Chooser) -> Pair:
    """He never drinks wine. She has never seen the sea."""
    tense = ch.pick("pres pres perf")
    frame = ch.pick(frames_of("H" if tense == "pres" else "e"))
    return say(ch.clause(tense, frame=frame, neg="never"))


@family(1.2)
def no_longer(ch: Chooser) -> Pair:
    """They don't live here anymore."""
    frames = [f for f in frames_of(ch.pick("H s")) if "x" not in f.kinds]
    return say(ch.clause("pres", frame=ch.pick(frames), neg="longer"))


@family(1.0)
def nothing(ch: Chooser) -> Pair:
    """I didn't buy anything."""
    frame = ch.pick([f for f in named(*NOTHING) if not f.slot("o").startswith("who")])
    tense = ch.pick([t for t, k in (("past", "a"), ("past", "a"), ("near", "f"), ("prog", "g"),
                                    ("fut", "f")) if k in frame.kinds] or ["pres"])  # fmt: skip
    subj = ch.subject()
    ask = "esq" if subj.per > 1 and ch.chance(0.15) else ""
    return say(ch.clause(tense, subj, frame, neg="nothing", ask=ask, extras=tense == "past"),
               "?" if ask else ".")  # fmt: skip


@family(1.0)
def nobody(ch: Chooser) -> Pair:
    """She doesn't know anyone."""
    frame = ch.pick([f for f in named(*NOBODY) if f.slot("o").startswith("who")])
    tense = ch.pick([t for t, k in (("past", "a"), ("pres", "p"), ("near", "f"), ("fut", "f"))
                     if k in frame.kinds] or ["pres"])  # fmt: skip
    return say(ch.clause(tense, frame=frame, neg="nobody", extras=tense == "past"))


@family(0.9)
def only(ch: Chooser) -> Pair:
    """He only eats vegetables."""
    c = ch.clause("pres", frame=ch.pick(named(*ONLY)), neg="only", extras=False)
    c.args["o"].quantity = ("", "")
    return say(c)


_DONE = (
    "come {l}", "call {o}", "answer {o}", "laugh", "smile", "help {o}", "arrive {l}", "see {o}",
    "listen to {o}", "get up", "wait for {o}",
)  # fmt: skip


@family(1.0)
def nobody_does(ch: Chooser) -> Pair:
    """Nobody came to the party."""
    tense = ch.pick("past past fut pres perf")
    kinds = {"past": "a", "fut": "f", "pres": "p", "perf": "e"}[tense]
    subj = NP(human=True, fixed=fill("nobody", "personne"))
    deeds = [*frames_of("J"), *named(*_DONE)]
    frames = [f for f in deeds if kinds in f.kinds and "one" not in f.en]
    c = ch.clause(tense, subj, ch.pick(frames), neg="denied", extras=False)
    ch.add_adjuncts(c, 0, 0.4)
    c.neg_tag = next(iter(subj.fixed.en[0].tags)) if subj.fixed else c.neg_tag
    return say(c)


def _question(ch: Chooser, ask: str, subj: NP | None = None) -> Pair:
    tense = ch.pick("pres pres prog past past perf fut near pres")
    neg = ch.pick(["", "", "", "", "not"]) if tense in ("pres", "past", "near") else ""
    while not subj or subj.per == 1 or (subj.pron and subj.pron[1] == "on"):
        subj = ch.subject()
    if tense == "pres":
        c = ch.clause(tense, subj, ch.pick(frames_of(ch.pick("H y s"))), neg=neg, ask=ask)
        if len(c.frame.pattern.en) == 1 and not c.tail and not c.manner.en:
            ch.add_adjuncts(c, 0, 2)
    else:
        c = ch.clause(tense, subj, neg=neg, ask=ask)
    return say(c, "?")


@family(2.2)
def question_esq(ch: Chooser) -> Pair:
    """Do you like apples? with est-ce que."""
    return _question(ch, "esq")


@family(2.2)
def question_inversion(ch: Chooser) -> Pair:
    """Are they sleeping? with inversion."""
    return _question(ch, "inv", ch.pronoun("tu tu vous vous il elle ils elles"))


@family(0.6)
def question_intonation(ch: Chooser) -> Pair:
    """Did you call Paul? with the order of a statement."""
    return _question(ch, "into", ch.pronoun("tu tu vous il elle ils"))


@family(1.4)
def imperative(ch: Chooser) -> Pair:
    """Close the door, please."""
    c = ch.clause("imp", ch.pronoun("tu vous"), extras=False)
    if not {"early", "fastslow"} & set(c.frame.adjuncts):  # get up late, run too fast
        ch.add_adjuncts(c, 0.5, 0)
    return _command(ch, c)


@family(1.0)
def imperative_negative(ch: Chooser) -> Pair:
    """Don't touch my phone."""
    neg = ch.pick(["not", "not", "not", "never"])
    frame = ch.pick(named(*BANNED)) if neg == "never" else None
    c = ch.clause("imp", ch.pronoun("tu vous"), frame, neg=neg, extras=False)
    return _command(ch, c)


def _command(ch: Chooser, c: Clause) -> Pair:
    pair = Pair(english_clause(c), french_clause(c))
    if ch.chance(0.35):
        french = "s' il te plaît" if c.subj.fr_num == "s" else "s' il vous plaît"
        pair += fill(", please", f",/1 {'/2 '.join(french.split())}/2")
    return end(pair, "!" if ch.chance(0.12) else ".")


_NOT_US = ("forget {o}", "make (any) noise", "wait for {o}", "wait", "worry", "get angry",
           "go {l}", "leave",
           "go out", "argue with {o}", "invite {o}", "sell {o}", "take {o}", "tell {p} {o}",
           "laugh at {o}", "stay {l}", "call {o}", "touch {o}", "be late")  # fmt: skip


@family(1.0)
def let_us(ch: Chooser) -> Pair:
    """Let's take the train."""
    neg = ch.pick(["", "", "", "", "not"])
    frame = ch.pick(named(*_NOT_US)) if neg else None
    c = ch.clause("imp", ch.pronoun("nous"), frame, neg=neg, let_us=True, extras=False)
    ch.add_adjuncts(c, 0.5, 0)
    if ch.chance(0.3) and not neg and not c.tail and "b" not in c.frame.kinds and c.frame.slot("l"):
        c.tail.append(ch.phrase("when"))
    return say(c)
