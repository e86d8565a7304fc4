"""Pronouns, names, and which times and manners go with which tense."""

# key: English, French, person, English number, French number, gender, agreement number
PRONOUNS = {
    "je": ("I", "je", 1, "s", "s", "m", "s"), "tu": ("you", "tu", 2, "p", "s", "m", "s"),
    "vous": ("you", "vous", 2, "p", "p", "m", "s"), "il": ("he", "il", 3, "s", "s", "m", "s"),
    "elle": ("she", "elle", 3, "s", "s", "f", "s"), "nous": ("we", "nous", 1, "p", "p", "m", "p"),
    "ils": ("they", "ils", 3, "p", "p", "m", "p"),
    "elles": ("they", "elles", 3, "p", "p", "f", "p"),
    "on": ("we", "on", 3, "p", "s", "m", "p"),
}  # fmt: skip
NAMES = {
    "m": [
        "Paul",
        "Lucas",
        "Thomas",
        "Nicolas",
        "Martin",
        "Louis",
        "Hugo",
        "David",
        "Daniel",
        "Simon",
    ],
    "f": ["Marie", "Emma", "Sophie", "Julie", "Anna", "Claire", "Alice", "Sarah", "Laura", "Nina"],
}
PLURAL = {
    "fruit",
    "veg",
    "dishware",
    "linen",
    "write",
    "read",
    "photo",
    "flower",
    "snack",
    "study",
    "wordn",
    "question",
    "exam",
    "problem",
    "openable",
    "people",
    "sib",
    "friend",
    "pet",
    "farm",
    "plant",
}
# things that each of several owners has for himself: their coats
PERSONAL = {"clothes", "carry", "luggage", "paper"}
# adjectives that describe a thing but hardly stand at an object
PREDICATE = {
    "broken", "cheap", "dirty", "clean", "expensive", "quiet", "heavy", "difficult", "easy",
    "comfortable", "strange", "empty", "practical", "important", "famous", "fast", "elegant",
    "boring", "sad", "long", "warm", "modern",
}  # fmt: skip
HABIT_SETS = {"mealtime", "mornev", "weekly", "evening0", "ofteno"}
TIMED = {
    "atclock",
    "atmorning",
    "atnight",
    "early",
    "staytime",
    "until",
    "allday",
    "event",
    "around",
}
# manner sets: whether the French adverb stands before a participle or infinitive
MANNER = {
    "alot": True, "well": True, "wellplay": True, "wellsing": True, "sleepwell": True,
    "laugh": True, "fast": False, "slowly": False, "carefully": False, "cautiously": False,
    "easily": False, "fastslow": False, "hard": False, "everywhere": False, "quickly": False,
    "neatly": False,
}  # fmt: skip
UNIQUE = {
    "onoff",
    "truth",
    "restbill",
    "menu",
    "time",
    "openable",
    "room",
    "home",
    "paintable",
    "hotelroom",
    "sun",
    "pro",
}
TIME_SET = {
    "pres": "habit", "prog": "now", "past": "past", "fut": "future", "near": "future",
    "used": "longago", "pprog": "", "perf": "", "pasts": "", "cond": "when",
}  # fmt: skip
KIND_OF = {
    "pres": "ps", "prog": "g", "past": "a", "perf": "e", "used": "i", "pprog": "g", "pasts": "i",
    "fut": "f", "near": "f", "cond": "f", "imp": "c", "let": "L",
}  # fmt: skip
# frames that fit a modal verb, and a denied one
MODAL_KIND = {
    "can": "WK", "could not": "WK", "able": "KK", "must": "DU", "should": "DU", "have to": "DD",
    "want": "WW", "would like": "WW", "need": "DD", "could": "RR",
}  # fmt: skip
