"""Frames around be, have and there is: places, weather, age, prices, clock, comparison …."""

from __future__ import annotations

from choose import Chooser
from families_clauses import agree_text, things
from family import end, family
from lexicon import Noun, nouns_of, phrases
from morphology import en_verb, fr_verb
from nouns import NP, en_subject, fr_subject, np_pair
from surface import MARK
from words import Pair, fill, new_tag, word

THINGS = (
    "clothes,vehicle,device,furniture,home,watch,read,town,shopplace,job,trip,exam,question,study"
)
_PLAIN = {
    "broken",
    "empty",
    "famous",
    "red",
    "blue",
    "green",
    "black",
    "white",
    "yellow",
    "gray",
    "brown",
    "new",
}
_TOO = {
    "expensive",
    "big",
    "small",
    "old",
    "long",
    "difficult",
    "easy",
    "heavy",
    "hot",
    "quiet",
    "boring",
    "sad",
}
WOW = {
    "beautiful",
    "pretty",
    "big",
    "old",
    "interesting",
    "boring",
    "long",
    "difficult",
    "elegant",
    "strange",
    "sad",
    "good",
}
LASTING = _PLAIN | {"big", "small", "old", "heavy", "modern", "long", "practical"}
_FORMS = {"be": "être", "have": "avoir", "cost": "coûter", "come": "venir", "become": "devenir"}


def verb(np: NP, en: str, tense: str = "p", role: int = 0) -> Pair:
    """One inflected verb on both sides, aligned (present, or past: ps and imperfect)."""
    tag = role or np.tags[2]
    en_tense, fr_tense = {"p": ("p", "p"), "ps": ("ps", "i")}[tense]
    form = en_verb(en, en_tense, np.per, np.en_num) + (MARK if en == "be" else "")
    return Pair([word(form, tag)], [word(fr_verb(_FORMS[en], fr_tense, np.per, np.fr_num), tag)])


def be(np: NP, tense: str = "p") -> Pair:
    """Subject with a form of be."""
    v = verb(np, "be", tense, new_tag())
    return Pair(en_subject(np), fr_subject(np)) + v


def plain(ch: Chooser, noun: Noun, det: str, owner: NP | None = None) -> NP:
    """A noun phrase without an adjective."""
    np = ch.of_noun(noun, det, owner)
    np.adj, np.det = None, "t" if np.det == "v" else np.det
    return np


def section(ch: Chooser, name: str) -> Pair:
    """A fixed phrase."""
    return ch.phrase(name, "fixed.tsv")


@family(1.5)
def thing_is(ch: Chooser) -> Pair:
    """This dress is too expensive. Are your shoes new?"""
    noun = ch.pick([n for n in nouns_of(THINGS) if things(n.classes)[0][0] != "here"])
    np = plain(ch, noun, ch.pick("t t h H p"), ch.pronoun())
    en, fr = ch.pick(things(noun.classes))
    degree = ch.pick(
        [("very", "très"), ("too", "trop"), ("so", "si"), ("", ""), ("", ""), ("", "")]
    )
    if en in _PLAIN or (degree[0] == "too" and en not in _TOO):
        degree = ("", "")
    adjective = fill(f"{degree[0]} {en}", f"{degree[1]} {agree_text(fr, np)}")
    tense = ch.pick("p p ps") if np.det in "tp" and en not in LASTING else "p"
    return end(be(np, tense) + adjective)


@family(0.8)
def thing_is_not(ch: Chooser) -> Pair:
    """The soup is not hot."""
    noun = ch.pick([n for n in nouns_of(THINGS) if things(n.classes)[0][0] != "here"])
    np = plain(ch, noun, ch.pick("t t h p"), ch.pronoun())
    en, fr = ch.pick(things(noun.classes))
    tense = ch.pick("p p ps") if np.det in "tp" and en not in LASTING else "p"
    v = verb(np, "be", tense)
    adjective = fill("not° {v} {a}", "ne/1 {v} pas/1 {a}", v=Pair(), a=Pair())
    ne, pas = adjective.fr
    end_words = fill(en, agree_text(fr, np))
    return end(Pair(en_subject(np) + v.en + adjective.en[:1] + end_words.en,
                    [*fr_subject(np), ne, *v.fr, pas, *end_words.fr]))  # fmt: skip


@family(1.4)
def located(ch: Chooser) -> Pair:
    """Your keys are on the table."""
    if ch.chance(0.6):
        np = plain(ch, ch.pick(nouns_of("carry,tool1,study,read,toy")), ch.pick("t p p h"),
                   ch.pronoun("je tu vous il elle nous"))  # fmt: skip
        place = section(ch, "place_small")
    else:
        np = plain(ch, ch.pick(nouns_of("shopplace")), "t")
        place = section(ch, "place_town")
        if np.noun and place.en[-1].text == np.noun.en:
            return located(ch)
    return end(be(np, ch.pick("p p p ps")) + place)


@family(0.8)
def where_is(ch: Chooser) -> Pair:
    """Where are my shoes?"""
    noun = ch.pick(nouns_of("carry,tool1,clothes,shopplace,pet,sib,luggage,study,dishware"))
    np = plain(ch, noun, "t" if noun.has("shopplace") or noun.has("dishware") else "p",
               ch.pronoun("je je tu vous il elle nous"))  # fmt: skip
    v = verb(np, "be", ch.pick("p p p ps"))
    return end(fill("where {v} {n}", "où {v} {n}", v=v, n=np_pair(np)), "?")


@family(1.6)
def there_is(ch: Chooser) -> Pair:
    """There are three apples in the fridge. Is there a bank near here?"""
    classes, place = ch.pick([
        ("food", "place_food"), ("fruit", "place_fruit"), ("drink",
        "place_drink"), ("carry,tool1,toy,study", "place_small"),
        ("shopplace,shopplace", "place_town"), ("people", "place_people"), ("pets", "place_pets"),
    ])  # fmt: skip
    noun = ch.pick(
        [
            n
            for n in nouns_of(classes)
            if not n.has("baby") and n.en not in ("glasses", "owner", "guest")
        ]
    )
    form = ch.pick("say say deny ask ask past")
    many = not noun.has("mass") and not noun.has("shopplace")
    np = plain(ch, noun, ch.pick("a n") if many else "s" if noun.has("mass") else "a")
    if form != "say" and np.det == "n":
        np = plain(ch, noun, "a")
    plural = np.en_num == "p"
    are = ("are" if plural else "is") + MARK
    n = np_pair(np, neg=form == "deny")
    where = section(ch, place)
    while where.en[0].text == "far":
        where = section(ch, place)
    if form == "deny":
        if np.det == "a":
            n.en[0] = word("a", *n.en[0].tags)
        return end(
            fill(
                f"there {are} not° {{n}} {{p}}", "il/1 n'/3 y/1,2 a/1,2 pas/3 {n} {p}", n=n, p=where
            )
        )
    if form == "ask":
        french = ch.pick(["est-ce/ qu'/ il/2 y/1,2 a/1,2 {n} {p}", "y/1,2 a-t-il/1,2 {n} {p}"])
        return end(fill(f"{are} there {{n}} {{p}}", french, n=n, p=where), "?")
    if form == "past":
        return end(fill(f"there {'were' if plural else 'was'} {{n}} {{p}}",
                        "il/1 y/1,2 avait/1,2 {n} {p}", n=n, p=where))  # fmt: skip
    return end(fill(f"there {are} {{n}} {{p}}", "il/1 y/1,2 a/1,2 {n} {p}", n=n, p=where))


@family(0.9)
def there_is_quantity(ch: Chooser) -> Pair:
    """There is too much noise here. There is no more milk in the fridge."""
    classes = ch.pick("food drink fruit")
    noun = ch.pick(nouns_of(classes))
    place = section(ch, "place_" + classes)
    plural = not noun.has("mass")
    are = ("are" if plural else "is") + MARK
    np = ch.contained(noun)
    if ch.chance(0.3):
        np.det = "z"
        np.quantity = ("", "")
        bare = np_pair(np)
        french = "il/1 n'/3,4 y/1,2 a/1,2 plus/3,4 de {n} {p}"
        return end(fill(f"there {are} no more {{n}} {{p}}", french, n=bare, p=place))
    if not plural and np.quantity[0].split()[0] in ("two", "three"):
        are = "are" + MARK
    elif plural and np.quantity[0] == "a kilo of":
        are = "is" + MARK
    return end(fill(f"there {are} {{n}} {{p}}", "il/1 y/1,2 a/1,2 {n} {p}", n=np_pair(np), p=place))


@family(1.0)
def weather(ch: Chooser) -> Pair:
    """It is often cold in Paris in winter."""
    when, times = ch.pick(
        [
            ("weather", "season"),
            ("weatherpast", "daypast"),
            ("weatherfut", "daynext"),
            ("weather_now", "now_today"),
        ]
    )
    head = section(ch, when)
    words = {w.text for w in head.en}
    if times == "season" and words & {"cold", "snowing", "snows", "dark", "windy"}:
        times = "season_cold"
    elif times == "season" and words & {"hot", "nice", "sunny"}:
        times = "season_hot"
    time = section(ch, times)
    place = section(ch, "where")
    order = ch.rng.random()
    if order < 0.3:
        return end(fill("{t} , {h} {p}", "{t} , {h} {p}", t=time, h=head, p=place))
    if order < 0.75:
        return end(head + place + time)
    return end(head + (time if ch.chance(0.5) else place))


def number(ch: Chooser, low: int = 2, high: int = 99) -> Pair:
    """A number in words or digits."""
    if ch.chance(0.5):
        digits = str(ch.rng.randint(max(low, 2), high))
        return fill(digits, digits)
    rows = [r for r in phrases("fixed.tsv")["small"] if r[0] != "one"]
    return fill(*ch.pick(rows[max(low - 2, 0) : 25 if high < 50 else None]))


@family(1.2)
def age(ch: Chooser) -> Pair:
    """My sister is twelve years old."""
    options = [ch.pronoun, ch.name, lambda: ch.relative(None, "sib")]
    subj = ch.pick(options)()
    n = number(ch, 5, 45 if subj.noun else 90)
    tense = ch.pick("p p p ps")
    en = verb(subj, "be", tense).en
    fr = verb(subj, "have", tense).fr
    years = fill("years old", "ans/1") if ch.chance(0.8) else fill("", "ans")
    v = Pair(en_subject(subj) + en, fr_subject(subj) + fr)
    return end(v + n + years)
