"""Comparatives and superlatives."""

from __future__ import annotations

from choose import Chooser
from families_clauses import agree_text
from families_fixed import be, plain
from family import end, family
from lexicon import nouns_of
from nouns import NP, np_pair
from words import Pair, fill

# English, comparative ("" with more), superlative, French, French comparative, classes
_PEOPLE = (
    ("tall", "taller", "tallest", "grand"), ("young", "younger", "youngest", "jeune"),
    ("strong", "stronger", "strongest", "fort"), ("rich", "richer", "richest", "riche"),
    ("happy", "happier", "happiest", "heureux"), ("funny", "funnier", "funniest", "drôle"),
    ("patient", "", "", "patient"), ("polite", "", "", "poli"), ("serious", "", "", "sérieux"),
    ("generous", "", "", "généreux"), ("careful", "", "", "prudent"),
    ("shy", "shyer", "shyest", "timide"),
    ("nice", "nicer", "nicest", "gentil"), ("intelligent", "", "", "intelligent"),
    ("lazy", "lazier", "laziest", "paresseux"), ("fast", "faster", "fastest", "rapide"),
)  # fmt: skip
_THINGS = (
    ("big", "bigger", "biggest", "grand", "home,furniture,luggage,town,building,nature"),
    ("small", "smaller", "smallest", "petit", "home,furniture,luggage,town,vehicle,building"),
    ("expensive", "", "", "cher", "clothes,vehicle,device,furniture,home,shopplace"),
    ("old", "older", "oldest", "vieux", "vehicle,building,town,furniture,home"),
    ("heavy", "heavier", "heaviest", "lourd", "luggage,furniture"),
    ("beautiful", "", "", "beau", "clothes,town,nature,flower,home"),
    ("fast", "faster", "fastest", "rapide", "vehicle,device,transport2"),
    ("interesting", "", "", "intéressant", "read,watch,job,trip"),
    ("easy", "easier", "easiest", "facile", "exam,question,lessonw,study1"),
    ("difficult", "", "", "difficile", "exam,question,lessonw,study1"),
    ("long", "longer", "longest", "long", "trip,street,exam"),
    ("comfortable", "", "", "confortable", "pairs,seatf,vehicle,home"),
    ("modern", "", "", "moderne", "building,device,furniture"),
    ("quiet", "quieter", "quietest", "calme", "town,street,home"),
    ("good", "better", "best", "bon", "watch,read,shopplace,dish,drink,dishc"),
    ("practical", "", "", "pratique", "luggage"),
)
_CROSS = {"cher", "bon", "lourd", "confortable", "vieux"}  # also of two things
_DEGREES = (("more", "plus"), ("less", "moins"), ("as", "aussi"), ("as", "aussi"))


def _comparison(ch: Chooser, en: str, er: str, fr: str) -> tuple[Pair, str]:
    """More interesting, and than or as."""
    degree = ch.rng.choice(_DEGREES if not er else _DEGREES[::2])
    than = "as" if degree[0] == "as" else "than"
    if degree[0] == "more" and en == "good":
        fr = {"bon": "meilleur", "bonne": "meilleure", "bons": "meilleurs", "bonnes": "meilleures"}[
            fr
        ]
        return fill("better", fr), than
    if degree[0] == "more" and er:
        return fill(er, f"plus/1 {fr}/1"), than
    return fill(f"{degree[0]} {en}", f"{degree[1]} {fr}"), than


@family(1.3)
def people_compare(ch: Chooser) -> Pair:
    """Paul is taller than his brother."""
    subj = ch.subject()
    other = ch.person(subj)
    pronoun = ch.chance(0.3)
    if pronoun:
        other = ch.pronoun(
            {1: "tu vous il elle", 2: "je il elle", 3: "je nous tu vous"}[
                1 if subj.pron and subj.pron[1] == "on" else subj.per
            ]
        )
    en, er, _, fr = ch.rng.choice(_PEOPLE)
    middle, than = _comparison(ch, en, er, agree_text(fr, _like(subj)))
    neg = ch.chance(0.15) and not (subj.fixed and subj.fixed.en[0].text == "everyone")
    who = np_pair(other)
    joined = fill(f"{than} {{o}}", "que {o}", o=who)
    if neg:
        v = be(subj)
        no = fill("not°", "ne/1 pas/1")
        return end(
            Pair(v.en + no.en, v.fr[:-1] + no.fr[:1] + v.fr[-1:] + no.fr[1:]) + middle + joined
        )
    return end(be(subj, ch.pick("p p p ps")) + middle + joined)


def _like(subj: NP) -> NP:
    return NP(g=subj.g, fr_num=subj.agr_num)


@family(1.2)
def things_compare(ch: Chooser) -> Pair:
    """This film is more interesting than the book."""
    en, er, _, fr, classes = ch.rng.choice(_THINGS)
    one, two = ch.rng.sample(list(nouns_of(ch.pick(classes.split(","))) * 2), 2)
    if one.en == two.en or fr not in _CROSS or ch.chance(0.6):
        first, second = plain(ch, one, "h"), None
    else:
        first, second = (
            plain(ch, one, ch.pick("t h p"), ch.pronoun("je tu vous il elle nous")),
            plain(ch, two, "t"),
        )
    if second and second.det == "v":
        second.det = "t"
    middle, than = _comparison(ch, en, er, agree_text(fr, first))
    if second is None:
        word = {
            ("m", "s"): "celui-là",
            ("f", "s"): "celle-là",
            ("m", "p"): "ceux-là",
            ("f", "p"): "celles-là",
        }
        one_en = "those" if first.en_num == "p" else "that one"
        other = fill(one_en, word[first.g, first.fr_num])
    else:
        other = np_pair(second)
    return end(
        be(first, "p" if first.det in "hH" else ch.pick("p p p ps"))
        + middle
        + fill(f"{than} {{o}}", "que {o}", o=other)
    )


@family(1.1)
def superlative(ch: Chooser) -> Pair:
    """It is the most beautiful village in France."""
    en, _, est, fr, classes = ch.rng.choice(_THINGS)
    noun = ch.rng.choice([n for n in nouns_of(classes) if not n.has("mass") and not n.has("pairs")])
    np = plain(ch, noun, "z")
    np.en_num = "p" if noun.has("enp") else "s"
    np.fr_num = "p" if noun.has("frp") else "s"
    form = agree_text(fr, np)
    bare = np_pair(np)
    the = "les" if np.fr_num == "p" else ("la" if np.g == "f" else "le")
    if en == "good":
        form = "meilleure" if np.g == "f" else "meilleur"
    pre = fr in ("grand", "petit", "vieux", "beau", "bon")
    words = 1 if est else 2
    link = "2" if words == 1 else "3"
    plus = "" if en == "good" else "plus/2 "
    en_text = f"the {est} {{n}}" if est else f"the most {en} {{n}}"
    fr_text = (
        f"{the}/1 {plus}{form}/{link} {{n}}" if pre else f"{the}/1 {{n}} {the} {plus}{form}/{link}"
    )
    big = fill(en_text, fr_text, n=bare)
    this = fill("these are" if np.en_num == "p" else "this is",
                "ce° sont" if np.fr_num == "p" else "c' est")  # fmt: skip
    if noun.classes & {"town", "building", "nature", "shopplace", "street"} and ch.chance(0.7):
        places = [("in France", "de France"),
                  ("in the city", "de la ville"),
                  ("in the country", "du/1,2 pays/3"),
                  ("in the world", "du/1,2 monde/3"),
                  ("in the region", "de la région")]  # fmt: skip
        return end(this + big + fill(*ch.rng.choice(places)))
    shop = (
        fill("in the store", "du/1,2 magasin/3")
        if noun.classes & {"clothes", "furniture", "device"}
        else Pair()
    )
    return end(this + big + shop)
