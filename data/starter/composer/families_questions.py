"""Questions with a question word."""

from __future__ import annotations

from choose import Chooser, frames_of
from clause import Clause
from family import end, family, named, say
from lexicon import Frame, nouns_of
from nouns import NP, np_pair
from words import Pair, fill

PLACED = (
    "live {l}", "work {l}", "go {l}", "buy {o}", "have lunch", "have dinner", "walk", "swim",
    "study", "wait for {o}", "meet {o}", "find {o}", "hide {o}", "go swimming", "sleep",
    "get married", "lose {o}", "play {o}", "rent {o}", "learn {o}", "go on vacation", "play",
)  # fmt: skip
WHAT = (
    "eat {o}", "drink {o}", "buy {o}", "cook {o}", "make {o}", "read {o}", "write {o}",
    "watch {o}", "look for {o}", "order {o}", "choose {o}", "sell {o}", "lose {o}",
    "forget {o}", "study {o}", "give {o} to {p}", "show {o} to {p}", "sing {o}", "draw {o}",
    "repair {o}", "bring {o}", "learn {o}", "break {o}", "carry {o}", "hide {o}", "paint {o}",
    "wear {o}", "find {o}", "send {o} to {p}", "explain {o} to {p}", "offer {o} to {p}",
    "want {o}", "need {o}", "talk about {o}",
)  # fmt: skip
WHOM = (
    "see {o}", "meet {o}", "invite {o}", "help {o}", "talk to {o}", "phone {o}", "call {o}",
    "wait for {o}", "look for {o}", "listen to {o}", "dance with {o}", "thank {o}",
    "follow {o}", "argue with {o}", "play with {o}",
)  # fmt: skip
COUNTED = (
    "buy {o}", "eat {o}", "write {o}", "read {o}#read", "send {o}", "have {o}#sib", "order {o}",
    "take {o}#photo", "borrow {o}", "receive {o}", "drink {o}", "invite {o}", "pick {o}",
)  # fmt: skip
CHOSEN = (
    "choose {o}", "read {o}#read", "buy {o}#clothes", "buy {o}#vehicle", "watch {o}",
    "wear {o}", "visit {o}", "take {o}#transport2", "order {o}", "sell {o}", "open {o}",
    "clean {o}", "sing {o}", "try on {o}", "wait for {o}", "need {o}",
)  # fmt: skip
_TENSES = {"s": ["pres"], "p": ["pres"], "g": ["prog"], "a": ["past", "past"], "f": ["fut", "near"]}


def ask(ch: Chooser, frame: Frame, kinds: str = "spgaf", subj: NP | None = None,
        **options: object) -> Clause:  # fmt: skip
    """A question clause (without adjuncts) in a tense that the frame allows."""
    tenses = [t for k in kinds if k in frame.kinds for t in _TENSES[k]] or ["pres"]
    form = "inv" if ch.chance(0.5) else "esq"
    keys = "tu tu tu vous vous vous il elle ils elles"
    if not subj:
        subj = ch.pronoun(keys)
        if form == "esq" and ch.chance(0.3):
            subj = ch.pick([ch.name, ch.relative])()
    return ch.clause(ch.pick(tenses), subj, frame, extras=False, ask=form, **options)


def _with(frames: tuple[Frame, ...], slot: str) -> list[Frame]:
    return [f for f in frames if f.slot(slot)]


@family(1.2)
def who_subject(ch: Chooser) -> Pair:
    """Who broke the glass?"""
    tense, kinds = ch.pick(
        [("past", "a"), ("past", "a"), ("pres", "W"), ("fut", "f"), ("near", "f")]
    )
    modal = "want" if kinds == "W" else ""
    frames = [f for f in frames_of("J") if kinds in f.kinds or (modal and "m" in f.kinds)]
    subj = NP(human=True, fixed=fill("who", "qui"), en_g="n")
    c = ch.clause(tense, subj, ch.pick(frames), modal=modal, extras=False)
    ch.add_adjuncts(c, 0, 0.5 if tense == "past" else 0)
    return say(c, "?")


@family(1.0)
def who_object(ch: Chooser) -> Pair:
    """Who are you waiting for?"""
    frame = ch.pick([f for f in named(*WHOM) if f.slot("o").startswith("who")])
    c = ask(ch, frame, "pgaf", gap="o", wh=fill("who", "qui"))
    c.args.pop("o")
    return _late(ch, c)


def _late(ch: Chooser, c: Clause) -> Pair:
    """Perhaps with a time."""
    sections = {"past": "past", "fut": "future", "near": "future", "prog": "now"}
    if c.tense in sections and ch.chance(0.4):
        c.tail.append(ch.phrase(sections[c.tense]))
    return say(c, "?")


@family(1.8)
def what(ch: Chooser) -> Pair:
    """What are you drinking?"""
    frame = ch.pick([f for f in named(*WHAT) if not f.slot("o").startswith("who,trip,exam")])
    direct = frame.pattern.fr[1].slot
    c = ask(ch, frame, "spgaf", gap="o", wh=fill("what", "que" if direct else "quoi"))
    c.args.pop("o")
    return _late(ch, c)


_PLACELESS = ("cupglass:c", "transport")


@family(1.5)
def where(ch: Chooser) -> Pair:
    """Where did you find your keys?"""
    frame = ch.pick([f for f in named(*PLACED) if f.slot("o") not in _PLACELESS])
    gap = "l" if frame.slot("l") else ""
    c = ask(
        ch, frame, "spaf" if gap else "a" if frame.slots else "paf", gap=gap, wh=fill("where", "où")
    )
    return _late(ch, c)


@family(1.2)
def when(ch: Chooser) -> Pair:
    """When will they arrive?"""
    frame = ch.pick([f for f in frames_of("V") if "t" not in f.kinds])
    return say(ask(ch, frame, "af", wh=fill("when", "quand")), "?")


@family(1.4)
def why(ch: Chooser) -> Pair:
    """Why aren't you eating?"""
    kinds = ch.pick("s g a")
    frame = ch.pick(
        [f for f in frames_of({"a": "V", "g": "G"}.get(kinds, "t")) if kinds in f.kinds]
    )
    neg = ch.pick(["", "", "not"]) if kinds != "s" else ""
    return say(ask(ch, frame, kinds, neg=neg, wh=fill("why", "pourquoi")), "?")


@family(0.9)
def how(ch: Chooser) -> Pair:
    """How do you go to school?"""
    names = ("go {l}", "come {l}", "make {o}", "repair {o}", "learn {o}",
             "go home", "cook {o}", "travel", "find {o}", "pass {o}")  # fmt: skip
    frame = ch.pick(named(*names))
    return say(
        ask(ch, frame, "paf" if "n" not in frame.kinds else "a", wh=fill("how", "comment")), "?"
    )


@family(1.0)
def what_time(ch: Chooser) -> Pair:
    """What time do you get up?"""
    frame = ch.pick([f for f in frames_of("p") if "atclock" in f.adjuncts])
    wh = fill("what time", "à quelle/1 heure/2")
    return say(ask(ch, frame, "pf", wh=wh), "?")


@family(0.9)
def how_long(ch: Chooser) -> Pair:
    """How long have you lived here?"""
    from families_core import LASTING

    wh = fill("how long", "depuis combien de temps")
    frame = ch.pick([f for f in named(*LASTING) if "g" in f.kinds])
    c = ask(ch, frame, "", wh=wh)
    c.tense = "perfprog"
    if ch.chance(0.5):
        c = ask(ch, ch.pick(named("live {l}", "work {l}", "know {o}#who")), "", wh=wh)
        c.tense = "presperf"
    return say(c, "?")


@family(1.0)
def how_many(ch: Chooser) -> Pair:
    """How many apples did you buy? How much water do you drink?"""
    frame = ch.pick(
        [f for f in _with(named(*COUNTED), "o") if not f.slot("o").startswith(("who", "transport"))]
    )
    nouns = [n for n in nouns_of(frame.slot("o")) if not n.has("enp") and n.en != "dictionary"]
    noun = ch.pick(nouns)
    np = ch.of_noun(noun, "z" if noun.has("mass") else "b")
    np.det, np.adj = "z", None
    word = "much" if noun.has("mass") else "many"
    wh = fill(f"how {word} {{n}}", "combien/1,2 de {n}", n=np_pair(np))
    c = ask(ch, frame, "saa", gap="o", gap_agree=np, wh=wh)
    c.args.pop("o")
    return _late(ch, c)


@family(1.0)
def which(ch: Chooser) -> Pair:
    """Which dress are you going to choose?"""
    frame = ch.pick([f for f in _with(named(*CHOSEN), "o") if not f.slot("o").startswith("who")])
    nouns = [n for n in nouns_of(frame.slot("o")) if not n.has("mass") and not n.has("enp")]
    if not nouns:
        return which(ch)
    noun = ch.pick(nouns)
    np = ch.of_noun(noun, "t")
    np.det, np.adj = "z", None
    forms = {("m", "s"): "quel", ("f", "s"): "quelle", ("m", "p"): "quels", ("f", "p"): "quelles"}
    wh = fill("which {n}", forms[np.g, np.fr_num] + " {n}", n=np_pair(np))
    c = ask(ch, frame, "spgaf", gap="o", gap_agree=np, wh=wh)
    c.args.pop("o")
    return _late(ch, c)


_DAILY = (
    "brush one's teeth",
    "walk the dog",
    "feed the cat",
    "wash one's hands",
    "call {o}",
    "feed {o}",
)
_WEEKLY = (
    "go swimming", "go shopping", "play {o}", "play sports", "see {o}", "visit {o}", "call {o}",
    "do the laundry", "do the housework", "go {l}", "wash one's hair", "go out", "eat out",
    "water the plants", "cook", "take a bath", "wash {o}#vehicle", "take {o}#transport2",
)  # fmt: skip


@family(0.6)
def times_a_week(ch: Chooser) -> Pair:
    """How many times a week do you swim?"""
    span = ch.pick([("week", "semaine"), ("month", "mois"), ("day", "jour")])
    wh = fill(f"how many times a {span[0]}", f"combien/1,2 de fois/3 par/4 {span[1]}/5")
    frames = named(*(_DAILY if span[0] == "day" else _WEEKLY))
    return say(ask(ch, ch.pick([f for f in frames if "p" in f.kinds]), "p", wh=wh), "?")


@family(0.7)
def whose(ch: Chooser) -> Pair:
    """Whose bag is this?"""
    noun = ch.pick(nouns_of("carry,luggage,vehicle,clothes,home,tool1,device"))
    np = ch.of_noun(noun, "h")
    np.det, np.adj = "z", None
    bare = np_pair(np)
    np.det = "h"
    this = np_pair(np)
    plural_en, plural_fr = np.en_num == "p", np.fr_num == "p"
    demonstrative = this.en[0].text
    verb_en, verb_fr = ("are" if plural_en else "is"), ("sont" if plural_fr else "est")
    head = fill(f"whose {{n}} {verb_en} {demonstrative}",
                f"à/1 qui/1 {verb_fr}/2 {this.fr[0].text}/3 {{n}}", n=bare)  # fmt: skip
    return end(head, "?")
