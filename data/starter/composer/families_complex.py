"""Modal verbs, infinitives, subordinate clauses and relatives."""

from __future__ import annotations

from dataclasses import replace

from choose import Chooser, frames_of
from clause import realize_clause
from english import english_clause
from family import end, family, named, say
from french import french_clause
from lexicon import Frame
from nouns import NP, en_object, np_pair
from tables import PRONOUNS
from words import Pair, fill, new_tag, word


def again(subj: NP) -> NP:
    """The subject once more, as a pronoun."""
    if subj.pron:
        return replace(subj, tags=[new_tag() for _ in range(3)])
    if subj.en_g == "n" and subj.en_num == "s":  # everyone: they, but il
        return NP(en_num="p", human=True, pron=("they", "il"))
    keys = ("ils", "elles") if subj.fr_num == "p" else ("il", "elle")
    en, fr, per, en_num, fr_num, g, agree = PRONOUNS[keys[subj.g == "f"]]
    return NP(per, en_num, fr_num, g, "fm"[fr == "il"] if en_num == "s" else "n", agree, (en, fr),
              human=True)  # fmt: skip


def infinitive(
    ch: Chooser, subj: NP, frame: Frame, tense: str = "inf", place: float = 0.35
) -> Pair:
    """A verb phrase without a subject."""
    c = ch.clause(tense, subj, frame, extras=False)
    for np in c.args.values():
        np.adj = None
    ch.add_adjuncts(c, place, 0)
    return realize_clause(c)


def _modal(ch: Chooser, modal: str, tense: str = "pres", neg: str = "", asks: bool = True,
           frame: Frame | None = None) -> Pair:  # fmt: skip
    subj = ch.subject()
    ask = ""
    if asks and ch.chance(0.25):
        subj = (
            ch.pronoun("tu vous il elle ils")
            if subj.per == 1 or subj.pron == ("we", "on")
            else subj
        )
        ask = "inv" if subj.pron and ch.chance(0.5) and subj.pron[1] != "on" else "esq"
    c = ch.clause(tense, subj, frame, modal=modal, neg=neg, ask=ask)
    return say(c, "?" if ask else ".")


@family(1.5)
def modal_can(ch: Chooser) -> Pair:
    """She can't come tonight."""
    if ch.chance(0.25):
        return _modal(ch, "could not", "pres", "not", asks=False)
    if ch.chance(0.2):
        return _modal(ch, "able", "fut", asks=False)
    return _modal(ch, "can", neg=ch.pick(["", "", "not", "longer"]))


@family(1.5)
def modal_must(ch: Chooser) -> Pair:
    """I have to finish my homework. You must not smoke."""
    if ch.chance(0.4):
        return _modal(ch, "must", neg=ch.pick(["", "", "not"]), asks=False)
    return _modal(ch, "have to", ch.pick("pres pres past fut"))


@family(1.3)
def modal_want(ch: Chooser) -> Pair:
    """They want to go to the market."""
    tense = ch.pick("pres pres pasts")
    return _modal(ch, "want", tense, ch.pick(["", "", "not", "longer" if tense == "pres" else ""]))


@family(1.2)
def modal_should(ch: Chooser) -> Pair:
    """You should rest."""
    return _modal(ch, "should", neg=ch.pick(["", "", "not"]), asks=False)


@family(1.2)
def modal_would_like(ch: Chooser) -> Pair:
    """I would like to buy a house."""
    return _modal(ch, "would like")


_NEEDS = (
    "sleep", "rest", "talk to {o}", "see a doctor", "find a job", "buy {o}", "learn {o}",
    "work", "study", "move", "call {o}", "lose weight", "eat something", "sit down",
    "finish {o}", "think about {o}", "repair {o}", "sell {o}", "drink something hot",
    "phone {o}",
)  # fmt: skip


@family(0.9)
def modal_need(ch: Chooser) -> Pair:
    """He needs to sleep."""
    return _modal(ch, "need", neg=ch.pick(["", "", "not"]),
                  frame=ch.pick([f for f in named(*_NEEDS) if "m" in f.kinds]))  # fmt: skip


@family(1.4)
def likes_to(ch: Chooser) -> Pair:
    """We love to swim in the sea."""
    modal = ch.pick("like like love prefer")
    neg = ch.pick(["", "", "not"]) if modal == "like" else ""
    c = ch.clause("pres", None, ch.pick(frames_of("H")), modal=modal, neg=neg, extras=False)
    ch.add_adjuncts(c, 0.5, 0)
    return say(c)


@family(1.3)
def verb_to(ch: Chooser) -> Pair:
    """She decided to sell her car. I forgot to close the door."""
    rows = (
        ("decide", "past", "bm"), ("decide", "past", "bm"), ("hope", "pres", "b"),
        ("refuse", "past", ""), ("promise", "past", ""), ("forget", "past", ""),
        ("try", "prog", ""),
        ("afraid", "pres", ""), ("time", "pres", ""), ("feel like", "pres", ""),
    )  # fmt: skip
    names = {
        "refuse": "help {o}|pay {o}|call {o}|sing|dance|answer {o}|invite {o}|come {l}|"
                  "apologize|sell {o}|sign {o}|talk to {o}",
        "promise": "call {o}|come {l}|help {o}|write {o}|tell the truth|be on time|phone {o}|stop",
        "forget": "close {o}|turn off {o}|call {o}|buy {o}|feed the cat|water the plants|pay {o}|"
                  "set the table|answer {o}|brush one's teeth|take {o}|phone {o}",
        "try": "sleep|open {o}|repair {o}|find {o}|study|lose weight|call {o}",
        "afraid": "swim|drive|dance|go out|travel|talk to {o}|speak {o}|go to the dentist|walk",
        "time": "read {o}|cook|go shopping|do the dishes|have lunch|call {o}|rest|play sports",
        "feel like": "sleep|go out|go swimming|dance|eat {o}|cook|travel|go for a walk|cry|work",
    }  # fmt: skip
    modal, tense, _kinds = ch.pick(rows)
    frames = named(*names[modal].split("|")) if modal in names else frames_of("b")
    frames = [f for f in frames if set("am") & set(f.kinds)]
    neg = ch.pick(["", "not"]) if modal in ("afraid", "time", "feel like") else ""
    if modal in ("decide", "hope"):
        frames = [f for f in frames if "m" in f.kinds and {"W", "V"} & set(f.kinds)]
    c = ch.clause(tense, None, ch.pick(frames), modal=modal, neg=neg, extras=False)
    return say(c)


_MAY = (
    "open {o}", "close {o}", "turn on {o}", "turn off {o}", "use {o}", "go out", "come in",
    "call {o}", "take {o}", "help {o}", "borrow {o}", "try on {o}", "pay", "watch television",
    "leave early", "play with {o}", "talk to {o}", "invite {o}", "ask (any) questions", "wait",
    "stay {l}", "order {o}", "rest", "show {o} to {p}", "buy {o}", "come {l}", "pay for {o}",
)  # fmt: skip


@family(1.2)
def polite_request(ch: Chooser) -> Pair:
    """Could you open the window, please?"""
    modal = ch.pick("could could can")
    frames = frames_of("R")
    if ch.chance(0.25):
        frames = named(*_MAY)
        subj, modal, ask = ch.pronoun("je"), "can", "esq"
        please = ch.pick(["te", "vous"])
    else:
        subj, ask = ch.pronoun("tu vous"), "inv"
        please = "te" if subj.fr_num == "s" else "vous"
    frame = ch.pick([f for f in frames if "m" in f.kinds])
    c = ch.clause("pres", subj, frame, modal=modal, ask=ask, extras=False)
    pair = realize_clause(c)
    if ch.chance(0.5):
        pair += fill(", please", f",/1 s'/2 il/2 {please}/2 plaît/2")
    return end(pair, "?")


@family(1.2)
def ask_to(ch: Chooser) -> Pair:
    """She asked me to close the door. He helps his sister do her homework."""
    subj = ch.subject()
    frame = ch.pick(named("help {o} {v}", "ask {o} to {v}", "tell {o} to {v}", "let {o} {v}"))
    helping = frame.en.startswith("help")
    helps = named("do the dishes", "cook", "do the housework", "move", "set the table",
                  "repair {o}", "clean {o}", "find {o}", "study")  # fmt: skip
    lets = named("go out", "sleep", "play", "drive {o}", "watch television", "use {o}", "go {l}",
                 "leave", "choose {o}", "cook", "pay", "play with {o}", "rest")  # fmt: skip
    inners = helps if helping else lets if frame.en.startswith("let") else frames_of("R")
    inner = ch.pick([f for f in inners if "m" in f.kinds])
    tense = ch.pick("past past pres") if helping or frame.en.startswith("let") else "past"
    c = ch.clause(tense, subj, frame, neg=ch.pick(["", "", "", "not"]), extras=False)
    if ch.chance(0.5):
        keys = {1: "tu vous il elle ils", 2: "je nous il elle ils", 3: "je je tu vous nous"}
        speaker = 1 if subj.pron and subj.pron[1] == "on" else subj.per
        c.args["o"] = ch.pronoun(keys[speaker])
    c.places["v"] = infinitive(ch, c.args["o"], inner, place=0.15)
    return say(c)


_WISHES = (
    "come {l}", "go {l}", "rest", "tell the truth", "be on time", "learn {o}", "find a job",
    "study", "stay {l}", "stay at home", "go to bed", "take some medicine", "see a doctor",
    "leave", "meet {o}", "visit {o}", "be careful", "go home",
)  # fmt: skip


@family(1.3)
def want_someone_to(ch: Chooser) -> Pair:
    """I want you to call me: vouloir que with the subjunctive."""
    subj = ch.pronoun("je je nous il elle ils")
    who = ch.pronoun("tu vous") if ch.chance(0.6) else ch.pick([ch.name, ch.relative])()
    if who.noun:
        who = ch.relative(ch.pronoun("je"))
    neg = ch.pick(["", "", "not"])
    wished = frames_of("U") if neg else (*frames_of("R"), *named(*_WISHES))
    inner = ch.clause("subj", who, ch.pick([f for f in wished if "m" in f.kinds]), extras=False)
    ch.add_adjuncts(inner, 0.25, 0)
    bare = replace(inner, tense="inf")
    bare.head_tags = inner.head_tags
    name = en_object(who) if who.pron else ""
    obj = [word(name, who.tags[0])] if name else np_pair(who).en
    english = [*obj, word("to"), *english_clause(bare)]
    outer = ch.clause("pres", subj, named("want {c}")[0], neg=neg, extras=False)
    outer.places["c"] = Pair(english, french_clause(inner))
    return say(outer)


@family(1.2)
def must_subjunctive(ch: Chooser) -> Pair:
    """I have to leave: il faut que je parte."""
    subj = ch.subject()
    frame = ch.pick(frames_of("D"))
    c = ch.clause("pres", subj, frame, modal="have to", extras=False)
    ch.add_adjuncts(c, 0.3, 0.3)
    inner = replace(c, tense="subj", modal="")
    inner.head_tags = c.head_tags
    must = c.modal_tag
    french = [word("il"), word("faut", must), word("que"), *french_clause(inner)]
    return end(Pair(english_clause(c), french))


_FEELINGS = {
    "be happy to {v}": "see {o}|meet {o}|help {o}|go home|go on vacation|come {l}|live {l}|"
    "work {l}|be on vacation|"
    "stay at home|travel|be at home|learn {o}|leave",
    "be afraid of {v}": "lose {o}|fall|make a mistake|miss {o}#transport|fail {o}|get lost|"
    "be late|break {o}|"
    "forget {o}|hurt oneself|be wrong|be alone|get sick|catch a cold|fall asleep",
    "be ready to {v}": "leave|go out|help {o}|work|sell {o}|go home|move|go {l}|pay|"
    "leave for work|start {o}|"
    "go to bed|have dinner|apologize|travel|learn {o}|take care of {o}|go shopping|go on vacation",
}


@family(0.8)
def state_to(ch: Chooser) -> Pair:
    """I am happy to help you. She is ready to leave."""
    subj = ch.subject()
    outer, names = ch.pick(sorted(_FEELINGS.items()))
    neg = ch.pick(["", "", "" if "happy" in outer else "not"])
    c = ch.clause("pres", subj, named(outer)[0], neg=neg, extras=False)
    frame = ch.pick([f for f in named(*names.split("|")) if {"a", "m", "i"} & set(f.kinds)])
    tense = "ger" if outer.startswith("be afraid of") else "inf"
    c.places["v"] = infinitive(ch, subj, frame, tense, 0)
    return say(c)
