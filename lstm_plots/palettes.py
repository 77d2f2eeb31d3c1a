"""Colour tables of heatmaps and coloured text, as a few anchors; the browser mixes 256 colours from them.

Lightness goes one way along a sequential table, and the same way from the middle of a diverging one to both ends, so
that both can be read without telling hues apart. The hues are blue, green-blue and orange, which no common kind of
colour blindness confuses.
"""

from __future__ import annotations

from lstm_plots.theme import Mode

# 0 is the colour of the ground: what is closed or zero leaves the paper as it is.
SEQUENTIAL: dict[Mode, tuple[str, ...]] = {
    "light": ("#F8F5EE", "#CFE3D3", "#86C0B8", "#358CA6", "#16578A", "#0B2450"),
    "dark": ("#1C232C", "#1C4362", "#1B7089", "#42A69B", "#9FD6A6", "#F5F6D2"),
}
DIVERGING: dict[Mode, tuple[str, ...]] = {
    "light": ("#0A3674", "#3C7FBF", "#AFCFE6", "#FAF8F3", "#F5C7A4", "#D9732F", "#822B00"),
    "dark": ("#A3D5FF", "#4590D2", "#23496E", "#1C232C", "#6E3816", "#D66F2A", "#FFC699"),
}
# Curves, classes and tags: dark (or light) enough for small text; told apart by dashes and names as well.
CURVES: dict[Mode, tuple[str, ...]] = {
    "light": ("#0072B2", "#B03A00", "#00765A", "#AB3F7C", "#7D5D00", "#3F2F94", "#49525B", "#006F86"),
    "dark": ("#4AA3E0", "#FF7A33", "#1FB98A", "#F5B3D7", "#F5CF4F", "#9D86FF", "#B7C2CC", "#41C3DA"),
}

# Kinds of cell, wherever they are held against each other; each has a marker and its name as well.
CELLS: dict[Mode, dict[str, str]] = {
    "light": {"RNN": "#B03A00", "GRU": "#00917A", "LSTM": "#3F2F94"},
    "dark": {"RNN": "#FF7A33", "GRU": "#35CDB4", "LSTM": "#9D86FF"},
}
BESIDES: dict[Mode, tuple[str, ...]] = {  # what is drawn beside them, or without them
    "light": ("#7D5D00", "#0072B2", "#AB3F7C", "#49525B"),
    "dark": ("#F5CF4F", "#4AA3E0", "#F5B3D7", "#B7C2CC"),
}


def css_rules(root: str = ".gs") -> str:
    """CSS text that gives `root` the tables as `--gs-sequential`, `--gs-diverging` and `--gs-curves`, for both modes.

    Examples
    --------
    >>> css_rules().count("--gs-diverging:")
    2
    """
    light, dark = (_rules(mode) for mode in ("light", "dark"))
    return f'{root}{{{light}}}\n{root}[data-mode="dark"]{{{dark}}}\n'


def _rules(mode: Mode) -> str:
    tables = {"sequential": SEQUENTIAL, "diverging": DIVERGING, "curves": CURVES}
    return ";".join(f"--gs-{name}:{','.join(table[mode])}" for name, table in tables.items())
