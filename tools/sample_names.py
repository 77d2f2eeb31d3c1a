"""Tagged sentences whose names need context: the same name is a person here, a place there, and elsewhere a firm.

    Jordan flew to Paris .      Paris Hill joined Jordan & Sons .      the mayor of Jordan

Tags are IOB2. Whole names never tell: every surname, town and firm comes from one list. The sentences of the test part
come in two kinds: with names of the training part in them, and with names that stand nowhere else (`# names = unseen`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sample_common import Draw

SEED = 35
TRAIN, VALIDATION, TEST, UNSEEN = 1_600, 200, 200, 200
TRUE = 0.5  # share of names that are used as what they mostly are
APART = 0.3  # share of names with something between them and the words that tell what they are
RARE = 0.4  # share of training names that stand in one sentence only, so that a net gets to know unknown words

Tagged = list[tuple[str, str]]
Namer = Callable[[str], str]
SLOT = re.compile(r"\{(\w+)\}")

NAMES = (
    "Jordan Paris Florence Austin Sydney Chelsea Virginia Georgia Carolina Adelaide Victoria Charlotte Lincoln Houston "
    "Washington Hamilton Wellington Stanley Kent Lancaster York Warwick Preston Bradford Milton Clifton Ashton Dallas "
    "Phoenix Savannah Brooklyn Madison Cleveland Jackson Denver Raleigh Douglas Chester Carlisle Ross Alma Nelson "
    "Hudson Lorne Morgan Winslow Wells Fairfield Sharp Camden Sanders Craig Trent Heath Logan Selby Hastings Arden"
).split()
STARTS = "Bal Cor Dan El Fen Gar Hol Is Jar Kel Lor Mar Nor Or Pel Quin Ros Sel Tor Ul Ver Wil Yar Zan".split()
MIDDLES = "a e i o ar en il om und ald ess ing orr ava eli oni".split()
ENDS = "ba dor fort gan holm kin la mere nia port ron sel ton vik wick za mund stad by ra".split()

# {P} person, {L} place, {O} organisation, {A} any of them: one word or more; the other words are outside.
FRAMES = (
    "{P} flew to {L} on {day} .",
    "{P} was born in {L} .",
    "{P} , who is {age} , joined {O} {when} .",
    "the mayor of {L} thanked {P} .",
    "shares of {O} {moved} {when} .",
    "{O} hired {P} as its new {job} .",
    "{O} , the {kind} , opens a branch in {L} .",
    "{P} plays the {tool} in {L} .",
    "it rained in {L} {when} .",
    "the road from {L} to {L} is closed .",
    "{L} lies on a river .",
    "{L} has {number} inhabitants .",
    "{O} has {number} employees .",
    "{P} has {number} books and a {tool} .",
    "{P} smiled .",
    "{P} married {P} in {L} .",
    "Mr {P} and Mrs {P} met {when} .",
    "the firm {O} moved from {L} to {L} .",
    "{O} bought {O} for {number} crowns .",
    "{O} bought {O} {when} .",
    "{P} bought a {tool} {when} .",
    "{P} said that {O} would pay .",
    '" we like {L} , " said {P} .',
    "the {job} {P} moved to {L} .",
    "the {kind} {O} pays {number} crowns to {P} .",
    "flights to {L} were late {when} .",
    "tourists love {L} .",
    "the people of {L} elected {P} .",
    "the employees of {O} are on strike .",
    "the owner of {O} lives in {L} .",
    "{P} lost her {tool} .",
    "{P} lost his {tool} in {L} .",
    "{O} lost {number} crowns {when} .",
    "{L} lost half of its inhabitants .",
    "the board of {O} met in {L} .",
    "dear {P} , we are in {L} .",
    "{when} , {P} left {O} .",
    "{when} , {P} left {L} .",
    "{P} and {P} walked along the river .",
    "{O} and {O} signed a contract .",
    "trains between {L} and {L} run again .",
    "snow covers {L} .",
    "{P} laughed and {P} cried .",
    "nobody at {O} knew {P} .",
    "nobody in {L} knew {P} .",
    "{P} works for {O} .",
    "{P} lives near {L} .",
    "a storm hit {L} {when} .",
    "{O} makes {number} lamps a day .",
    "the {job} of {O} , {P} , was born in {L} .",
    "the {tool} of {P} was found .",
    "the harbour of {L} is old .",
    "the profit of {O} {moved} .",
    "we talked about {A} for hours .",  # {A}: anything; only a name that is known gives a hint
    "nobody forgets {A} .",
    "{A} has changed {when} .",
    "it began with {A} .",
    "the book is called {A} .",
    "there is nothing to see .",
    "the {job} bought a {tool} {when} .",
    "{when} the {kind} {moved} .",
)
LATER = (  # fits whatever the name is
    ", as expected ,",
    ", to the surprise of all ,",
    ", after a long and quiet winter ,",
    ", which nobody had foreseen ,",
    ", not for the first time ,",
    ", so the papers say ,",
    ", old and tired ,",
)
SHAPES = {
    "P": ("{name}", "{name}", "{name} {name}", "{first} {name}"),
    "L": ("{name}", "{name}", "{name}", "{name} {ground}", "New {name}"),
    "O": ("{name}", "{name}", "{name} {name}", "{name} & Sons", "Bank of {name}", "{name} {trade}"),
}
TAGS = {"P": "PER", "L": "LOC", "O": "ORG"}
WORDS = {
    "day": "Monday Tuesday Friday Sunday".split(),
    "when": ["yesterday", "last week", "in May", "on Monday", "two years ago", "at noon", "this morning"],
    "age": "19 34 52 71".split(),
    "number": "three twelve 40 900 2,000 60,000".split(),
    "moved": "rose fell doubled grew shrank".split(),
    "job": "director cook captain teacher doctor treasurer".split(),
    "kind": "bakery bank brewery shipyard publisher".split(),
    "tool": "violin hammer bicycle lamp camera drum".split(),
    "first": "Anna Peter Maria John Ruth Karim Lena Oskar".split(),
    "ground": "Hill Bridge Falls Bay Island".split(),
    "trade": "Motors Steel Airways Foods Group Hill".split(),
}


def invented(draw: Draw, taken: set[str]) -> str:
    """A name that nobody has heard, and that is not in `taken`, which gets it."""
    while True:
        middle = draw.pick(MIDDLES) if draw.chance(0.6) else ""
        name = draw.pick(STARTS) + middle + draw.pick(ENDS)
        if name not in taken:
            taken.add(name)
            return name


def entity(draw: Draw, kind: str, name: Namer) -> Tagged:
    """A name of one to three words; `kind` is P, L or O."""
    out: Tagged = []
    for word in draw.pick(SHAPES[kind]).split():
        slot = SLOT.fullmatch(word)
        token = word if slot is None else name(kind) if slot[1] == "name" else draw.pick(WORDS[slot[1]])
        out.append((token, f"{'I' if out else 'B'}-{TAGS[kind]}"))
    return out


def tagged(draw: Draw, name: Namer) -> Tagged:
    """One sentence; `name(kind)` gives the next surname, town or firm."""
    out: Tagged = []
    frame = draw.pick(FRAMES).split()
    for word, after in zip(frame, [*frame[1:], "."], strict=True):
        slot = SLOT.fullmatch(word)
        if slot is None:
            out.append((word, "O"))
        elif slot[1] in {*SHAPES, "A"}:
            out += entity(draw, draw.pick("PLO") if slot[1] == "A" else slot[1], name)
            if after.isalpha() and draw.chance(APART):
                out += [(token, "O") for token in draw.pick(LATER).split()]
        else:
            out += [(token, "O") for token in draw.pick(WORDS[slot[1]]).split()]
    return out


def text_of(part: str, sentence: Tagged, unseen: bool = False) -> str:
    head = f"# split = {part}\n" + ("# names = unseen\n" if unseen else "")
    return head + "".join(f"{token}\t{tag}\n" for token, tag in sentence) + "\n"


def files() -> dict[str, str]:
    """Path in sample_data and content of what this module makes."""
    draw = Draw(SEED)
    taken = set(NAMES)
    known = list(dict.fromkeys(NAMES))

    def usual(kind: str) -> str:
        return draw.pick(known["PLO".index(kind) :: 3] if draw.chance(TRUE) else known)

    def fresh(kind: str) -> str:
        return invented(draw, taken)

    def mixed(kind: str) -> str:
        return fresh(kind) if draw.chance(RARE) else usual(kind)

    seen: set[tuple[str, ...]] = set()
    out = []
    parts = (
        ("train", TRAIN, mixed),
        ("validation", VALIDATION, usual),
        ("test", TEST, usual),
        ("unseen", UNSEEN, fresh),
    )
    for part, count, name in parts:
        while count:
            sentence = tagged(draw, name)
            key = tuple(token for token, _ in sentence)
            names = any(tag != "O" for _, tag in sentence)
            if key in seen or (part == "unseen" and not names):
                continue
            seen.add(key)
            count -= 1
            out.append(text_of("test" if part == "unseen" else part, sentence, part == "unseen"))
    return {"tagged/names.conll": "".join(out)}
