"""From tokens and numbers to the data of the coloured text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstm_ui.components.shared.assets import plain_number, plain_text, tokens_json
from lstm_ui.components.transport import check_json, pack

MOST_TOKENS, MOST_CURVES = 5_000, 12


def tokens_payload(
    tokens: Sequence[tuple[str, str]],
    values: NDArray[Any] | None = None,
    *,
    ident: str,
    kind: Literal["loss", "probability", "signed"] = "loss",
    name: str = "loss",
    unit: str = "nats",
    highest: float | None = None,
    words: bool = False,
    tags: Sequence[str] | None = None,
    truth: Sequence[str] | None = None,
    curves: Mapping[str, NDArray[Any]] | None = None,
    curves_name: str = "probability",
    chosen: int | None = None,
) -> dict[str, Any]:
    """The data of a coloured text.

    Parameters
    ----------
    tokens : sequence of (shown, name)
        Signs already put in for invisible characters (`lstm_core.signs`). A line is broken after a token shown as "⏎".
    values : ndarray, shape (time,), or None
        What colours the tokens; NaN for a token without a value (the first one, which nothing predicts).
    ident : str
        As long as it stays the same, new data keeps the chosen token.
    kind : {"loss", "probability", "signed"}
        From 0 to `highest`; from 0 to 1; or from -highest to highest.
    name, unit : str
        What the value is called, and its unit.
    highest : float or None
        Value of the last colour; None: the largest value there is.
    words : bool
        The tokens are words: there is a gap between them.
    tags, truth : sequence of str, or None
        A label under every token ("O" and "" are not drawn), and what would be right, where that is known.
    curves : mapping of str to ndarray, shape (time,), or None
        Curves over the tokens, in [0, 1]: the probability of each class after every token.
    curves_name : str
        What the curves show.
    chosen : int or None
        The token that is marked at first.

    Returns
    -------
    dict
        Plain JSON values.

    Raises
    ------
    ValueError
        If lengths differ, there are more than 5,000 tokens or 12 curves, or a curve is not finite.
    """
    steps = len(tokens)
    if steps > MOST_TOKENS:
        raise ValueError(f"tokens: expected at most {MOST_TOKENS:,}, got {steps:,}; show a part of the text")
    if len(curves or {}) > MOST_CURVES:
        raise ValueError(f"curves: expected at most {MOST_CURVES}, got {len(curves or {})}; keep the likeliest classes")
    for label, given in {"values": values, "tags": tags, "truth": truth, **(curves or {})}.items():
        if given is not None and len(given) != steps:
            raise ValueError(f"{label}: expected one for each of {steps} tokens, got {len(given)}; cut them alike")
    data = {
        "id": ident,
        "tokens": tokens_json(tokens),
        "words": bool(words),
        "values": None if values is None else pack("values", np.asarray(values, dtype=float), missing=True),
        "scale": _scale(values, kind, highest),
        "name": plain_text(name, 60),
        "unit": plain_text(unit, 30),
        "tags": None if tags is None else [plain_text(tag, 40) for tag in tags],
        "truth": None if truth is None else [plain_text(tag, 40) for tag in truth],
        "curves": [[plain_text(k, 60), pack(k, np.asarray(v, dtype=float))] for k, v in (curves or {}).items()],
        "curvesName": plain_text(curves_name, 60),
        "chosen": None if chosen is None or not steps else min(max(int(chosen), 0), steps - 1),
    }
    check_json(data)
    return data


def _scale(values: NDArray[Any] | None, kind: str, highest: float | None) -> dict[str, Any]:
    """The ends of the colours: a dict of `kind`, `low`, `high`."""
    if kind not in ("loss", "probability", "signed"):
        raise ValueError(f"kind: expected loss, probability or signed, got {kind!r}; choose one of them")
    if kind == "probability":
        return {"kind": kind, "low": 0.0, "high": 1.0}
    high = plain_number(highest)
    if high is None and values is not None and len(values):
        known = np.asarray(values, dtype=float)
        high = plain_number(np.abs(known[np.isfinite(known)]).max(initial=0))
    high = high if high and high > 0 else 1.0
    return {"kind": kind, "low": -high if kind == "signed" else 0.0, "high": high}
