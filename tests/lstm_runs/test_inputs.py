"""Inputs as numbers: arrays and tables of the right width come in, whatever else is refused before it is made."""

from __future__ import annotations

import io

import numpy as np
import pytest

from lstm_runs.inputs import read_inputs

RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 3))
MANY = np.arange(3 * 600).reshape(600, 3) / 10


def npy(array: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def made(header: str, body: bytes = b"", version: int = 1) -> bytes:
    """An .npy file of any header."""
    width = 2 if version == 1 else 4
    return b"\x93NUMPY" + bytes([version, 0]) + len(header).to_bytes(width, "little") + header.encode("latin-1") + body


@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8", ">f4", ">f8", "i1", "u1", "<i4", ">i8", "<u8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_of_all_types_and_both_orders(dtype, order):
    given = (np.abs(X) * 20 if "u" in dtype else X * 20).astype(dtype, order=order)
    found = read_inputs(npy(given), "x.npy", 3)
    assert found.notes == () and found.values.dtype == ("float32" if dtype[1:] in ("f2", "f4") else "float64")
    assert found.values.flags.c_contiguous and found.values.flags.writeable and found.values.dtype.isnative
    np.testing.assert_array_equal(found.values, given.astype(np.float64))


def test_a_batch_of_one_is_a_sequence_and_a_row_of_numbers_is_one_input():
    for given, words in ((X[:, None], "(time, batch, features)"), (X[None], "(batch, time, features)")):
        found = read_inputs(npy(given), "x.npy", 3)
        np.testing.assert_array_equal(found.values, X)
        assert found.notes == (f"Read as {words} with a batch of one.",)
    assert read_inputs(npy(X[:, 0]), "x", 1).values.shape == (6, 1)


def test_more_steps_than_are_shown_are_cut_with_a_note():
    found = read_inputs(npy(MANY), "x.npy", 3)
    assert found.values.shape == (512, 3) and found.notes == ("It has 600 steps; the first 512 are shown.",)
    odd = MANY.copy()
    odd[555] = np.nan  # is not used
    np.testing.assert_array_equal(read_inputs(npy(odd), "x.npy", 3).values, MANY[:512])
    text = "\n".join(",".join(map(str, row)) for row in MANY)
    assert read_inputs(text.encode(), "x.csv", 3).values.shape == (512, 3)


def test_other_headers_of_the_same_meaning():
    body = np.arange(6, dtype="<f4").tobytes()
    for header in (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr':'<f4','fortran_order':False,'shape':(2,3,),}\n",
    ):
        for version in (1, 2):
            found = read_inputs(made(header, body, version), "x", 3).values
            assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
    turned = read_inputs(made("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", body), "x", 3).values
    assert turned.tolist() == [[0, 2, 4], [1, 3, 5]]


@pytest.mark.parametrize(
    "text", ["high,low,c\n1,2,3\n4,5,6\n", "1 2 3\n4 5 6", "1\t2\t3\n4\t5\t6", "a;b;c\n1;2;3\n4;5,0;6"]
)
def test_tables_are_read_as_elsewhere(text):
    assert read_inputs(text.encode(), "x.csv", 3).values.tolist() == [[1, 2, 3], [4, 5, 6]]


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return pytest.fail, ("it was unpickled",)


PLAIN = "'fortran_order': False, 'shape': (2, 3), }"
BAD = {
    "objects": (npy(np.array([[Trap(), 1, 2]], object), allow_pickle=True), "got Python objects, .* run any code"),
    "fields": (npy(np.zeros(2, [("a", "f4"), ("b", "f4")])), "expected whole or floating numbers, got named fields"),
    "complex numbers": (npy(X.astype(complex)), "got type '<c16'"),
    "text": (npy(np.array([["a", "b", "c"]])), "got type '<U1'"),
    "dates": (npy(np.zeros((2, 3), "M8[D]")), "got type '<M8"),
    "bytes": (npy(np.zeros((2, 3), "S4")), "got type '|S4'"),
    "long doubles": (made("{'descr': '<f16', " + PLAIN, bytes(96)), "got type '<f16'"),
    "a type that is code": (made("{'descr': '__import__(\"os\")', " + PLAIN), "got type '__import__"),
    "no header": (made("[1, 2]"), "got a header that cannot be read; save it with numpy.save"),
    "code for a header": (made("__import__('os').abort()"), "header that cannot be read"),
    "nested deep": (made("(" * 9_000), "header that cannot be read"),
    "one key more": (made("{'descr': '<f4', 'a': 1, " + PLAIN, bytes(24)), "header that cannot be read"),
    "a negative shape": (made("{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3), }"), "cannot be read"),
    "a header cut short": (npy(X)[:40], "header that cannot be read"),
    "only the magic": (b"\x93NUMPY", "header that cannot be read"),
    "another version": (made("{'descr': '<f4', " + PLAIN, bytes(24), 3), "header that cannot be read"),
    "a long header": (made("{'descr': '<f4', " + PLAIN + " " * 20_000, bytes(24)), "header that cannot be read"),
    "numbers cut short": (npy(X)[:-1], r"as many numbers as shape \(6, 3\) has, got 143 bytes; the file is cut short"),
    "bytes left over": (npy(X) + b"x", "got 145 bytes"),
    "an enormous shape": (
        made("{'descr': '<f4', 'fortran_order': False, 'shape': (" + "9" * 4_000 + ", 3), }"), "as many numbers as",
    ),
    "many axes": (npy(X.reshape(6, 3, 1, 1)), r"expected shape \(time, features\), got \(6, 3, 1, 1\)"),
    "no axes": (npy(np.float32(2)), r"expected shape \(time, features\), got \(\)"),
    "no steps": (npy(np.zeros((0, 3))), r"expected shape \(time, features\), got \(0, 3\)"),
    "a batch": (npy(np.zeros((2, 6, 3))), r"one sequence, got a batch of shape \(2, 6, 3\); give one"),
    "two columns": (npy(X[:, :2]), "expected 3 columns, the inputs of the net, got 2; give one row a step"),
    "transposed": (npy(X.T), "expected 3 columns, the inputs of the net, got 6; transpose it"),
    "NaN": (npy(np.where(np.arange(18).reshape(6, 3) == 7, np.nan, X)), "got nan at step 2, column 1; replace"),
    "a signalling NaN": (npy(np.full((2, 3), 0x7C01, np.uint16).view(np.float16)), "got nan at step 0, column 0"),
    "infinity": (npy(np.full((2, 3), -np.inf)), "got -inf at step 0, column 0"),
    "a huge number": (npy(np.full((2, 3), 1e30)), "from -1e6 to 1e6, got 1e[+]30 at step 0"),
    "an archive": (b"PK\x03\x04" + bytes(99), "got an archive or a pickle; save it with numpy.save"),
    "a pickle": (b"\x80\x04]\x94.", "got an archive or a pickle"),
    "a table of two columns": (b"1,2\n3,4", "expected 3 columns, the inputs of the net, got 2"),
    "words": (b"to be or not", "expected"),
    "nothing": (b"", "expected some text, got nothing"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_what_is_no_input_is_refused_with_a_remedy(data, message):
    with pytest.raises(ValueError, match=f"^x[.]npy: .*{message}") as caught:
        read_inputs(data, "x.npy", 3)
    assert ";" in str(caught.value) and len(str(caught.value)) < 400


def test_what_is_too_large_or_too_wide_for_a_table_is_refused():
    with pytest.raises(ValueError, match=r"x: expected at most 20 MB, got 20[.]0 MB; keep 512 steps"):
        read_inputs(bytes(20 * 2**20 + 1), "x", 3)
    with pytest.raises(ValueError, match=r"x: expected a NumPy array \(.npy\) for a net of 65 inputs, .* numpy[.]save"):
        read_inputs(b"1,2,3", "x", 65)
    assert read_inputs(npy(np.ones((2, 65))), "x", 65).values.shape == (2, 65)


def test_random_damage_gives_numbers_or_a_value_error():
    rng, data = np.random.default_rng(2), npy(X.astype(np.float32))
    for _ in range(1_000):
        broken = bytearray(data)
        for _ in range(rng.integers(1, 4)):
            broken[int(rng.integers(6, 110))] = rng.choice(list(b"0123456789,()'<>fiuOSFTrue\x00\xff{}"))
        try:
            found = read_inputs(bytes(broken), "x", 3)
        except ValueError as error:
            assert len(str(error)) < 400
        else:
            assert found.values.shape[1] == 3 and np.isfinite(found.values).all()
