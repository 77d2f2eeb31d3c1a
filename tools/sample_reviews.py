"""Reviews in which the order of the words decides: the same words praise and blame.

Each verdict is drawn first, `good` or `poor`; {own} is an adjective of that side, {other} one of the opposite side.
Most frames work both ways round, so counting words helps little ("not good at all", "I feared it would be bad, but it
was superb"). Where one text is another with two words exchanged, both are in the same part.
"""

from __future__ import annotations

from sample_common import Draw, Grammar, expand, gather, polish, table

SEED = 32
COUNT = 2_600

# The first of each are common, the last rare: a word of the test part may hardly have been seen.
GOOD = (
    "good great wonderful excellent lovely delightful superb brilliant splendid charming marvellous fine impressive "
    "enjoyable fantastic terrific perfect beautiful solid pleasant admirable remarkable magnificent likeable glorious "
    "masterly engaging flawless outstanding graceful satisfying inspired"
).split()
POOR = (
    "bad awful terrible dreadful poor dull boring horrible disappointing weak annoying miserable mediocre unpleasant "
    "tedious sloppy bland clumsy lousy shabby dismal pathetic atrocious tiresome careless lifeless dreary hopeless "
    "shoddy wretched second-rate uninspired"
).split()
THINGS = {  # thing: aspects, who made it
    "film": ("story plot ending cast script score", "director"),
    "novel": ("story style ending plot title opening", "author"),
    "hotel": ("room breakfast lobby view bed bar", "manager"),
    "café": ("soup cake menu salad pie terrace", "cook"),
    "phone": ("screen battery camera case design charger", "maker"),
    "concert": ("programme hall encore choir orchestra solo", "conductor"),
    "course": ("textbook room workbook website timetable exam", "teacher"),
    "game": ("story puzzle ending soundtrack design tutorial", "designer"),
}

PLAIN = (  # can be read word by word; the frames below cannot
    "{it} was {own}.",
    "a {own} {thing} with a {own} {aspect}.",
    "what a {own} {thing}!",
    "{it} was {very} {own} and the {aspect} was {own} too.",
    "we found {it} {very} {own}.",
    "{own} from beginning to end.",
    "the {aspect} alone was {own}, and so was the rest.",
    "{own}, {own}, {own}.",
    "{own} {aspect}, {own} {aspect}, {own} {thing}.",
    "{it} is one of the most {own} I know.",
)
NEGATED = (
    "{it} was not {other} at all.",
    "{it} was never {other}.",
    "{it} was far from {other}.",
    "{it} was anything but {other}.",
    "nobody could call {it} {other}.",
    "there was nothing {other} about {it}.",
    "it was not a {other} {thing}, and the {aspect} was not {other} either.",
    "I would not say that {it} was not {own}.",
    "{it} was not the least bit {other}.",
    "to call {it} {other} would be a mistake.",
)
CONTRAST = (
    "I {thought} {it} would be {other}, but it was {own}.",
    "{it} was {other} at first but {own} in the end.",
    "{it} was {own}, although the {aspect} was {other}.",
    "although the {aspect} was {other}, {it} was {own}.",
    "{it} looked {other} and turned out {own}.",
    "their last {thing} was {other}, this one is {own}.",
    "despite the {other} {aspect} a {own} {thing}.",
    "everybody {thought} the {thing} was {other}, I found it {own}.",
    "not {other}, as {friends} said, but {own}.",
    "not {other} but {own}, the {aspect} above all.",
    "it would have been {other} with another {maker}, as it is it was {own}.",
)
JUDGED = (
    "{friends} called {it} {other}, and they were wrong.",
    "{friends} called {it} {own}, and they were right.",
    "is {it} {other}? No.",
    "is {it} {own}? Yes.",
    "I {thought} it would be {own}, and {own} it was.",
    "it would have been {other} with another {maker}.",
    "if only {it} had been {other}!",
    "the advertisement says {own}, and for once it is true.",
    "the advertisement says {other}, and that is simply not true.",
)
MIXED = (
    "the {aspect} was {other}, the {aspect} even {other}. {still} a {own} {thing}.",
    "people praise the {aspect} or curse it. {other}? {other}? Not to me, {own} is the word.",
    "a {other} {aspect}, a {other} {aspect}, and all the same a {own} {thing}.",
    "{own} as a whole, even if the {aspect} was {other} and the {aspect} {other}.",
    "the {other} {aspect} is soon forgotten, the {own} {aspect} is not.",
    "for the first hour it was {other}. Then everything changed: {own}, simply {own}.",
    "we had come for the {other} {aspect} of which {friends} had spoken, and met with nothing but {own} work.",
)
KINDS = {"plain": PLAIN, "negated": NEGATED, "contrast": CONTRAST, "judged": JUDGED, "mixed": MIXED}
SHARES = {"plain": 0.48, "negated": 0.18, "contrast": 0.15, "judged": 0.09, "mixed": 0.10}

TURNED = 0.12  # share of reviews that first say the opposite, in a frame of its own
TURNS = (
    "but in the end: ",
    "and yet: ",
    "so we thought on {day}. By {day} we knew better: ",
    "so far the rumour. My view: ",
)

BASE: Grammar = {
    "it": ["it", "the {aspect}", "the {thing}", "the whole {thing}", "the {aspect}", "this {thing}"],
    "still": ["still", "and yet", "taken together", "in the end", "all in all"],
    "very": ["", "", "very", "really", "quite", "truly"],
    "thought": ["thought", "feared", "hoped", "expected", "was told", "believed"],
    "friends": ["my friends", "the papers", "my parents", "two colleagues", "the neighbours", "other guests"],
    "neutral": [
        "the way there took {number} hours.",
        "we stayed until {day}.",
        "they open at {number} on a {day}.",
        "our seats were on the left.",
        "the paper bag was green.",
        "it was the {thing} that {friends} had talked about.",
        "you need {number} hours for it.",
        "I go there every {day}.",
        "we went on a {day}.",
        "I was there with {guests}.",
        "it was my {nth} {thing} this year.",
        "my {relative} chose it.",
        "it was a {day}, and it rained.",
        "I had read about the {maker} before.",
        "it cost {number} crowns.",
        "we had a table by the window.",
        "there were {number} people before us.",
        "I write this for those who asked about the {aspect}.",
        "it took {number} hours.",
        "the {maker} is from our town.",
        "this is about the {aspect} mostly.",
    ],
    "guests": ["my parents", "two colleagues", "the neighbours", "a friend", "my class", "nobody else"],
    "day": ["Monday", "Tuesday", "Friday", "Saturday", "Sunday"],
    "nth": ["first", "second", "third", "fifth"],
    "number": ["two", "three", "five", "ten", "twelve", "twenty"],
    "relative": ["sister", "uncle", "brother", "aunt", "mother", "grandson"],
}


def review(draw: Draw) -> list[tuple[str, str]]:
    """A review and now and then its mirror image: the same words with the sides exchanged."""
    good = draw.chance(0.5)
    kind = draw.weighted(SHARES)
    frame = draw.pick(KINDS[kind])
    thing = draw.pick(list(THINGS))
    aspects, maker = THINGS[thing]
    given = {
        **BASE,
        "thing": [thing],
        "aspect": aspects.split(),
        "maker": [maker],
        "own": ["<own>"],
        "other": ["<other>"],
    }
    text = expand(draw, given, frame)
    if draw.chance(TURNED):
        before = expand(draw, given, draw.pick(KINDS[draw.weighted(SHARES)]))
        turned = before.replace("<own>", "<->").replace("<other>", "<own>").replace("<->", "<other>")
        text = f"{turned} {expand(draw, given, draw.pick(TURNS))}{text}"
    elif kind == "plain" and draw.chance(0.3):
        text += " " + expand(draw, given, draw.pick(PLAIN))
    if draw.chance(0.45):
        text = expand(draw, given, "{neutral} ") + text
    if draw.chance(0.3):
        text += expand(draw, given, " {neutral}")
    if text.count("<own>") == text.count("<other>") == 1 and draw.chance(0.5):
        return mirrored(draw, text)
    return [filled(draw, text, good)]


def rarer(draw: Draw, adjectives: list[str]) -> str:
    """One of them, the later the rarer."""
    return adjectives[min(draw.below(len(adjectives)), draw.below(len(adjectives)))]


def filled(draw: Draw, text: str, good: bool) -> tuple[str, str]:
    own, other = (GOOD, POOR) if good else (POOR, GOOD)
    while "<own>" in text:
        text = text.replace("<own>", rarer(draw, own), 1)
    while "<other>" in text:
        text = text.replace("<other>", rarer(draw, other), 1)
    return polish(text), "positive" if good else "negative"


def mirrored(draw: Draw, text: str) -> list[tuple[str, str]]:
    """Two reviews of the same words, one for each side."""
    praise, blame = rarer(draw, GOOD), rarer(draw, POOR)
    return [
        (polish(text.replace("<own>", praise).replace("<other>", blame)), "positive"),
        (polish(text.replace("<own>", blame).replace("<other>", praise)), "negative"),
    ]


def files() -> dict[str, str]:
    """Path in sample_data and content of what this module makes."""
    draw = Draw(SEED)
    rows = gather(draw, COUNT, lambda: review(draw))
    return {"tables/reviews.csv": table(draw, rows, validation=0.1, test=0.12)}
