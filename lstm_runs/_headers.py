"""The header of a safetensors file, which may come from a stranger: sizes first, then each line of it.

8 bytes, little-endian, with the length of a JSON object; then the object: type, shape and place of each tensor by name.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

METADATA = "__metadata__"
LENGTH = 8  # bytes that hold the length of the header
LONGEST_NAME = 200  # characters
_MOST_DIGITS = 20  # of a whole number; one that has more is too large in any case


def read_header(data: bytes, largest: int, longest: int) -> tuple[dict[str, Any], int]:
    """The parsed header, and where the numbers begin; `largest` and `longest` are bytes of the file and the header."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise ValueError(f"file: expected bytes, got {type(data).__name__}; open it with 'rb'")
    if len(data) > largest:
        raise ValueError(
            f"file: expected at most {largest >> 20} MB, got {len(data) >> 20} MB; save the recurrent layers alone"
        )
    length = int.from_bytes(data[:LENGTH], "little")
    if length > longest and data[LENGTH : LENGTH + 1] == b"{":
        raise ValueError(
            f"file: expected a header of at most {longest >> 10} KB, got {length} bytes; save fewer tensors"
        )
    if length > longest or len(data) < LENGTH + length:
        raise ValueError(
            "file: expected a safetensors file, got one that is cut short or of another kind; save it again"
        )
    try:
        text = bytes(data[LENGTH : LENGTH + length]).decode()
        header = json.loads(text, object_pairs_hook=once_each, parse_int=whole)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError("file: expected a safetensors file, got a header that is no JSON; save it again") from error
    if not isinstance(header, dict):
        raise ValueError("file: expected a header that lists tensors, got something else; save it again")
    return header, LENGTH + length


def check_fields(name: str, entry: object) -> tuple[Any, Any, Any]:
    """Type, shape and place of a tensor, as one line of the header has them; each still to be checked."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ValueError(
            f"{name}: expected dtype, shape and data_offsets in the header, got something else; save it again"
        )
    return entry["dtype"], entry["shape"], entry["data_offsets"]


def check_place(name: str, place: Any, room: int) -> tuple[int, int]:
    """From and to which byte a tensor's numbers are; inside the `room` that the file has for all of them."""
    if not (whole_numbers(place) and len(place) == 2 and 0 <= place[0] <= place[1] <= room):
        raise ValueError(
            f"{name}: expected numbers inside the file, got a place outside; the file is cut short, save it again"
        )
    return place[0], place[1]


def check_count(name: str, shape: Any, wanted: int, place: tuple[int, int]) -> None:
    """Refuse a place that has another number of bytes than a shape wants."""
    if place[1] - place[0] != wanted:
        raise ValueError(
            f"{name}: expected as many numbers as shape {str(tuple(shape))[:80]} has, got another count; save it again"
        )


def is_name(name: object) -> bool:
    """Whether it can be shown and kept."""
    return isinstance(name, str) and 1 <= len(name) <= LONGEST_NAME and name != METADATA and name.isprintable()


def whole(digits: str) -> int:
    """A whole number in a stranger's JSON. Of thousands of digits Python would say that it does not read them."""
    return int(digits[:_MOST_DIGITS])


def whole_numbers(value: object) -> bool:
    """Whether it is a list of whole numbers, and no True or False among them."""
    return isinstance(value, list) and all(type(number) is int for number in value)


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, if no name occurs twice in it."""
    found = dict(pairs)
    if len(found) < len(pairs):
        double = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"file: expected each name once, got {double[:LONGEST_NAME]!r} twice; save it again")
    return found
