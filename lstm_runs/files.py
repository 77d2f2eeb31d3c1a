"""Named arrays as safetensors files: what is read is checked before it is parsed, what is written is read back.

The format: 8 bytes, little-endian, with the length of a JSON header; the header with dtype, shape and place of each
tensor; the numbers. See https://huggingface.co/docs/safetensors.

Files are written here and read by the safetensors package, so that two programs check each other. (safetensors 0.8
writes arrays that are not C-contiguous with their values in the wrong places, and metadata in a random order: the same
model would be other bytes each time.)
"""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from lstm_core.arrays import Array
from lstm_runs import _headers
from lstm_runs._headers import LENGTH, LONGEST_NAME, METADATA, whole

__all__ = ["LARGEST_FILE", "Contents", "from_bytes", "read", "to_bytes", "whole", "write"]

LARGEST_FILE = 64 * 2**20  # bytes
LARGEST_HEADER = 64 * 2**10  # bytes
MOST_TENSORS = 256
MOST_AXES = 4

_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_CODES = {"float32": "F32", "float64": "F64"}


class Contents(NamedTuple):
    """What a file holds: named arrays, and a few words about them."""

    arrays: dict[str, Array]
    metadata: dict[str, str]


def to_bytes(
    arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None, *, largest: int = LARGEST_FILE
) -> bytes:
    """Named arrays as the bytes of a safetensors file.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        float32 or float64, finite, in any memory order. Same arrays, same bytes.
    metadata : mapping of str to str, optional
    largest : int
        Bytes that the file may have.

    Returns
    -------
    bytes
        Read back and compared with `arrays` before they are returned.

    Raises
    ------
    ValueError
        Anything that `from_bytes` would refuse.

    Examples
    --------
    >>> from_bytes(to_bytes({"W": np.array([[1.0, 2.0]])})).arrays
    {'W': array([[1., 2.]])}
    """
    if not isinstance(arrays, Mapping) or not arrays:
        raise ValueError("arrays: expected a mapping of names to arrays, got none; give at least one array")
    packed = {name: _packed(name, arrays[name]) for name in sorted(map(_check_name, arrays))}
    words = _check_metadata({} if metadata is None else metadata)
    header: dict[str, Any] = {METADATA: dict(sorted(words.items()))} if words else {}
    body, place = [], 0
    for name, array in sorted(packed.items(), key=lambda item: -item[1].itemsize):  # wide ones first: all stay aligned
        header[name] = {
            "dtype": _CODES[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [place, place + array.nbytes],
        }
        body.append(array.tobytes())
        place += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % LENGTH)
    data = len(text).to_bytes(LENGTH, "little") + text + b"".join(body)
    found = from_bytes(data, largest=largest)
    if found.metadata != words or not all(_same(array, found.arrays.get(name)) for name, array in packed.items()):
        raise RuntimeError("safetensors: expected to read back what was written, got something else; nothing was saved")
    return data


def from_bytes(data: bytes, *, largest: int = LARGEST_FILE) -> Contents:
    """The arrays and the metadata of a safetensors file.

    Parameters
    ----------
    data : bytes
        Possibly from a stranger: every limit is checked before anything large is made.
    largest : int
        Bytes that it may have.

    Returns
    -------
    Contents
        `.arrays`, fresh and writeable, in the order of their names; `.metadata`.

    Raises
    ------
    ValueError
        Too large, truncated or not a safetensors file; names twice; other types than float32 and float64; NaN or
        infinity; empty arrays or more than 4 axes. The message names the tensor and a remedy.
    """
    header, start = _headers.read_header(data, largest, LARGEST_HEADER)
    metadata = _check_metadata(header.pop(METADATA, {}))
    if not 1 <= len(header) <= MOST_TENSORS:
        raise ValueError(
            f"file: expected 1 to {MOST_TENSORS} tensors, got {len(header)}; save the recurrent layers alone"
        )
    for name, entry in header.items():
        _check_entry(_check_name(name), entry, len(data) - start)
    try:
        loaded = safetensors.load(data)
    except SafetensorError as error:  # holes, overlaps, bytes left over
        raise ValueError(
            f"file: expected a safetensors file, got one that does not add up ({error}); save it again"
        ) from error
    return Contents({name: _packed(name, loaded[name]).copy() for name in sorted(loaded)}, metadata)


def write(path: str | os.PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> None:
    """A safetensors file that is either there whole or not there at all.

    Written beside its place, forced to the disk, read back, and only then given its name: a crash or a full disk leaves
    the old file as it was.

    Parameters
    ----------
    path : path
        Its folder must exist. An older file is replaced.
    arrays, metadata
        As for `to_bytes`.

    Raises
    ------
    ValueError
        As `to_bytes`.
    OSError
        The folder is missing or the disk is full.
    """
    data = to_bytes(arrays, metadata)
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != data:
            raise OSError(f"{path.name}: expected to read back what was written, got other bytes; check the disk")
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> Contents:
    """The arrays and the metadata of a safetensors file on disk; raises as `from_bytes`."""
    with Path(path).open("rb") as file:
        return from_bytes(file.read(LARGEST_FILE + 1))


def _check_entry(name: str, entry: object, room: int) -> None:
    """One line of the header: a known type, a sane shape, a place in the file that fits them."""
    code, shape, place = _headers.check_fields(name, entry)
    if not isinstance(code, str) or code not in _DTYPES:
        raise ValueError(
            f"{name}: expected F32 or F64, got {str(code)[:20]!r}; convert with .float() or astype before saving"
        )
    if not (_headers.whole_numbers(shape) and 1 <= len(shape) <= MOST_AXES and min(shape) >= 1):
        raise ValueError(
            f"{name}: expected 1 to {MOST_AXES} axes of at least 1 entry, got {str(shape)[:40]}; leave the tensor out"
        )
    inside = _headers.check_place(name, place, room)
    _headers.check_count(name, shape, math.prod(shape) * _DTYPES[code].itemsize, inside)


def _check_name(name: object) -> str:
    if not isinstance(name, str) or not _headers.is_name(name):
        raise ValueError(
            f"name: expected 1 to {LONGEST_NAME} printable characters, got {str(name)[:40]!r}; rename the array"
        )
    return name


def _check_metadata(metadata: object) -> dict[str, str]:
    if not isinstance(metadata, Mapping) or not all(isinstance(w, str) for pair in metadata.items() for w in pair):
        raise ValueError("metadata: expected text under text names, got something else; convert the values with str()")
    return dict(metadata)


def _packed(name: str, value: Array) -> Array:
    """The array, checked, C-contiguous and little-endian."""
    array = np.asarray(value)
    if array.dtype.name not in _CODES:
        raise ValueError(f"{name}: expected float32 or float64, got {array.dtype}; convert with astype")
    if not 1 <= array.ndim <= MOST_AXES or not array.size:
        raise ValueError(
            f"{name}: expected 1 to {MOST_AXES} axes of at least 1 entry, got shape {array.shape}; leave it out"
        )
    if not np.isfinite(array).all():
        where = tuple(np.argwhere(~np.isfinite(array))[0].tolist())
        raise ValueError(
            f"{name}: expected finite numbers, got {array[where]} at index {where}; remove NaN and infinity"
        )
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))


def _same(left: Array, right: Array | None) -> bool:
    # By bits: -0.0 equals 0.0 as a number.
    return (
        right is not None
        and left.shape == right.shape
        and left.dtype == right.dtype
        and left.tobytes() == right.tobytes()
    )


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows cannot open a folder and does not need it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
