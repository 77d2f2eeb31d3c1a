"""A safetensors file of another program: which tensors it has, and the numbers of those that are asked for.

Such a file may hold anything besides recurrent layers: half precision, counters, pictures' filters. What cannot be a
weight of ours is left aside by name. Numbers are converted when they are asked for, so a large file is opened at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import numpy as np

from lstm_core.arrays import Array
from lstm_runs import _headers

LARGEST_FILE = 200 * 2**20  # bytes; just what an upload may have
LARGEST_HEADER = 2**20  # bytes
MOST_TENSORS = 4096

# Bits of a number. The types of which numbers are made here, and the others of the format.
_READ = {"F16": 16, "BF16": 16, "F32": 32, "F64": 64}
_BITS = _READ | {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "U32": 32, "I32": 32, "U64": 64, "I64": 64, "C64": 64,
    "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip
_HALF = ("F16", "BF16")
_SHOWN = 60  # characters of a name or a shape that cannot be shown whole
_MOST_AXES = 32


class Place(NamedTuple):
    """Where the numbers of a tensor are: from and to which byte of the file."""

    code: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, slots=True, eq=False)
class Tensors(Mapping[str, Array]):
    """The tensors that could be weights, by name; each is read when it is asked for, into an array of its own.

    Half precision becomes float32, exactly. Not checked for NaN: what is not used may hold it.
    """

    data: bytes = field(repr=False)
    places: Mapping[str, Place]

    def __getitem__(self, name: str) -> Array:
        place = self.places[name]
        count = prod(place.shape)
        if place.code == "BF16":  # the upper half of a float32; NumPy has no such type
            raw = np.frombuffer(self.data, "<u2", count, place.start)
            numbers: Any = (raw.astype("<u4") << 16).view("<f4")
        else:
            kind = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}[place.code]
            numbers = np.frombuffer(self.data, kind, count, place.start)
        with np.errstate(invalid="ignore"):  # a NaN of the signalling kind, which what uses the array refuses
            made: Array = np.array(numbers, dtype=np.float64 if place.code == "F64" else np.float32)
        return made.reshape(place.shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each tensor, without reading any."""
        return {name: place.shape for name, place in self.places.items()}


class Read(NamedTuple):
    """What a file holds; see `foreign.Found`."""

    arrays: Tensors
    converted: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    metadata: dict[str, str]


def read_tensors(data: bytes) -> Read:
    """All tensors of a safetensors file, those that cannot be weights left aside with the reason.

    Raises
    ------
    ValueError
        Too large, truncated, not safetensors, names twice, holes or overlaps between the tensors.
    """
    header, start = _headers.read_header(data, LARGEST_FILE, LARGEST_HEADER)
    metadata = header.pop(_headers.METADATA, {})
    if not 1 <= len(header) <= MOST_TENSORS:
        raise ValueError(
            f"file: expected 1 to {MOST_TENSORS:,} tensors, got {len(header):,}; save the recurrent layers alone"
        )
    places = {name: _place(name, entry, len(data) - start) for name, entry in header.items()}
    _check_whole(places, len(data) - start)
    kept, skipped = {}, []
    for name in sorted(places):
        place = places[name]
        if why := _useless(name, place):
            skipped.append((_called(name), why))
        else:
            kept[name] = place._replace(start=place.start + start, stop=place.stop + start)
    converted = tuple(name for name, place in kept.items() if place.code in _HALF)
    return Read(Tensors(data, kept), converted, tuple(skipped), _words(metadata))


def _place(name: str, entry: object, room: int) -> Place:
    called = _called(name)
    code, shape, place = _headers.check_fields(called, entry)
    if not isinstance(code, str):
        raise ValueError(f"{called}: expected the name of a type, got something else; save it again")
    if not _headers.whole_numbers(shape) or len(shape) > _MOST_AXES or any(size < 0 for size in shape):
        raise ValueError(f"{called}: expected a shape, got {str(shape)[:_SHOWN]}; save it again")
    inside = _headers.check_place(called, place, room)
    if code in _BITS:  # of a type that is newer than this program only the place is known
        _headers.check_count(called, shape, -(-prod(shape) * _BITS[code] // 8), inside)
    return Place(code, tuple(shape), *inside)


def _check_whole(places: Mapping[str, Place], room: int) -> None:
    """Every byte belongs to one tensor: no holes, in which anything could hide, and no overlaps."""
    at = 0
    for place in sorted(places.values(), key=lambda place: (place.start, place.stop)):
        if place.start != at:
            what = "a hole" if place.start > at else "two tensors in the same bytes"
            where = min(place.start, at)
            raise ValueError(f"file: expected tensors one after the other, got {what} at byte {where}; save it again")
        at = place.stop
    if at != room:
        raise ValueError(f"file: expected nothing behind the last tensor, got {room - at} bytes more; save it again")


def _useless(name: str, place: Place) -> str:
    """Why a tensor can be no weight of ours; "" if it can."""
    if not _headers.is_name(name):
        return "a name that cannot be shown"
    if place.code not in _READ:
        return f"numbers of type {place.code[:20]}"
    if 0 in place.shape:
        return f"empty, shape {str(place.shape)[:_SHOWN]}"
    if not 1 <= len(place.shape) <= 2:
        return "a single number" if not place.shape else f"{len(place.shape)} axes"
    return ""


def _called(name: str) -> str:
    """A name for a message: whole where it can be shown."""
    return name if _headers.is_name(name) else repr(name[:_SHOWN])


def _words(metadata: object) -> dict[str, str]:
    """The metadata, as far as it is text."""
    if not isinstance(metadata, dict):
        return {}
    return {key: word for key, word in metadata.items() if isinstance(word, str)}
