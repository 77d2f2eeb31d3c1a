"""A small language in which the verb agrees with a subject that may stand far before it.

    the keys that the man near these boxes sees are old and were here .

Every number is drawn by itself, so nothing between subject and verb tells the subject's number: who looks back only a
few characters has to guess. Brackets and quotes are nested and always closed. Words and signs stand between spaces.
"""

from __future__ import annotations

from typing import NamedTuple

from sample_common import Draw

SEED = 31
SIZE = 120_000  # characters
LONGEST = 120  # characters of a sentence

PEOPLE = (("man", "men"), ("girl", "girls"), ("boy", "boys"), ("dog", "dogs"))
THINGS = (("key", "keys"), ("box", "boxes"), ("lamp", "lamps"), ("cup", "cups"))
PLACES = ("near", "behind", "under")
SEE = (("sees", "see"), ("likes", "like"))
BE = (("is", "are"), ("was", "were"))
HAVE = ("has", "have")
BETWEEN = {"adverb": 2, "beside": 2, "two": 0.7, "seen": 3, "bracket": 1.5, "seeing": 1}  # how often
ADVERBS = ("often", "now", "never")
SAY = ("says", "say")
STATES = ("old", "new", "here", "lost")
BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))
FAR = 20  # characters between the subject noun and the verb of a test item, at least


class Item(NamedTuple):
    """Which goes on better after `prefix` and a space: `right` or `wrong`?"""

    prefix: str
    right: str
    wrong: str


def noun(draw: Draw, plural: int, pairs: tuple[tuple[str, str], ...] = PEOPLE + THINGS) -> str:
    article = draw.pick(("the", ("this", "these")[plural]))
    return f"{article} {draw.pick(pairs)[plural]}"


def anything(draw: Draw, pairs: tuple[tuple[str, str], ...] = PEOPLE + THINGS) -> str:
    return noun(draw, draw.below(2), pairs)


def beside(draw: Draw) -> str:
    return f"{draw.pick(PLACES)} {anything(draw)}"


def seen(draw: Draw) -> str:
    """A clause whose own subject may have something between it and its verb."""
    plural = draw.below(2)
    middle = f" {beside(draw)}" if draw.chance(0.4) else ""
    return f"that {noun(draw, plural, PEOPLE)}{middle} {draw.pick(SEE)[plural]}"


def seeing(draw: Draw, plural: int) -> str:
    return f"that {draw.pick(SEE)[plural]} {anything(draw)}"


def bracket(draw: Draw, depth: int = 0) -> str:
    """( near the boxes [ old { here } ] )"""
    left, right = BRACKETS[depth]
    inside = beside(draw) if draw.chance(0.5) else draw.pick(STATES)
    if depth < 2 and draw.chance(0.4):
        inside += f" {bracket(draw, depth + 1)}"
    return f"{left} {inside} {right}"


def between(draw: Draw, plural: int, person: bool) -> str:
    """What may come between a subject and its verb; its numbers are drawn without a look at the subject's."""
    kind = draw.weighted(BETWEEN if person else BETWEEN | {"seeing": 0})
    if kind == "adverb":
        return draw.pick(ADVERBS)
    if kind == "beside":
        return beside(draw)
    if kind == "two":
        return f"{beside(draw)} {beside(draw)}"
    if kind == "seen":
        return seen(draw)
    return bracket(draw) if kind == "bracket" else seeing(draw, plural)


def verb(draw: Draw, person: bool) -> tuple[tuple[str, str], str]:
    """Both forms of a verb, and what follows it."""
    kind = draw.weighted({"be": 5, "have": 1, "see": 1.5 if person else 0})
    if kind == "be":
        return draw.pick(BE), draw.pick(STATES)
    forms = HAVE if kind == "have" else draw.pick(SEE)
    return forms, anything(draw)


def clause(draw: Draw, far: float = 0.85) -> tuple[str, str, str, str]:
    """Subject with all that hangs on it, the right verb, the wrong one, the rest."""
    plural, person = draw.below(2), draw.chance(0.5)
    subject = noun(draw, plural, PEOPLE if person else THINGS)
    if draw.chance(far):
        subject += f" {between(draw, plural, person)}"
    forms, rest = verb(draw, person)
    for _ in range(3):  # more verbs of the same subject: the memory has to last
        if draw.chance(0.4):
            more, after = verb(draw, person)
            rest += f" and {more[plural]} {after}" if after not in rest else ""
    return subject, forms[plural], forms[1 - plural], rest


def quote(draw: Draw) -> str:
    """the girl says " the man says ' the keys are old ' " """
    inner = " ".join(part for number, part in enumerate(clause(draw, 0.4)) if number != 2)
    if draw.chance(0.3):
        plural = draw.below(2)
        inner = f"{noun(draw, plural, PEOPLE)} {SAY[plural]} ' {inner} '"
    plural = draw.below(2)
    middle = f" {beside(draw)}" if draw.chance(0.4) else ""
    return f'{noun(draw, plural, PEOPLE)}{middle} {SAY[plural]} " {inner} "'


def sentence(draw: Draw) -> str:
    if draw.chance(0.12):
        return f"{quote(draw)} ."
    subject, right, _, rest = clause(draw)
    return f"{subject} {right} {rest} ."


def corpus(seed: int = SEED, size: int = SIZE) -> list[str]:
    """Sentences, none twice, of `size` characters together."""
    draw = Draw(seed)
    found: dict[str, None] = {}
    total = 0
    while total < size:
        made = sentence(draw)
        if made not in found and len(made) <= LONGEST:
            found[made] = None
            total += len(made) + 1
    return list(found)


def agreement_items(seed: int, n: int) -> list[Item]:
    """`n` beginnings of sentences that the corpus does not hold, each with the right and the wrong next verb.

    At least `FAR` characters lie between the subject noun and the verb, and neither verb is the beginning of the
    other. Half of the subjects are singular.

    Examples
    --------
    >>> agreement_items(1, 2)[1]
    Item(prefix='these boys that these boys see', right='were', wrong='was')
    """
    known = {" ".join(line.split()[:words]) for line in corpus() for words in range(1, len(line.split()))}
    draw = Draw(seed)
    found: dict[str, Item] = {}
    wanted = {0: n // 2, 1: n - n // 2}
    while any(wanted.values()):
        subject, right, wrong, _ = clause(draw, 1.0)
        plural = int(right in {"are", "were", "have"})
        far = len(subject) - len(" ".join(subject.split()[:2])) >= FAR
        if right in {"is", "are", "was", "were", "has", "have"} and far and wanted[plural]:
            if subject in known or subject in found:
                continue
            found[subject] = Item(subject, right, wrong)
            wanted[plural] -= 1
    return list(found.values())


def files() -> dict[str, str]:
    """Path in sample_data and content of what this module makes."""
    items = agreement_items(SEED + 1, 600)
    return {
        "texts/agreement.txt": "".join(f"{line}\n" for line in corpus()),
        "tests/agreement_items.tsv": "".join(f"{item.prefix}\t{item.right}\t{item.wrong}\n" for item in items),
    }
