"""What was read, in words: how long, how many labels, how they are balanced, what stands there twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lstm_core.sources import PARTS, Source

MOST_LABELS = 8  # that are named; the others are counted
_ROWS = 200  # of a look at the data


def summary(source: Source) -> list[str]:
    """Short facts about a source, in plain text, the most important first.

    Examples
    --------
    >>> summary(Source("labelled", "two", items=("so good", "good"), labels=("+", "+")))[:3]
    ['2 texts', '1.5 words each on average, the longest 2', '1 label: + 100 %']
    """
    if source.kind == "text":
        lines = source.text.split("\n")
        return [
            counted(len(source.text), "character"),
            counted(sum(1 for line in lines if line.strip()), "line"),
            counted(len(set(source.text)), "different character"),
            *_twice(filter(str.strip, lines), "line"),
        ]
    if source.kind == "labelled":
        lengths = [len(item.split()) for item in source.items]
        facts = [counted(len(source.items), "text"), _lengths(lengths), balance(source.labels)]
        return [*facts, *_twice(source.items, "text"), *_splits(source.splits)]
    entities = Counter(tag[2:] for tags in source.tags for tag in tags if tag.startswith("B-"))
    facts = [counted(len(source.sentences), "sentence"), _lengths([len(words) for words in source.sentences])]
    facts.append(balance(entities.elements(), "entity type", "entity types") if entities else "no entity at all")
    tokens = sum(map(len, source.tags))
    outside = sum(tag == "O" for tags in source.tags for tag in tags)
    facts.append(f"{percent(outside, tokens)} of the words are in no entity (O)")
    return [*facts, *_twice(source.sentences, "sentence"), *_splits(source.splits)]


def balance(labels: Iterable[str], one: str = "label", many: str = "labels") -> str:
    """How many labels there are, and the share of each.

    Examples
    --------
    >>> balance(["spam", "ham", "ham", "ham"])
    '2 labels: ham 75 %, spam 25 %'
    """
    counts = Counter(labels)
    total, common = counts.total(), counts.most_common(MOST_LABELS)
    shares = [f"{short(label)} {percent(number, total)}" for label, number in common]
    rest = [f"and {len(counts) - MOST_LABELS} more"] if len(counts) > MOST_LABELS else []
    return f"{len(counts):,} {one if len(counts) == 1 else many}: {', '.join(shares + rest)}"


def table(source: Source) -> list[dict[str, str]]:
    """The first rows of a source, to look at."""
    if source.kind == "text":
        return [{"line": short(line, 200)} for line in source.text.split("\n", _ROWS)[:_ROWS]]
    if source.kind == "labelled":
        pairs = zip(source.items[:_ROWS], source.labels[:_ROWS], strict=True)
        return [{"text": short(item, 200), "label": short(label, 60)} for item, label in pairs]
    both = zip(source.sentences[:_ROWS], source.tags[:_ROWS], strict=True)
    marked = [" ".join(w if t == "O" else f"{w} [{t}]" for w, t in zip(*pair, strict=True)) for pair in both]
    return [{"sentence": short(sentence, 300)} for sentence in marked]


def short(text: str, most: int = 24) -> str:
    """The beginning of a text that somebody else has written."""
    return text if len(text) <= most else text[: most - 1] + "…"


def counted(number: int, one: str) -> str:
    """A number with its noun.

    Examples
    --------
    >>> counted(1, "text"), counted(1200, "text")
    ('1 text', '1,200 texts')
    """
    return f"{number:,} {one}{'' if number == 1 else 's'}"


def percent(part: float, whole: float) -> str:
    """A share in per cent, as a reader would say it.

    Examples
    --------
    >>> percent(1, 3), percent(1, 1000), percent(0, 0)
    ('33 %', '0.1 %', '0 %')
    """
    share = 100 * part / whole if whole else 0
    return f"{share:.1f} %" if 0 < share < 1 else f"{share:.0f} %"


def _lengths(lengths: Sequence[int]) -> str:
    return f"{sum(lengths) / max(len(lengths), 1):.1f} words each on average, the longest {max(lengths, default=0):,}"


def _twice(entries: Iterable[object], what: str) -> list[str]:
    counts = Counter(entries)
    extra = counts.total() - len(counts)
    return [f"{counted(extra, what)} {'repeats' if extra == 1 else 'repeat'} another"] if extra else []


def _splits(splits: Sequence[str]) -> list[str]:
    if not splits:
        return ["divided for training, validation and test by the seed"]
    counts = Counter(splits)
    return ["divided by its author: " + ", ".join(f"{counts[part]:,} {part}" for part in PARTS)]
