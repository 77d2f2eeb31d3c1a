"""Sequences of numbers for a net of one's own: a NumPy array (.npy) or a table (CSV, TSV)."""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

import numpy as np

from lstm_core.arrays import Array
from lstm_runs._decoding import title
from lstm_runs._numbers import LARGEST_NUMBER, read_series
from lstm_runs._tables import MOST_COLUMNS

LARGEST = 20 * 2**20  # bytes
MOST_STEPS = 512

_NPY = b"\x93NUMPY"
_LENGTHS = {1: 2, 2: 4}  # bytes that hold the length of the header, by version of the format
_LONGEST = 10_000  # bytes before the numbers
_HEADER = re.compile(
    r"""\{\ *'descr':\ *(?P<descr>'[^']{0,40}'|\[.*\])\ *,\ *'fortran_order':\ *(?P<fortran>True|False)\ *,
    \ *'shape':\ *\((?P<shape>[0-9, ]*)\)\ *,?\ *\}\s*""",
    re.ASCII | re.DOTALL | re.VERBOSE,
)
_KINDS = {"f": (2, 4, 8), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "b": (1,)}  # bytes of a number that is read
_SAVE = 'save it with numpy.save("inputs.npy", x.astype("float32"))'


class Inputs(NamedTuple):
    """A sequence (time, features), float32 or float64, and what a reader should know of it."""

    values: Array
    notes: tuple[str, ...] = ()


def read_inputs(data: bytes, name: str, features: int) -> Inputs:
    r"""The inputs of a net, one step a row.

    Parameters
    ----------
    data : bytes
        Of an .npy file: numbers of shape (time, features), or one sequence in a batch, (time, 1, features) or
        (1, time, features); (time,) for a net with one input. Else a table as `reading.read_series` takes it.
    name : str
        What to call it in a message.
    features : int
        Inputs that the net has.

    Returns
    -------
    Inputs
        At most 512 steps.

    Raises
    ------
    ValueError
        Another number of columns, NaN, a magnitude above 1e6, objects (which would have to be unpickled) and other
        types, a file that is cut short or larger than 20 MB.

    Examples
    --------
    >>> read_inputs(b"high,low\n1,2\n3,4\n", "days.csv", 2).values
    array([[1., 2.],
           [3., 4.]])
    """
    called = title(name)
    if len(data) > LARGEST:
        raise ValueError(
            f"{called}: expected at most {LARGEST >> 20} MB, got {len(data) / 2**20:.1f} MB; keep {MOST_STEPS} steps"
        )
    data = bytes(data)
    if data.startswith((b"PK\x03\x04", b"\x80")):
        raise ValueError(f"{called}: expected one array (.npy) or a table (CSV), got an archive or a pickle; {_SAVE}")
    values, found = _npy(called, data) if data.startswith(_NPY) else _table(called, data, features)
    if values.shape[1] != features:
        turned = "; transpose it" if values.shape[0] == features else "; give one row a step, one column an input"
        raise ValueError(
            f"{called}: expected {features:,} columns, the inputs of the net, got {values.shape[1]:,}{turned}"
        )
    if len(values) > MOST_STEPS:
        found += (f"It has {len(values):,} steps; the first {MOST_STEPS} are shown.",)
    return Inputs(_check_numbers(called, values[:MOST_STEPS]), found)


def _table(called: str, data: bytes, features: int) -> tuple[Array, tuple[str, ...]]:
    if features > MOST_COLUMNS:
        raise ValueError(
            f"{called}: expected a NumPy array (.npy) for a net of {features:,} inputs, got another file; a table has "
            f"at most {MOST_COLUMNS} columns, {_SAVE}"
        )
    read = read_series(data, called)
    values: Any = read.values
    return values, read.notes


def _npy(called: str, data: bytes) -> tuple[Array, tuple[str, ...]]:
    """The array of an .npy file (time, features): its header is checked before anything is made of it."""
    version = data[6] if len(data) > 7 else 0
    width = _LENGTHS.get(version, 0)
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    text = data[8 + width : start].decode("latin-1") if start <= min(len(data), _LONGEST) else ""
    header = _HEADER.fullmatch(text)
    if not width or header is None:
        raise ValueError(f"{called}: expected a NumPy array, got a header that cannot be read; {_SAVE}")
    dtype = _dtype(called, header["descr"])
    shape = tuple(int(size[:20]) for size in re.findall("[0-9]+", header["shape"]))
    if not 1 <= len(shape) <= 3 or 0 in shape:
        raise ValueError(
            f"{called}: expected shape (time, features), got {str(shape)[:60]}; give one sequence of at least one step"
        )
    if math.prod(shape) * dtype.itemsize != len(data) - start:
        raise ValueError(
            f"{called}: expected as many numbers as shape {str(shape)[:60]} has, got {len(data) - start:,} bytes; the "
            "file is cut short, save it again"
        )
    flat: Any = np.frombuffer(data, dtype, offset=start)
    return _sequence(called, flat.reshape(shape, order="F" if header["fortran"] == "True" else "C"))


def _dtype(called: str, written: str) -> np.dtype[Any]:
    """The type of the numbers, from how the header writes it."""
    match = re.fullmatch(r"'[<>|=]?([a-zA-Z])([0-9]{0,2})'", written, re.ASCII)
    kind, size = (match[1], match[2]) if match else ("", "")
    if kind == "O":
        raise ValueError(
            f"{called}: expected numbers, got Python objects, which would have to be unpickled and could run any code; "
            f"make one array of equal rows and {_SAVE}"
        )
    if int(size or 0) not in _KINDS.get(kind, ()):
        what = "named fields" if written.startswith("[") else f"type {written}"
        raise ValueError(f"{called}: expected whole or floating numbers, got {what}; {_SAVE}")
    return np.dtype(written.strip("'"))


def _sequence(called: str, array: Array) -> tuple[Array, tuple[str, ...]]:
    """One sequence (time, features) of what may be a batch of one."""
    if array.ndim == 1:
        return array[:, None], ()
    if array.ndim == 2:
        return array, ()
    for axis, words in ((1, "(time, batch, features)"), (0, "(batch, time, features)")):
        if array.shape[axis] == 1:
            return array[:, 0] if axis else array[0], (f"Read as {words} with a batch of one.",)
    raise ValueError(
        f"{called}: expected one sequence, got a batch of shape {array.shape}; give one of them, such as x[0]"
    )


def _check_numbers(called: str, given: Array) -> Array:
    """Floats of the machine's own kind, in C order, none of them NaN or huge."""
    half = given.dtype.kind == "f" and given.dtype.itemsize < 8
    with np.errstate(invalid="ignore"):  # a NaN of the signalling kind is refused below
        values: Array = given.astype(np.float32 if half else np.float64, order="C")
    wrong = ~(np.abs(values) <= LARGEST_NUMBER)  # so NaN is wrong too
    if wrong.any():
        step, column = np.argwhere(wrong)[0].tolist()
        raise ValueError(
            f"{called}: expected numbers from -1e6 to 1e6, got {values[step, column]} at step {step}, column {column}; "
            "replace it, or scale the inputs as in training"
        )
    return values
