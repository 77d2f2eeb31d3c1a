"""Number series: what a net can learn to go on with. One row a step, one column a channel, four decimals."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sample_common import Draw

SEED = 36


def sines(draw: Draw, rows: int = 1_500) -> Iterator[tuple[float, ...]]:
    """Three sine waves of periods that do not fit each other, and a little noise."""
    for t in range(rows):
        waves = math.sin(2 * math.pi * t / 25) + 0.6 * math.sin(2 * math.pi * t / 40.7) + 0.3 * math.sin(t / 1.9)
        yield (waves + 0.05 * draw.normal(),)


def pendulum(draw: Draw, rows: int = 1_200, step: float = 0.05) -> Iterator[tuple[float, ...]]:
    """Angle (radians) and angular velocity of a pendulum of 1 m that slows down and is pushed anew every 240 rows."""
    angle, speed = 0.0, 0.0
    for t in range(rows):
        if t % 240 == 0:
            angle, speed = draw.uniform(0.8, 2.4), draw.uniform(-1, 1)
        yield angle, speed
        for _ in range(50):  # small steps, velocity first: the energy does not grow by the method
            speed -= (9.81 * math.sin(angle) + 0.25 * speed) * step / 50
            angle += speed * step / 50


def logistic_map(draw: Draw, rows: int = 1_000) -> Iterator[tuple[float, ...]]:
    """x <- 3.9 x (1 - x): no chance in it, and yet nobody sees far ahead."""
    x = draw.uniform(0.2, 0.8)
    for _ in range(rows):
        yield (x,)
        x = 3.9 * x * (1 - x)


def temperatures(draw: Draw, rows: int = 1_461) -> Iterator[tuple[float, ...]]:
    """Mean temperatures (°C) of the days of four invented years: a season, and weather that lasts some days."""
    weather = 0.0
    for day in range(rows):
        weather = 0.8 * weather + 2.0 * draw.normal()
        yield (9.5 - 9.0 * math.cos(2 * math.pi * (day - 20) / 365.25) + weather,)


def echo(draw: Draw, rows: int = 2_000, lag: int = 12) -> Iterator[tuple[float, ...]]:
    """Pulses at random moments, and in the second channel each of them again, half as high, `lag` rows later."""
    pulses = [draw.uniform(0.5, 1.5) if draw.chance(0.08) else 0.0 for _ in range(rows)]
    for t, pulse in enumerate(pulses):
        yield pulse, (0.5 * pulses[t - lag] if t >= lag else 0.0)


SERIES = {
    "sines": (sines, ("value",), 4),
    "pendulum": (pendulum, ("angle", "velocity"), 4),
    "logistic_map": (logistic_map, ("x",), 4),
    "temperatures": (temperatures, ("celsius",), 1),
    "echo": (echo, ("pulse", "echo"), 4),
}


def files() -> dict[str, str]:
    """Path in sample_data and content of what this module makes."""
    out = {}
    for number, (name, (make, columns, decimals)) in enumerate(SERIES.items()):
        lines = [",".join(columns)]
        for values in make(Draw(SEED + 100 * number)):
            lines.append(",".join(f"{value:.{decimals}f}" for value in values))
        out[f"series/{name}.csv"] = "".join(f"{line}\n" for line in lines)
    return out
