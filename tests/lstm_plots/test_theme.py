"""The theme: its contrasts, its distances for colour-blind eyes, and that config.toml says the same."""

from __future__ import annotations

import itertools
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from lstm_plots import palettes, theme

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
MODES = pytest.mark.parametrize("mode", theme.MODES)

# Simulation of the three kinds of colour blindness: Machado, Oliveira and Fernandes (2009), severity 1, linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def grounds(mode: theme.Mode) -> tuple[str, str, str]:
    surface = theme.SURFACES[mode]
    return surface.background, surface.surface, surface.sunken


def test_black_on_white_has_the_contrast_that_the_standard_says():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@MODES
def test_every_signal_stands_out_from_every_ground_as_graphics_and_as_text(mode):
    for signal, colour in theme.SIGNALS[mode].items():
        for ground in grounds(mode):
            assert contrast(colour.fill, ground) >= 3, (signal, "fill", ground)
            assert contrast(colour.ink, ground) >= 4.5, (signal, "ink", ground)


@MODES
def test_a_letter_in_the_ground_colour_is_readable_on_every_signal(mode):
    for signal, colour in theme.SIGNALS[mode].items():
        assert contrast(theme.SURFACES[mode].surface, colour.ink) >= 4.5, signal


@MODES
def test_words_lines_and_buttons_have_enough_contrast(mode):
    surface = theme.SURFACES[mode]
    for ground in grounds(mode):
        assert contrast(surface.ink, ground) >= 7
        assert contrast(surface.muted, ground) >= 4.5
        assert contrast(surface.accent, ground) >= 4.5
        assert contrast(surface.line, ground) >= 3
    assert contrast(surface.on_accent, surface.accent) >= 4.5


@MODES
@pytest.mark.parametrize("cell", theme.TOGETHER)
@pytest.mark.parametrize("kind", BLINDNESS)
def test_the_signals_of_one_cell_stay_apart_for_every_eye(mode, cell, kind):
    for one, other in itertools.combinations(theme.TOGETHER[cell], 2):
        seen = [lab(BLINDNESS[kind] @ linear(theme.SIGNALS[mode][name].fill)) for name in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) >= 10, (one, other)


@MODES
def test_no_two_signals_share_a_colour(mode):
    fills = [colour.fill for colour in theme.SIGNALS[mode].values()]
    assert len(set(fills)) == len(fills) == 10


@MODES
@pytest.mark.parametrize("kind", BLINDNESS)
def test_cells_that_are_compared_stay_apart_for_every_eye(mode, kind):
    cells = palettes.CELLS[mode]
    assert set(cells) == {"RNN", "GRU", "LSTM"}
    for one, other in itertools.combinations(cells.values(), 2):
        seen = [lab(BLINDNESS[kind] @ linear(colour)) for colour in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) >= 30, (one, other)
    for colour in (*cells.values(), *palettes.BESIDES[mode]):
        assert min(contrast(colour, ground) for ground in grounds(mode)) >= 3, colour


@MODES
def test_streamlit_has_the_same_surfaces(mode):
    surface, found = theme.SURFACES[mode], CONFIG["theme"][mode]
    assert found["backgroundColor"] == surface.background
    assert found["secondaryBackgroundColor"] == surface.sunken
    assert found["textColor"] == surface.ink
    assert found["primaryColor"] == found["linkColor"] == surface.accent
    assert found["borderColor"] == surface.hairline
    assert found["chartCategoricalColors"] == [colour.fill for colour in theme.SIGNALS[mode].values()]
    assert found["sidebar"]["backgroundColor"] in grounds(mode)
    assert found["sidebar"]["secondaryBackgroundColor"] in grounds(mode)


def test_streamlit_has_the_same_type_and_radii():
    found = CONFIG["theme"]
    assert (found["font"], found["headingFont"], found["codeFont"]) == tuple(
        theme.FONTS[k] for k in ("body", "heading", "number")
    )
    assert found["baseFontSize"] == theme.TYPE_SCALE["body"]
    assert tuple(found["headingFontSizes"]) == theme.HEADING_SIZES
    assert found["baseRadius"] == found["buttonRadius"] == f"{theme.RADII['medium']}px"


def test_nothing_is_fetched_or_reported_and_the_sidebar_is_ours():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showSidebarNavigation"] is False
    assert "http" not in (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")


def test_every_option_of_the_file_is_one_that_streamlit_knows():
    from streamlit import config

    known = set(config.get_config_options())

    def names(table: dict, path: str):
        for name, value in table.items():
            if isinstance(value, dict):
                yield from names(value, f"{path}{name}.")
            else:
                yield f"{path}{name}"

    assert set(names(CONFIG, "")) <= known


@MODES
def test_the_components_get_every_colour_as_a_custom_property(mode):
    found = theme.css_variables(mode)
    for signal, colour in theme.SIGNALS[mode].items():
        assert (found[f"--gs-{signal}"], found[f"--gs-{signal}-ink"]) == colour
    for name, value in theme.SURFACES[mode]._asdict().items():
        assert found[f"--gs-{name.replace('_', '-')}"] == value
    assert all(name.startswith("--gs-") for name in found)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="expected 'light' or 'dark', got 'sepia'"):
        theme.css_variables("sepia")  # type: ignore[arg-type]


def test_the_player_takes_its_sizes_and_distances_from_the_theme() -> None:
    css = (Path(__file__).parents[2] / "lstm_ui/components/player/player.css").read_text(encoding="utf-8")
    for name in ("small", "body", "number", "lead", "token"):
        assert f"var(--gs-size-{name})" in css, name
    assert "var(--gs-space-2)" in css
    # In the drawing itself a number is as large as its card lets it be.
    drawn = (".num", ".second", ".token-big", ".none-small", ".narrow", ".diagram", ".fn", ".gate", ".op")
    for line in css.splitlines():
        if re.search(r"font-size: [\d.]+px", line):
            assert any(name in line.split("{")[0] for name in drawn), line
