"""The data that a command names: synthetic tasks go by their name, everything else comes from files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lstm_core import tasks
from lstm_core.sources import Source
from lstm_runs import reading

_DIGITS = Path(__file__).parents[1] / "sample_data" / "digits" / "digits.csv"


def sources(names: Iterable[str], folder: Path, net: str = "") -> dict[str, Source]:
    """The data of those names that are no synthetic tasks.

    Parameters
    ----------
    names : iterable of str
        "digits", or paths of files.
    folder : path
        Where paths begin that begin nowhere else.
    net : str
        What reads them, as `TrainConfig.task`; by default the file's ending tells it.

    Raises
    ------
    ValueError
        A file that is not there or cannot be read as such data.
    """
    found = {}
    for name in names:
        if name == "digits":
            found[name] = digits()
        elif name not in tasks.PROBLEMS:
            found[name] = _read(name, folder / name, net)
    return found


def digits() -> Source:
    """The digits of the sample data."""
    try:
        return tasks.digits(_DIGITS.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"digits: expected their file in sample_data, got none ({error.strerror}); add it") from None


def _read(name: str, path: Path, net: str) -> Source:
    try:
        if path.stat().st_size > reading.LARGEST:
            raise ValueError(f"data: expected a file of at most {reading.LARGEST >> 20} MB, got {name!r}; shorten it")
        data = path.read_bytes()
    except OSError as error:
        known = ", ".join(tasks.PROBLEMS)
        raise ValueError(
            f"data: expected a file or one of {known}, got {name[:80]!r} ({error.strerror}); correct the name"
        ) from None
    if net == "regressor":
        return reading.read_series(data, path.name)
    if net == "tagger" or (not net and path.suffix in (".conll", ".conllu", ".iob")):
        return reading.read_conll(data, path.name)
    if net == "classifier" or (not net and path.suffix in (".csv", ".tsv")):
        table = reading.read_table(data, path.name)
        return reading.to_labelled(table, *reading.guess_columns(table), name=path.name)
    return reading.read_text(data, path.name)
