"""But, without, still, everything, or, becoming and dreaming."""

from __future__ import annotations

from choose import Chooser, frames_of
from clause import realize_clause
from families_complex import again, infinitive
from family import end, family, named, say
from lexicon import nouns_of, phrases
from nouns import NP, np_pair
from words import Pair, fill

_ALL = (
    "eat {o}", "drink {o}", "buy {o}", "lose {o}", "forget {o}", "understand {o}", "sell {o}",
    "break {o}", "finish {o}", "repair {o}", "clean {o}", "find {o}", "explain {o} to {p}",
    "show {o} to {p}", "give {o} to {p}", "wash {o}", "throw away {o}", "hide {o}", "check {o}",
)  # fmt: skip
_OMITTED = (
    ("leave|leave the house|go out",
    "close the window|turn off {o}|say goodbye to {o}|lock the door|"
     "have breakfast|take one's coat|turn off the light"),
    ("go to bed|fall asleep", "turn off {o}|brush one's teeth|have dinner|close the window|"
     "do the dishes|turn off the light|lock the door"),
    ("leave for work", "have breakfast|make one's bed|feed the cat|brush one's teeth|lock the door|"
     "do the dishes|walk the dog"),
    ("leave the restaurant", "pay {o}|pay|thank {o}|say goodbye to {o}"),
    ("leave the office|go home", "say goodbye to {o}|turn off {o}|finish {o}|turn off the light"),
    ("come in", "knock|say hello to {o}|smile"),
)  # fmt: skip
_DREAMS = (
    "travel|buy a house|build {o}|visit {o}|learn {o}|quit one's job|live {l}|go on vacation|"
    "go around the world|live in the country|buy a car|learn a foreign language|get married"
)


@family(1.3)
def but_obstacle(ch: Chooser) -> Pair:
    """We wanted to go for a walk, but it was raining."""
    subj = ch.subject()
    while subj.fixed and subj.en_g == "n" and subj.en_num == "s":
        subj = ch.subject()
    en, french, names = ch.pick(phrases("fixed.tsv")["obstacles"])
    if "have a " in en:
        subj = ch.single()
    if french:
        why = fill(en, french)
    else:
        neg = "not" if en.startswith("=not ") else ""
        state = named(en.removeprefix("=").removeprefix("not "))[0]
        why = realize_clause(ch.clause("pasts", again(subj), state, neg=neg, extras=False))
    frames = [f for f in named(*names.split("|")) if "a" in f.kinds]
    main = ch.clause("pasts", subj, ch.pick(frames), modal="want", extras=False)
    return end(fill("{a} , but {b}", "{a} , mais {b}", a=realize_clause(main), b=why))


@family(1.1)
def without_doing(ch: Chooser) -> Pair:
    """She left without closing the window."""
    subj = ch.subject()
    first, second = ch.pick(_OMITTED)
    frames = [f for f in named(*first.split("|")) if "a" in f.kinds]
    form = ch.pick("past past past imp often")
    if form == "imp":
        subj = ch.pronoun("tu vous")
    tense = "pres" if form == "often" else form
    main = ch.clause(tense, subj, ch.pick(frames), neg="not" if form == "imp" else "", extras=False)
    if form == "often":
        main.adverb = fill("often", "souvent")
    omitted = ch.pick([f for f in named(*second.split("|")) if "a" in f.kinds])
    act = infinitive(ch, again(subj), omitted, "ger", 0)
    return end(fill("{a} without {b}", "{a} sans {b}", a=realize_clause(main), b=act))


@family(1.1)
def still(ch: Chooser) -> Pair:
    """He is still sleeping. She is still angry. We really like this film."""
    if ch.chance(0.5):
        c = ch.clause("prog", None, ch.pick(frames_of("G")), extras=False)
        c.adverb = ch.phrase("often2")
    elif ch.chance(0.5):
        c = ch.clause(ch.pick("pres pasts"), None, ch.pick(frames_of("t")), extras=False)
        c.adverb = ch.phrase("often2")
    else:
        names = (
            "like {o}",
            "love {o}",
            "need {o}",
            "want {o}",
            "have {o}",
            "speak {o}",
        )
        c = ch.clause("pres", None, ch.pick(named(*names)), extras=False)
        c.adverb = fill("also", "aussi") if ch.chance(0.5) else fill("really", "vraiment")
        if c.adverb.en[0].text == "really" and c.frame.en in ("have {o}", "know {o}", "speak {o}"):
            c.adverb = fill("also", "aussi")
    return say(c)


@family(0.9)
def everything(ch: Chooser) -> Pair:
    """They ate everything. I have to explain everything to him."""
    frames = [f for f in named(*_ALL) if not f.slot("o").startswith("who") and "a" in f.kinds]
    frame = ch.pick(frames)
    tense = ch.pick(["past", "past", "near" if "f" in frame.kinds else "past"])
    modal = ch.pick(["", "", "want", "have to", "can"]) if "m" in frame.kinds else ""
    if modal:
        tense = "pres"
    c = ch.clause(tense, None, frame, modal=modal, extras=False)
    whole = fill("everything", "tout")
    c.args["o"] = NP(fixed=Pair(whole.en, []))
    c.adverb = Pair([], whole.fr)
    ch.add_adjuncts(c, 0, 0 if modal else 0.6)
    return say(c)


@family(1.2)
def this_or_that(ch: Chooser) -> Pair:
    """Do you prefer the red dress or the blue skirt? Would you like tea or coffee?"""
    names = ("prefer {o}", "want {o}", "buy {o}", "choose {o}", "eat {o}", "drink {o}", "order {o}",
             "wear {o}", "learn {o}", "take {o}", "watch {o}", "rent {o}", "visit {o}")  # fmt: skip
    frame = ch.pick([f for f in named(*names) if f.slot("o") and "who" not in f.slot("o")])
    tense = "pres" if "s" in frame.kinds else ch.pick("past near")
    if tense == "near" and "f" not in frame.kinds:
        tense = "past"
    subj = ch.pronoun("tu tu vous vous il elle ils")
    c = ch.clause(tense, subj, frame, ask=ch.pick("esq inv"), extras=False)
    first = c.args["o"]
    classes, dets = frame.slots[0][1], first.det
    if dets not in "abgtphs" or not first.noun:
        dets = "t"
        first = ch.of_noun(ch.pick(nouns_of(classes)), dets, subj)
    noun = first.noun
    if not noun:
        return this_or_that(ch)
    same = [n for k in classes.split(",") if noun.has(k) for n in nouns_of(k) if n.en != noun.en]
    if not same:
        return this_or_that(ch)
    other = ch.of_noun(ch.pick(same), "t" if first.det == "v" else first.det, subj)
    other.adj = first.adj = None
    if first.det in "bs":
        first.quantity = other.quantity = ("", "")
    both = fill("{a} or {b}", "{a} ou {b}", a=np_pair(first), b=np_pair(other))
    c.args["o"] = NP(fixed=both)
    return say(c, "?")


@family(0.9)
def dreams(ch: Chooser) -> Pair:
    """Paul dreams of traveling. She wants to become a doctor."""
    subj = ch.pick([ch.pronoun, ch.name, lambda: ch.relative(None, "sib")])()
    if ch.chance(0.6):
        frames = [f for f in named(*_DREAMS.split("|")) if "b" in f.kinds or f.slot("l")]
        frames = [f for f in frames if not f.slot("o").startswith("who")]
        frames += named("go around the world", "live in the country", "buy a house", "buy a car")
        act = infinitive(ch, again(subj), ch.pick(frames), "ger")
        c = ch.clause("pres", subj, named("dream of {v}")[0], extras=False)
        c.places["v"] = act
        return say(c)
    jobs = [n for n in nouns_of("pro") if n.g == subj.g and n.en != "student"]
    job = np_pair(NP(noun=ch.pick(jobs), det="z"))
    if subj.fr_num == "p":
        subj = ch.pronoun("je tu il elle" if subj.g == "m" else "elle")
        jobs = [n for n in nouns_of("pro") if n.g == subj.g and n.en != "student"]
        job = np_pair(NP(noun=ch.pick(jobs), det="z"))
    c = ch.clause(ch.pick("pres pres pasts"), subj, named("become {j}")[0],
                  modal=ch.pick(["want", "want", "would like"]),
                  extras=False)  # fmt: skip
    c.places["j"] = Pair(fill("a", "").en + job.en, job.fr)
    return say(c)


@family(0.8)
def someone(ch: Chooser) -> Pair:
    """Somebody stole my bike. Most people like music."""
    roll = ch.rng.random()
    if roll < 0.5:
        subj = NP(human=True, fixed=fill(ch.pick("somebody someone"), "quelqu'un"))
        tense, kinds = ch.pick([("past", "a"), ("past", "a"), ("prog", "g"), ("near", "f")])
        frames = [f for f in frames_of("J") if kinds in f.kinds]
        c = ch.clause(tense, subj, ch.pick(frames), extras=False)
        ch.add_adjuncts(c, 0, 0.4)
        return say(c)
    rows = (("many people", "beaucoup de gens"), ("most people", "la/1 plupart/1 des gens/2"),
            ("some people", "certaines personnes"), ("young people", "les jeunes/1,2"))  # fmt: skip
    en, fr = ch.pick(rows)
    g = "f" if en == "some people" else "m"
    subj = NP(3, "p", "p", g, human=True, fixed=fill(en, fr))
    names = ("like {o}", "love {o}", "hate {o}", "speak {o}", "learn {o}", "study {o}", "travel",
             "play {o}", "smoke", "work {l}", "live {l}", "go {l}", "watch television", "drive",
             "play sports", "take {o}", "eat {o}", "drink {o}", "read {o}")  # fmt: skip
    frames = [f for f in named(*names) if set("sp") & set(f.kinds) and f.slot("o") != "who"]
    c = ch.clause("pres", subj, ch.pick(frames), extras=False)
    return say(c)
