"""The look of the whole app in one place: colours, type, spacing, as plain data.

Everything visible takes its colours from here: Streamlit's own theme (`.streamlit/config.toml`, which a test compares
with this file), the Plotly figures, and the browser components, which get them as CSS custom properties
(`css_variables`). A signal has one colour in every lesson, and always carries its letter too: never colour alone.

The hues start from the palette of Okabe and Ito; they are darkened on paper and lightened on slate until graphics reach
a contrast of 3:1 and text 4.5:1, and spread until the signals of one cell stay apart for colour-blind readers as well.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Mode = Literal["light", "dark"]
MODES: tuple[Mode, ...] = ("light", "dark")


class Colour(NamedTuple):
    """One signal's colour: `fill` for bars and wires (at least 3:1), `ink` for letters and numbers (at least 4.5:1)."""

    fill: str
    ink: str


# Related roles have related hues: n is a candidate like g, z keeps the past like f.
SIGNALS: dict[Mode, dict[str, Colour]] = {
    "light": {
        "i": Colour("#008F68", "#00765A"),  # bluish green: what is let in
        "f": Colour("#0072B2", "#0068A6"),  # blue: what is kept
        "o": Colour("#B03A00", "#A83800"),  # vermilion: what is shown
        "g": Colour("#CB68A0", "#AB3F7C"),  # reddish purple: the candidate
        "c": Colour("#A67C00", "#7D5D00"),  # yellow, darkened to ochre: the memory
        "h": Colour("#3F2F94", "#3F2F94"),  # violet: the output
        "x": Colour("#49525B", "#49525B"),  # slate: the input
        "r": Colour("#D2552B", "#B23F18"),
        "z": Colour("#00829B", "#006F86"),
        "n": Colour("#B8478C", "#A53A7B"),
    },
    "dark": {
        "i": Colour("#1FB98A", "#2CC295"),
        "f": Colour("#4AA3E0", "#62B8F0"),
        "o": Colour("#FF7A33", "#FF8F52"),
        "g": Colour("#F5B3D7", "#F5B3D7"),
        "c": Colour("#F5CF4F", "#F5CF4F"),
        "h": Colour("#9D86FF", "#B3A6FF"),
        "x": Colour("#8D99A5", "#B7C2CC"),
        "r": Colour("#FF8A66", "#FF9C7D"),
        "z": Colour("#149FB8", "#41C3DA"),
        "n": Colour("#F8AFD8", "#F8AFD8"),
    },
}

# Signals that appear together in one cell and must be told apart.
TOGETHER: dict[str, tuple[str, ...]] = {
    "lstm": ("i", "f", "o", "g", "c", "h", "x"),
    "gru": ("r", "z", "n", "h", "x"),
    "rnn": ("h", "x"),
}


class Surface(NamedTuple):
    """What things stand on and are written with."""

    background: str  # the page
    surface: str  # cards, the player
    sunken: str  # wells inside a card, the sidebar, widgets
    ink: str  # text
    muted: str  # second text; 4.5:1 on all three grounds
    line: str  # outlines that carry meaning; 3:1
    hairline: str  # ornament only
    accent: str  # what can be pressed, what is current
    on_accent: str  # text on accent


SURFACES: dict[Mode, Surface] = {
    "light": Surface(
        background="#FBFAF7",
        surface="#FFFFFF",
        sunken="#F2EFE8",
        ink="#1C2126",
        muted="#5A626B",
        line="#8B8578",
        hairline="#DDD8CC",
        accent="#0F6A73",
        on_accent="#FFFFFF",
    ),
    "dark": Surface(
        background="#12161C",
        surface="#1A2028",
        sunken="#232B35",
        ink="#E9EDF1",
        muted="#A3AEB9",
        line="#6F7C89",
        hairline="#333D49",
        accent="#56C5CF",
        on_accent="#0D1116",
    ),
}

# Pixels at a root size of 16. The largest step is for headings, "number" for values that a back row must read.
TYPE_SCALE: dict[str, int] = {
    "small": 14, "note": 15, "body": 16, "number": 18, "lead": 20, "token": 22, "title": 26, "display": 36
}  # fmt: skip
SPACING: dict[str, int] = {"1": 4, "2": 8, "3": 12, "4": 16, "5": 24, "6": 36}
RADII: dict[str, int] = {"small": 4, "medium": 8, "large": 14}
# Names that Streamlit resolves to the fonts it ships itself, so nothing is fetched from elsewhere.
FONTS: dict[str, str] = {"heading": "serif", "body": "sans-serif", "number": "monospace"}
# The families behind those names, for components that live in the same page.
FAMILIES: dict[str, str] = {
    "heading": '"Source Serif", Georgia, serif',
    "body": '"Source Sans", "Noto Sans CJK SC", system-ui, sans-serif',
    "number": '"Source Code Pro", ui-monospace, "DejaVu Sans Mono", monospace',
}
HEADING_SIZES: tuple[str, ...] = ("2.25rem", "1.625rem", "1.25rem", "1.125rem", "1rem", "0.875rem")


def css_variables(mode: Mode) -> dict[str, str]:
    """Custom properties for one mode, name to value, ready to be set on a component's root.

    Parameters
    ----------
    mode : "light" or "dark"

    Returns
    -------
    dict of str to str
        `--gs-i` and `--gs-i-ink` for every signal, `--gs-background` and the other surfaces, `--gs-size-*`,
        `--gs-space-*`, `--gs-radius-*` (pixels) and `--gs-font-*`.

    Raises
    ------
    ValueError
        If `mode` is neither "light" nor "dark".

    Examples
    --------
    >>> css_variables("light")["--gs-f"]
    '#0072B2'
    >>> css_variables("dark")["--gs-on-accent"]
    '#0D1116'
    """
    if mode not in MODES:
        raise ValueError(f"mode: expected 'light' or 'dark', got {mode!r}; pass one of the two")
    names: dict[str, str] = {}
    for signal, colour in SIGNALS[mode].items():
        names[f"--gs-{signal}"] = colour.fill
        names[f"--gs-{signal}-ink"] = colour.ink
    for surface, value in SURFACES[mode]._asdict().items():
        names[f"--gs-{surface.replace('_', '-')}"] = value
    names |= {f"--gs-size-{name}": f"{pixels}px" for name, pixels in TYPE_SCALE.items()}
    names |= {f"--gs-space-{name}": f"{pixels}px" for name, pixels in SPACING.items()}
    names |= {f"--gs-radius-{name}": f"{pixels}px" for name, pixels in RADII.items()}
    names |= {f"--gs-font-{name}": family for name, family in FAMILIES.items()}
    return names


def css_rules(root: str = ".gs") -> str:
    """CSS text that gives `root` the custom properties of light, and of dark where it has `data-mode="dark"`.

    Examples
    --------
    >>> css_rules().startswith('.gs{')
    True
    """
    light = ";".join(f"{name}:{value}" for name, value in css_variables("light").items())
    dark = ";".join(f"{name}:{value}" for name, value in css_variables("dark").items())
    return f'{root}{{{light}}}\n{root}[data-mode="dark"]{{{dark}}}\n'
