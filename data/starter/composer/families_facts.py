"""Prices, clock, dates, pain, professions, origins, ease, possession and exclamations."""

from __future__ import annotations

from choose import Chooser
from clause import realize_clause
from families_clauses import agree_text, things
from families_complex import again, infinitive
from families_fixed import THINGS, WOW, be, number, plain, section, verb
from family import end, family, named
from lexicon import Noun, adjectives_of, nouns_of, phrases
from morphology import fr_adjective, fr_verb
from nouns import NP, en_subject, fr_subject, np_pair
from words import Pair, fill, word

# classes of things and their prices in euros (from a hundred on: in tens)
_PRICES = (
    ("clothes", 12, 90), ("clothes", 12, 90), ("pairs", 20, 95), ("toy,study,read", 5, 30),
    ("dishware", 2, 12), ("furniture", 8, 120), ("device", 8, 150), ("luggage", 30, 90),
    ("linen", 8, 60), ("dishc", 6, 20), ("ticket", 10, 90), ("flower0", 3, 9),
)  # fmt: skip


@family(1.0)
def price(ch: Chooser) -> Pair:
    """These shoes cost 80 euros. How much does this lamp cost?"""
    classes, low, high = ch.pick(_PRICES)
    noun = ch.pick(nouns_of(classes))
    np = plain(ch, noun, ch.pick("t h h H"))
    if ch.chance(0.35):
        does = "do" if np.en_num == "p" else "does"
        cost = fr_verb("coûter", "p", 3, np.fr_num)
        return end(
            fill(f"how much {does} {{n}} cost", f"combien/1,2 {cost}/4 {{n}}", n=np_pair(np)), "?"
        )
    amount = (
        number(ch, low, high) if high < 100 else fill(*[str(10 * ch.rng.randint(low, high))] * 2)
    )
    v = verb(np, "cost")
    return end(np_pair(np) + v + amount + fill("euros", "euros"))


@family(0.9)
def clock(ch: Chooser) -> Pair:
    """The train to Paris leaves at nine o'clock. The shop opens at ten o'clock."""
    time = ch.phrase("clock", "quantities.tsv")
    rows = (
        ("the train", "le train", "leaves", "part"), ("the bus", "le bus", "leaves", "part"),
        ("the plane", "l' avion", "arrives", "arrive"),
        ("the film", "le film", "starts", "commence"),
        ("the concert", "le concert", "starts", "commence"),
        ("the meeting", "la réunion", "ends", "finit"),
        ("the bank", "la banque", "opens", "ouvre"),
        ("the bakery", "la boulangerie", "closes", "ferme"),
        ("the pharmacy", "la pharmacie", "opens", "ouvre"),
        ("the class", "le cours", "starts", "commence"),
        ("the library", "la bibliothèque", "closes", "ferme"),
        ("the museum", "le musée", "closes", "ferme"),
    )  # fmt: skip
    en, fr, en_v, fr_v = ch.pick(rows)
    day = ch.pick(phrases("fixed.tsv")["days"])
    pair = fill(en, fr) + fill(f"{en_v} at {{t}}", f"{fr_v} à {{t}}", t=time)
    if ch.chance(0.6):
        pair += fill(f"on {day[0]}s", f"le/1 {day[1]}/2")
    return end(pair)


@family(0.8)
def date(ch: Chooser) -> Pair:
    """My birthday is on May 12. The party is on Saturday."""
    month, day = ch.pick(phrases("fixed.tsv")["months"]), ch.rng.randint(2, 30)
    owner = ch.relative() if ch.chance(0.6) else ch.name()
    while owner.en_num == "p":
        owner = ch.relative()
    who = np_pair(owner)
    last = who.en[-1]
    whose = Pair([*who.en[:-1], last.__class__(last.text + "'s", last.tags)], who.fr)
    rows = (
        (f"{{o}} was born on {month[0]} {day}",
         f"{{o}} est/1 {_born(owner)}/2 le {day}/5 {month[1]}/4"),
        (f"{{o}} will arrive on {month[0]} {day}",
         f"{{o}} {_arrive(owner)}/1,2 le {day}/5 {month[1]}/4"),
        (f"{{s}} birthday is on {month[0]} {day}",
         f"l' anniversaire/1 de {{s}} est/2 le {day}/5 {month[1]}/4"),
    )  # fmt: skip
    en, fr = ch.pick(rows)
    return end(fill(en, fr, o=who, s=whose))


def _born(owner: NP) -> str:
    return {("m", "s"): "né", ("f", "s"): "née", ("m", "p"): "nés", ("f", "p"): "nées"}[
        owner.g, owner.fr_num
    ]


def _arrive(owner: NP) -> str:
    return fr_verb("arriver", "f", 3, owner.fr_num)


@family(0.8)
def hurts(ch: Chooser) -> Pair:
    """My back hurts. Does your head hurt?"""
    subj = ch.pronoun("je je il elle")
    en, fr, g = ch.pick(phrases("fixed.tsv")["body"])
    part = Noun(en, fr, g, frozenset({"x"}))
    np = NP(noun=part, det="p", owner=subj, g=g)
    the = NP(noun=part, det="t", g=g, tags=np.tags)
    have = fr_verb("avoir", "p", subj.per, subj.fr_num)
    mine = np_pair(np).en
    owner = fr_subject(subj)[0]
    tag = next(iter(mine[0].tags))
    body = np_pair(the).fr
    body = [body[0].__class__(body[0].text), *body[1:]]
    tail = ch.phrase("pain", "fixed.tsv") if ch.chance(0.7) else Pair()
    hurt = fill("{m} hurts", f"{have}/1 mal/1 à {{m}}", m=Pair(mine, body))
    return end(Pair(hurt.en, [word(owner.text, tag), *hurt.fr]) + tail)


_EITHER = {"journaliste", "dentiste", "médecin", "professeur", "photographe", "pilote", "artiste"}


@family(1.0)
def profession(ch: Chooser) -> Pair:
    """His mother is a lawyer. I would like to become an engineer."""
    subj = ch.subject()
    while (
        subj.fr_num == "p"
        or (subj.fixed and subj.en_g == "n")
        or (subj.pron and subj.pron[1] == "on")
        or (subj.noun and subj.noun.has("pro"))
    ):
        subj = ch.subject()
    fits = [n for n in nouns_of("pro") if n.g == subj.g or n.fr in _EITHER]
    noun = ch.pick(fits)
    np = NP(noun=noun, det="z", g=noun.g)
    job = np_pair(np)
    neg = ch.chance(0.2)
    tense = ch.pick("p p ps")
    v = verb(subj, "be", tense)
    if neg:
        body = fill("not° a", "ne/1 pas/1")
        return end(Pair(en_subject(subj) + v.en + body.en + job.en,
                        fr_subject(subj) + body.fr[:1] + v.fr + body.fr[1:] + job.fr))  # fmt: skip
    return end(Pair(en_subject(subj), fr_subject(subj)) + v + fill("a", "") + job)


@family(0.9)
def origin(ch: Chooser) -> Pair:
    """She is Italian. They come from Spain."""
    subj = ch.subject()
    while (subj.pron and subj.pron[1] == "on") or (
        subj.fixed and subj.fixed.en[0].text == "everyone"
    ):
        subj = ch.subject()
    if ch.chance(0.5):
        return end(
            Pair(en_subject(subj), fr_subject(subj)) + verb(subj, "come") + section(ch, "origin")
        )
    en, fr = ch.pick(phrases("fixed.tsv")["nationality"])
    people = fill(en, fr_adjective(fr, subj.g, subj.agr_num))
    pair = be(subj, "p") + people
    if ch.chance(0.5):
        live = ch.clause("pres", again(subj), named("live {l}")[0], extras=False)
        pair += fill("and {c}", "et {c}", c=realize_clause(live))
    return end(pair)


@family(1.0)
def it_is_easy(ch: Chooser) -> Pair:
    """It is difficult to learn Chinese."""
    en, fr, names = ch.pick(phrases("fixed.tsv")["easyto"])
    frames = [f for f in named(*names.split("|")) if "m" in f.kinds]
    do = infinitive(ch, ch.pronoun("tu vous"), ch.pick(frames), place=0)
    degree = ch.pick([("very", "très"), ("", ""), ("", "")])
    if en in ("better", "impossible", "forbidden", "possible"):
        degree = ("", "")
    if ch.chance(0.2) and en in ("easy", "difficult", "dangerous", "useful", "forbidden"):
        return end(
            fill(f"it is° not° {en} to {{d}}", f"ce° n'/3 est/2 pas/3 {fr}/4 de/5 {{d}}", d=do)
        )
    return end(fill(f"it is° {degree[0]} {en} to {{d}}", f"c' est {degree[1]} {fr} de {{d}}", d=do))


@family(0.7)
def it_takes(ch: Chooser) -> Pair:
    """It takes ten minutes to walk to the station."""
    subj = ch.pronoun("tu vous")
    names = ("clean {o}", "repair {o}", "make {o}", "read {o}", "cook",
             "do {o}", "write {o}", "wash {o}", "iron {o}")  # fmt: skip
    frame = ch.pick([f for f in named(*names) if "m" in f.kinds])
    do = infinitive(ch, subj, frame, place=0)
    time = section(ch, "time_taken")
    return end(fill("it takes {t} to {d}", "il/1 faut/2 {t} pour/3 {d}", t=time, d=do))


@family(0.8)
def mine(ch: Chooser) -> Pair:
    """This bag is mine."""
    noun = ch.pick(nouns_of("carry,luggage,clothes,vehicle,study,tool1,home,toy,device"))
    np = plain(ch, noun, "h" if ch.chance(0.7) else "t")
    key = ch.pick("je tu vous il elle nous ils")
    owner = ch.pronoun(key)
    en = {"I": "mine", "you": "yours", "he": "his", "she": "hers", "we": "ours", "they": "theirs"}
    moi = {"je": "moi", "tu": "toi", "il": "lui", "ils": "eux"}.get(key, key)
    possession = fill(en[owner.pron[0]], f"à {moi}") if owner.pron else Pair()
    return end(be(np) + possession)


@family(0.8)
def belongs(ch: Chooser) -> Pair:
    """It's my brother's car."""
    noun = ch.pick(nouns_of("carry,luggage,vehicle,home,clothes,toy,petbig"))
    noun = noun if noun.en not in ("dress", "skirt", "blouse") else nouns_of("carry")[0]
    np = plain(ch, noun, "t")
    np.det = "z"
    owner = ch.name() if ch.chance(0.5) else ch.relative(ch.pronoun("je tu vous"), "sib")
    if owner.en_num == "p":
        owner = ch.name()
    bare, who = np_pair(np), np_pair(owner)
    last = who.en[-1]
    who.en[-1] = last.__class__(last.text + "'s", last.tags)
    np.det = "t"
    full = np_pair(np).fr
    full = [full[0].__class__(full[0].text), *full[1:]]
    plural_en, plural_fr = np.en_num == "p", np.fr_num == "p"
    ending = Pair(who.en + bare.en, [*full, word("de"), *who.fr])
    if ch.chance(0.5):
        head = fill("these are" if plural_en else "this is", "ce° sont" if plural_fr else "c' est")
        return end(head + ending)
    en, fr = ch.pick(things(noun.classes))
    v = verb(np, "be")
    return end(ending + v + fill(en, agree_text(fr, np)))


@family(1.0)
def exclamation(ch: Chooser) -> Pair:
    """What a beautiful garden!"""
    noun = ch.pick([n for n in nouns_of(THINGS) if any(a.en in WOW for a in adjectives_of(n))])
    np = ch.of_noun(noun, "t")
    np.adj = ch.pick([a for a in adjectives_of(noun) if a.en in WOW])
    np.det = "z"
    forms = {("m", "s"): "quel", ("f", "s"): "quelle", ("m", "p"): "quels", ("f", "p"): "quelles"}
    en = "what {n}" if np.en_num == "p" else "what a {n}"
    which = forms[np.g, np.fr_num]
    return end(fill(en, f"{which}/1{',2' if np.en_num == 's' else ''} {{n}}", n=np_pair(np)), "!")
