"""From the signals of one layer to the data of the heatmaps: numbers as they are, one run or two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstm_ui.components.gates.position import fit_position
from lstm_ui.components.shared.assets import plain_number, plain_text, tokens_json
from lstm_ui.components.transport import check_json, pack

MOST_STEPS, MOST_UNITS, MOST_NUMBERS = 512, 512, 400_000
CELLS = ("ifogch", "rznh", "h")  # the signals of a cell, in the order they are drawn
GATES = frozenset("iforz")  # from 0 to 1; everything else has a sign
WORDS = {
    "i": "input gate",
    "f": "forget gate",
    "o": "output gate",
    "g": "candidate",
    "c": "cell state",
    "h": "hidden state",
    "r": "reset gate",
    "z": "update gate",
    "n": "candidate",
}
ORDERS = {
    "stored": "As stored",
    "similar": "By similarity",
    "half-life": "By half-life",
    "saturation": "By saturation",
    "active": "Most active first",
}


def gates_payload(
    signals: Mapping[str, NDArray[Any]],
    *,
    ident: str,
    tokens: Sequence[tuple[str, str]],
    units: Sequence[int] | NDArray[Any],
    total: int,
    orders: Mapping[str, Sequence[int] | NDArray[Any]],
    limit: float,
    order: str = "stored",
    unit: int | None = None,
    step: int = 0,
    span: tuple[int, int] | None = None,
    zoom: tuple[int, int] | None = None,
    other: Mapping[str, NDArray[Any]] | None = None,
    other_name: str = "",
    name: str = "",
    other_tokens: Sequence[tuple[str, str]] | None = None,
    show: str = "this",
    marks: Sequence[tuple[int, int]] = (),
    marked_units: Sequence[int] = (),
    facts: Mapping[str, Sequence[str]] | None = None,
    words: bool = False,
) -> dict[str, Any]:
    """The data of the heatmaps: one layer, one direction, one text, one run or two.

    Parameters
    ----------
    signals : mapping of str to ndarray, shape (time, units shown)
        Drawn in this order: i, f, o, g, c, h of an LSTM; r, z, n, h of a GRU; h of an RNN.
    ident : str
        As long as it stays the same, new data keeps the reader's place.
    tokens : sequence of (shown, name)
        One a step, as for the coloured text.
    units : sequence of int
        Number in the layer, from 0, of each column.
    total : int
        Units of the layer.
    orders : mapping of str to permutation of range(len(units))
        Which column is drawn in which row; ids are those of ORDERS. "stored" is there without being given.
    limit : float
        The colours of c, h, g and n run from -limit to limit, in all panels; those of the gates from 0 to 1.
    order, unit, step, span, zoom, show
        Where the reader begins: an id of `orders`; a number in the layer; a step from 0; [start, stop) of the chosen
        span and of the part that is drawn; "this", "other" or "difference". They may come from a link, so what does
        not fit falls back (see `position.fit_position`).
    other : mapping of str to ndarray, shape (time, units shown), or None
        A second run with the same signals; NaN where it has no counterpart. A difference is other - this.
    name, other_name : str
        What the two runs are called.
    other_tokens : sequence of (shown, name), or None
        One a step: what the second run read there.
    marks : sequence of (start, stop)
        Spans that are marked along the tokens, such as places found elsewhere.
    marked_units : sequence of int
        Numbers in the layer that are marked at their rows; those that are not shown are left out.
    facts : mapping of str to sequence of str, or None
        By label, a short text a column, such as {"half-life": ["3.2 steps", ...]}.
    words : bool
        The tokens are words: there is a gap between them.

    Returns
    -------
    dict
        Plain JSON values; numbers travel as float32.

    Raises
    ------
    ValueError
        If shapes or lengths do not fit together, signals are not those of one cell, a number of this run is not
        finite, an order is no permutation, or there is more than 512 steps, 512 units or 400,000 numbers in a run.
    """
    steps, shown = _check_signals(signals, len(tokens))
    numbers = _check_units(units, shown, total)
    if other is not None:
        _check_other(other, signals)
    if other_tokens is not None and len(other_tokens) != steps:
        raise ValueError(f"other_tokens: expected one for each of {steps} steps, got {len(other_tokens)}; pad them")
    high = plain_number(limit)
    if high is None or high <= 0:
        raise ValueError(f"limit: expected a finite number above 0, got {limit}; take the largest |state|, or 1")
    data: dict[str, Any] = {
        "id": ident,
        "tokens": tokens_json(tokens),
        "otherTokens": None if other_tokens is None else tokens_json(other_tokens),
        "words": bool(words),
        "signals": [_signal(key, values, other) for key, values in signals.items()],
        "units": numbers,
        "total": int(total),
        "orders": _orders(orders, shown),
        "limit": high,
        "name": plain_text(name, 80) or "This",
        "otherName": plain_text(other_name, 80) or "Other",
        "compared": other is not None,
        "marks": [list(_span("marks", pair, steps)) for pair in marks],
        "markedUnits": sorted({int(each) for each in marked_units} & set(numbers)),
        "facts": [[plain_text(label, 40), _texts(label, texts, shown)] for label, texts in (facts or {}).items()],
    }
    wanted = {"step": step, "unit": unit, "span": span, "zoom": zoom, "order": order, "show": show}
    data["position"] = fit_position(wanted, data)
    check_json(data)
    return data


def _signal(key: str, values: NDArray[Any], other: Mapping[str, NDArray[Any]] | None) -> dict[str, Any]:
    return {
        "name": key,
        "words": WORDS[key],
        "kind": "gate" if key in GATES else "state",
        "data": pack(f"signals[{key!r}]", values),
        "other": None if other is None else pack(f"other[{key!r}]", other[key], missing=True),
    }


def _check_signals(signals: Mapping[str, NDArray[Any]], steps: int) -> tuple[int, int]:
    """Steps and columns."""
    if not any(set(signals) <= set(cell) for cell in CELLS) or not signals:
        raise ValueError(f"signals: expected i f o g c h, r z n h, or h, got {' '.join(signals)!r}; take one layer's")
    columns = np.shape(next(iter(signals.values())))[-1:]
    for key, values in signals.items():
        if values.shape != (steps, *columns) or 0 in values.shape:
            raise ValueError(
                f"signals[{key!r}]: expected shape (time={steps}, units{''.join(f'={c}' for c in columns)}), "
                f"got {values.shape}; one row for each token, one column for each unit"
            )
    shown = columns[0]
    if steps > MOST_STEPS:
        raise ValueError(f"tokens: expected at most {MOST_STEPS} steps, got {steps:,}; show a part of the text")
    if shown > MOST_UNITS or steps * shown * len(signals) > MOST_NUMBERS:
        most = min(MOST_UNITS, MOST_NUMBERS // (steps * len(signals)))
        raise ValueError(
            f"signals: expected at most {MOST_UNITS} units and {MOST_NUMBERS:,} numbers a run, got {shown} units and "
            f"{steps * shown * len(signals):,}; show the {most} most active units, or fewer steps"
        )
    return steps, shown


def _check_units(units: Sequence[int] | NDArray[Any], shown: int, total: int) -> list[int]:
    numbers = [int(each) for each in units]
    if len(numbers) != shown or len(set(numbers)) != shown or min(numbers) < 0 or max(numbers) >= total:
        raise ValueError(
            f"units: expected {shown} different numbers from 0 to {total - 1}, one a column, got {len(numbers)} "
            f"({str(numbers[:6]).strip('[]')} ...); name the unit of every column"
        )
    return numbers


def _check_other(other: Mapping[str, NDArray[Any]], signals: Mapping[str, NDArray[Any]]) -> None:
    if set(other) != set(signals):
        raise ValueError(
            f"other: expected the signals {' '.join(signals)}, got {' '.join(other)}; compare cells of one kind"
        )
    for key, values in other.items():
        if values.shape != signals[key].shape or not np.issubdtype(values.dtype, np.floating):
            raise ValueError(
                f"other[{key!r}]: expected floating numbers of shape {signals[key].shape}, got {values.dtype} of "
                f"{values.shape}; fill what has no counterpart with NaN"
            )


def _orders(orders: Mapping[str, Sequence[int] | NDArray[Any]], shown: int) -> list[dict[str, Any]]:
    given = {"stored": range(shown), **orders}
    found = []
    for key, rows in given.items():
        if key not in ORDERS:
            raise ValueError(f"orders: expected ids among {', '.join(ORDERS)}, got {key!r}; use one of these")
        columns = [int(each) for each in rows]
        if sorted(columns) != list(range(shown)):
            raise ValueError(
                f"orders[{key!r}]: expected each of 0 to {shown - 1} once, got {str(columns[:8]).strip('[]')} ...; "
                "give columns, not numbers of the layer"
            )
        found.append({"id": key, "label": ORDERS[key], "rows": columns})
    return sorted(found, key=lambda each: list(ORDERS).index(str(each["id"])))


def _span(label: str, pair: tuple[int, int], steps: int) -> tuple[int, int]:
    start, stop = (int(each) for each in pair)
    if not 0 <= start < stop <= steps:
        raise ValueError(f"{label}: expected 0 <= start < stop <= {steps}, got {(start, stop)}; stop is not included")
    return start, stop


def _texts(label: str, texts: Sequence[str], shown: int) -> list[str]:
    if len(texts) != shown:
        raise ValueError(f"facts[{label!r}]: expected one for each of {shown} columns, got {len(texts)}; fill with ''")
    return [plain_text(text, 80) for text in texts]
