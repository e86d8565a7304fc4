"""Random choices that make sense together: people, things, times, frames, whole clauses."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from agreement import bind, denied
from clause import Clause, realize_clause
from lexicon import Frame, Noun, adjectives_of, frames, nouns_of, phrases
from nouns import NP, np_pair, numeral
from tables import (
    HABIT_SETS,
    KIND_OF,
    MANNER,
    MODAL_KIND,
    NAMES,
    PERSONAL,
    PLURAL,
    PREDICATE,
    PRONOUNS,
    TIME_SET,
    TIMED,
    UNIQUE,
)  # fmt: skip
from words import Pair, fill


@cache
def frames_of(kinds: str, slots: str = "*") -> tuple[Frame, ...]:
    """Frames that allow one of the tense letters and have exactly these slots (`*`: any)."""
    return tuple(
        f
        for f in frames()
        if set(kinds) & set(f.kinds) and slots in ("*", "".join(n for n, _, _ in f.slots))
    )


class Chooser:
    """Draws every choice from one seeded generator."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self.rng.random() < p

    def pick(self, options: Any) -> Any:
        """One of the options (a string of words counts as its words)."""
        return self.rng.choice(options.split() if isinstance(options, str) else options)

    def phrase(self, section: str, file: str = "adjuncts.tsv", **slots: Pair) -> Pair:
        """A random fixed phrase of a section."""
        en, fr = self.pick(phrases(file)[section])
        return fill(en, fr, **slots)

    def pronoun(self, keys: str = "je je tu vous il elle nous ils elles") -> NP:
        """A subject pronoun (feminine sometimes where French shows it)."""
        key = self.pick(keys)
        en, fr, per, en_num, fr_num, g, agree = PRONOUNS[key]
        if key in ("je", "tu", "vous") and self.chance(0.35):
            g = "f"
        en_g = {"he": "m", "she": "f"}.get(en, "n")
        owner_num = "s" if key in ("tu",) else en_num
        np = NP(per, en_num, fr_num, g, en_g, agree, (en, fr), human=True)
        np.quantity = ("", owner_num)
        return np

    def name(self) -> NP:
        """A first name."""
        g = self.pick("m f")
        name = self.pick(NAMES[g])
        return NP(g=g, en_g=g, human=True, fixed=fill(name, name))

    def relative(self, owner: NP | None = None, classes: str = "kin") -> NP:
        """My brother, her colleague …."""
        owner = owner or self.pronoun("je je je tu vous il elle nous ils")
        noun = self.pick(nouns_of(classes))
        while noun.has("spouse") and (owner.fr_num == "p" or owner.en_g == noun.g):
            noun = self.pick(nouns_of(classes))
        np = self.of_noun(noun, "p", owner)
        np.human = True
        return np

    def professional(self) -> NP:
        """The baker, the doctor …."""
        np = self.of_noun(self.pick(nouns_of("pro")), "t")
        np.human = True
        return np

    def person(self, subj: NP | None = None) -> NP:
        """Somebody as an object."""
        roll = self.rng.random()
        if roll < 0.35:
            return self.name()
        if roll < 0.97:
            coreferent = subj is not None and not subj.fixed and self.chance(0.5)
            np = self.relative(subj if coreferent else self.pronoun("je"))
        else:
            np = self.professional()
        same = subj is not None and subj.noun is not None and np.noun is not None
        return self.person(subj) if same and subj.noun.en == np.noun.en else np

    def subject(self, telling: bool = False, pro: bool = False) -> NP:
        """Somebody as a subject; seldom the listener where one tells what is going on."""
        roll = self.rng.random()
        if roll < 0.55:
            you = "tu tu vous vous" if not telling else self.pick(["tu", "vous", "", ""])
            return self.pronoun(f"je je je {you} il il elle elle nous nous ils elles on")
        if roll < 0.75:
            return self.name()
        if roll < 0.8:
            return self.everyone()
        np = self.professional() if pro and self.chance(0.4) else self.relative()
        return self.subject(telling, pro) if np.noun and np.noun.en == "children" else np

    def single(self) -> NP:
        """One person as a subject."""
        keys = "je je tu vous il il elle elle"
        return self.pronoun(keys) if self.chance(0.6) else self.name()

    def everyone(self) -> NP:
        """Everyone, or two names."""
        if self.chance(0.3):
            np = NP(human=True, fixed=fill("everyone", "tout le monde"), en_g="n")
            np.agree = "s"
            return np
        one, two = self.name(), self.name()
        while two.fixed and one.fixed and two.fixed.en[0].text == one.fixed.en[0].text:
            two = self.name()
        g = "f" if one.g == two.g == "f" else "m"
        fixed = fill("{a} and {b}", "{a} et {b}", a=np_pair(one), b=np_pair(two))
        return NP(en_num="p", fr_num="p", g=g, human=True, fixed=fixed)

    def of_noun(self, noun: Noun, det: str, owner: NP | None = None) -> NP:
        """A noun phrase of this noun with a determiner code."""
        if det == "p" and owner and owner.en_g == "m" and noun.en in ("dress", "skirt", "blouse"):
            det = "t"
        en_num = "p" if noun.has("enp") else "s"
        fr_num = "p" if noun.has("frp") else "s"
        fixed_num = noun.has("enp") or noun.has("frp") or noun.has("mass")
        paired = noun.has("pairs") or noun.has("plfruit")
        if noun.has("enp") and det in "abn" and not noun.has("person"):
            det = "h"
        if paired and det == "a":
            det = "b"
        wants_plural = (det in "bng" or paired) and not fixed_num
        if (
            not wants_plural
            and det in "tphH"
            and noun.classes & PLURAL
            and not (fixed_num or noun.has("instrument"))
        ):
            wants_plural = self.chance(0.3)
        if wants_plural:
            en_num = fr_num = "p"
        several = owner is not None and owner.en_num == "p" and owner.per != 2
        if det == "p" and several and noun.classes & PERSONAL and not noun.has("frp"):
            en_num = fr_num = "p"
        if det == "n" and fixed_num:
            det = "t"
        if det == "a" and noun.has("mass"):
            det = "s"
        if det == "b" and fixed_num:
            det = "s" if noun.has("mass") else "p"
        if det == "s" and not noun.has("mass"):
            det, en_num, fr_num = ("b", "p", "p") if not fixed_num else ("t", en_num, fr_num)
        en_g = noun.g if noun.has("person") else "n"
        np = NP(3, en_num, fr_num, noun.g, en_g, noun=noun, det=det, owner=owner)
        np.human = noun.has("person")
        self._finish(np)
        return np

    def _finish(self, np: NP) -> None:
        """Number word, some, container or adjective."""
        noun = np.noun
        if not noun:
            return
        if np.det == "n":
            np.quantity = numeral(self.rng.randint(2, 5))
        if np.det in "bs" and self.chance(0.4):
            np.quantity = ("some", "")
        options = [a for a in adjectives_of(noun) if a.en not in PREDICATE]
        if options and self.chance({"a": 0.25, "b": 0.2, "h": 0.08, "t": 0.04}.get(np.det, 0)):
            np.adj = self.pick(options)
        if np.det == "t" and not np.adj and not noun.has("mass") and self.chance(0.03):
            plural, fixed = np.en_num == "p", noun.has("enp") or noun.has("frp")
            section = "variantp" if plural else "variants"
            if not fixed and not noun.classes & UNIQUE:
                np.det, np.quantity = "v", self.pick(phrases("quantities.tsv")[section])

    def contained(self, noun: Noun) -> NP:
        """Two kilos of apples, a lot of bread, not enough …."""
        np = self.of_noun(noun, "s")
        options = ["quantity", "quantity"]
        options += [c for c in ("kilo", "bottle", "glass", "cup", "slice", "loaf") if noun.has(c)]
        section = self.pick(options)
        if section == "quantity":
            section = "much" if noun.has("mass") else "many"
        np.det, np.adj, np.quantity = "q", None, self.pick(phrases("quantities.tsv")[section])
        return np

    def thing(self, classes: str, dets: str, subj: NP | None = None) -> NP:
        """A noun phrase for a slot of a frame."""
        if dets == "w" or (classes.startswith("who") and self.chance(0.6)):
            return self.person(subj)
        noun = self.pick(nouns_of(classes.removeprefix("who,")))
        det = self.pick(list(dets.replace("w", "") or "p"))
        if det == "c":
            return self.contained(noun)
        if det == "h" and self.chance(0.4):
            det = "H"
        owner = subj if subj and not (subj.fixed and subj.en_g == "n") else self.pronoun("je")
        return self.of_noun(noun, det, owner)

    def place(self, frame: Frame, slot: str, subj: NP) -> Pair:
        """A phrase for a slot of places."""
        return self.adjunct(frame.slot(slot).removeprefix("@"), subj)

    def adjunct(self, section: str, subj: NP) -> Pair:
        """A phrase of a section, in agreement with the subject."""
        en, fr = self.pick(phrases("adjuncts.tsv")[section])
        while subj.per == 1 and "my" in en:
            en, fr = self.pick(phrases("adjuncts.tsv")[section])
        slots = {}
        if "{who}" in en:
            slots["who"] = np_pair(self.person(subj))
        if "{clock}" in en:
            slots["clock"] = self.phrase("clock", "quantities.tsv")
        if "{young}" in en:
            slots["young"] = self.youth(subj)
        return bind(fill(en, fr, **slots), subj)

    def youth(self, subj: NP) -> Pair:
        """She was young: a clause about the subject, as a pronoun."""
        again = subj
        if not subj.pron and not subj.per < 3:
            keys = ("ils", "elles") if subj.fr_num == "p" else ("il", "elle")
            again = self.pronoun(keys[subj.g == "f"])
        names = ("be young", "be little", "be a student")
        frame = self.pick([f for f in frames() if f.en in names and again.en_num == "s"]
                          or [f for f in frames() if f.en == "be young"])  # fmt: skip
        return realize_clause(Clause(again, frame, tense="pasts"))

    def clause(self, tense: str, subj: NP | None = None, frame: Frame | None = None,
               extras: bool = True, **options: Any) -> Clause:  # fmt: skip
        """A whole clause in a tense, with what fits it."""
        modal, neg, ask = (options.get(key, "") for key in ("modal", "neg", "ask"))
        frame = frame or self.pick(self.fitting(tense, modal, neg, options.get("let_us", False)))
        telling = tense in ("pres", "prog") and not (modal or ask)
        subj = subj or self.subject(telling, "t" in frame.kinds or frame.slot("l") != "")
        while "Z" in frame.kinds and subj.agr_num == "p":
            subj = self.single()
        if ask and subj.owner and subj.owner.per == 1:
            subj.owner = self.pronoun("tu vous")
        if (
            subj.fixed
            and subj.fixed.en[0].text == "everyone"
            and (options.get("neg") or options.get("ask"))
        ):
            subj = self.name()
        if "something" in frame.en:
            options["neg"] = ""
        c = Clause(subj, frame, tense=tense, **options)
        for slot, classes, dets in frame.slots:
            if classes.startswith("@"):
                c.places[slot] = self.place(frame, slot, subj)
            else:
                np = c.args[slot] = self.thing(classes, denied(dets, c.neg), subj)
                if c.neg or c.ask or c.modal:  # another heavy one: only of what happens
                    np.adj, np.det = None, "t" if np.det == "v" else np.det
        if extras:
            self.add_adjuncts(c)
        return c

    def fitting(self, tense: str, modal: str, neg: str, let_us: bool) -> tuple[Frame, ...]:
        """Frames that make sense in a tense, after a modal verb, as an order or a ban."""
        if modal:
            return frames_of(MODAL_KIND[modal][bool(neg)])
        if tense == "imp" and neg:
            return frames_of("U")
        return frames_of(KIND_OF["let" if let_us else tense])

    def add_adjuncts(self, c: Clause, place: float = 0.5, time: float = 0.6) -> None:
        """Perhaps a place or manner, perhaps a time that the tense allows."""
        if c.neg or c.ask:
            place, time = place * 0.4, time * 0.6
        if "n" in c.frame.kinds and c.tense in ("pres", "used", "prog"):
            time = 0
        habitual = c.tense in ("pres", "used") and not c.modal
        sets = [s for s in c.frame.adjuncts if s in phrases("adjuncts.tsv")]
        sets = [s for s in sets if habitual or s not in HABIT_SETS]
        if c.neg or c.modal not in ("", "should", "must"):
            sets = [s for s in sets if s not in MANNER and s not in TIMED and s != "alone"]
        has_time = False
        if sets and self.chance(place):
            section = self.pick(sets)
            phrase = self.adjunct(section, c.subj)
            if section in MANNER:
                c.manner, c.manner_early = phrase, MANNER[section]
            else:
                c.tail.append(phrase)
            has_time = section in HABIT_SETS | TIMED or self.chance(0.6)
        far = "b" in c.frame.kinds and self.chance(0.5)
        times = TIME_SET.get(c.tense, "")
        if c.modal:
            times, time = ("when" if c.tense == "pres" else times), time * 0.4
        if c.modal in ("could not", "able", "like", "love", "prefer") or (
            c.modal and {"b", "D"} & set(c.frame.kinds)
        ):
            times = ""
        if habitual and "y" in c.frame.kinds and times == "habit":
            times = "daily"
        if c.neg and habitual:
            times = "somedays" if c.neg == "not" and "H" in c.frame.kinds else ""
        if c.neg and times == "past":
            times, far = "pastneg", False
        if c.neg in ("never", "longer"):
            times = ""
        stative = "s" in c.frame.kinds and "p" not in c.frame.kinds
        if "d" in c.frame.kinds and times in ("past", "pastneg", "future"):
            times = times[: -3 if times == "pastneg" else None] + "day"
        if far and times in ("past", "future"):
            times += "far"
        if times and not has_time and not (stative and habitual) and self.chance(time):
            phrase = self.adjunct(times, c.subj)
            while phrase.en[0].text == "on" and " on " in c.frame.en:  # put it on on Monday
                phrase = self.adjunct(times, c.subj)
            c.tail.append(phrase)
