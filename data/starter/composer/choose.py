"""Random choices that make sense together: people, things, times, frames, whole clauses."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from agreement import bind, denied
from clause import Clause, realize_clause
from lexicon import Frame, Noun, adjectives_of, frames, nouns_of, phrases
from nouns import NP, np_pair, numeral
from tables import HABIT_SETS, KIND_OF, MANNER, NAMES, PLURAL, PRONOUNS, TIME_SET, TIMED, UNIQUE
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
        if roll < 0.3:
            return self.name()
        if roll < 0.85:
            coreferent = subj is not None and not subj.fixed and self.chance(0.5)
            return self.relative(subj if coreferent else self.pronoun("je"))
        return self.professional()

    def subject(self) -> NP:
        """Somebody as a subject."""
        roll = self.rng.random()
        if roll < 0.55:
            return self.pronoun("je je je tu tu vous vous il il elle elle nous nous ils elles on")
        if roll < 0.72:
            return self.name()
        if roll < 0.77:
            return self.everyone()
        np = self.relative() if roll < 0.93 else self.professional()
        return self.subject() if np.noun and np.noun.en == "children" else np

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
        if np.det in "bs" and self.chance(0.55):
            np.quantity = ("some", "")
        options = [a for a in adjectives_of(noun) if a.en not in ("broken", "cheap", "dirty")]
        if options and self.chance(0.3 if np.det in "abh" else 0.1 if np.det == "t" else 0):
            np.adj = self.pick(options)
        if np.det == "t" and not np.adj and not noun.has("mass") and self.chance(0.06):
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
        subj = subj or self.subject()
        if (
            subj.fixed
            and subj.fixed.en[0].text == "everyone"
            and (options.get("neg") or options.get("ask"))
        ):
            subj = self.name()
        if frame and "something" in frame.en:
            options["neg"] = ""
        frame = frame or self.pick(frames_of(KIND_OF["modal" if options.get("modal") else tense]))
        c = Clause(subj, frame, tense=tense, **options)
        for slot, classes, dets in frame.slots:
            if classes.startswith("@"):
                c.places[slot] = self.place(frame, slot, subj)
            else:
                c.args[slot] = self.thing(classes, denied(dets, c.neg), subj)
        if extras:
            self.add_adjuncts(c)
        return c

    def add_adjuncts(self, c: Clause, place: float = 0.58, time: float = 0.62) -> None:
        """Perhaps a place or manner, perhaps a time that the tense allows."""
        if c.neg or c.ask:
            place, time = place * 0.7, time * 0.7
        if "n" in c.frame.kinds and c.tense in ("pres", "used"):
            time = 0
        habitual = c.tense in ("pres", "used") and not c.modal
        sets = [s for s in c.frame.adjuncts if s in phrases("adjuncts.tsv")]
        sets = [s for s in sets if habitual or s not in HABIT_SETS]
        has_time = False
        if sets and self.chance(place):
            section = self.pick(sets)
            phrase = self.adjunct(section, c.subj)
            if section in MANNER:
                c.manner, c.manner_early = phrase, MANNER[section]
            else:
                c.tail.append(phrase)
            has_time = section in HABIT_SETS | TIMED
        far = "b" in c.frame.kinds and self.chance(0.5)
        times = TIME_SET.get(c.tense, "")
        if c.modal == "could not":
            times = ""
        elif c.modal:
            times, time = ("when" if c.tense == "pres" else times), time * 0.5
        if c.neg and habitual:
            times = "somedays" if c.neg == "not" else ""
        if c.neg in ("never", "longer"):
            times = ""
        stative = "s" in c.frame.kinds and "p" not in c.frame.kinds
        if far and times in ("past", "future"):
            times += "far"
        if times and not has_time and not (stative and habitual) and self.chance(time):
            c.tail.append(self.adjunct(times, c.subj))
