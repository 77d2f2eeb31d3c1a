"""Model files: nothing wrong goes in or out."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lstm_runs import files
from lstm_runs.files import from_bytes, read, to_bytes, write


def some_arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    return {
        "weight_ih_l0": rng.normal(size=(5, 3)).astype(np.float32),
        "b": rng.normal(size=7),
        "é": np.array([-0.0, 1e-45, 3e38], np.float32),
    }


def raw(header: object, body: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(shape=(2,), dtype="F32", place=(0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(place)}


def assert_same_bits(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_arrays_come_back_bit_for_bit():
    found = from_bytes(to_bytes(some_arrays(), {"made by": "a test", "é": "ü"}))
    assert_same_bits(found.arrays, some_arrays())
    assert found.metadata == {"made by": "a test", "é": "ü"}
    assert all(array.flags.writeable and array.flags.c_contiguous for array in found.arrays.values())


@given(
    st.dictionaries(
        st.sampled_from(["a", "b.c", "weight_ih_l0", "中"]),
        hnp.arrays(
            st.sampled_from([np.float32, np.float64]),
            hnp.array_shapes(max_dims=4, max_side=4),
            elements=st.floats(-1, 1, width=32),
        ),
        min_size=1,
    )
)
def test_the_safetensors_package_reads_what_we_write_and_we_read_what_it_writes(arrays):
    assert_same_bits(safetensors.numpy.load(to_bytes(arrays)), arrays)
    assert_same_bits(from_bytes(safetensors.numpy.save(arrays)).arrays, arrays)


LAYOUTS = {
    "transposed": lambda a: a.T,
    "Fortran order": np.asfortranarray,
    "every second row": lambda a: a[::2],
    "a column slice": lambda a: a[:, 1:3],
    "backwards": lambda a: a[::-1, ::-1],
    "broadcast": lambda a: np.broadcast_to(a[0], (3, 4)),
    "big-endian": lambda a: a.astype(">f8"),
    "read-only": lambda a: np.frombuffer(a.tobytes()).reshape(a.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_the_order_in_memory_does_not_matter(layout):
    array = layout(np.arange(24.0).reshape(6, 4))
    data = to_bytes({"W": array})
    np.testing.assert_array_equal(from_bytes(data).arrays["W"], array)
    np.testing.assert_array_equal(safetensors.numpy.load(data)["W"], array)


def test_the_same_arrays_give_the_same_bytes():
    words = {f"k{k}": str(k) for k in range(9)}
    backwards = dict(reversed(some_arrays().items()))
    assert to_bytes(some_arrays(), words) == to_bytes(backwards, dict(reversed(words.items())))


def test_every_number_lies_where_its_type_wants_it():
    data = to_bytes({"a": np.ones(1, np.float32), "b": np.ones(1), "c": np.ones(3, np.float32), "d": np.ones(2)})
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    assert start % 8 == 0
    assert all(line["data_offsets"][0] % (8 if line["dtype"] == "F64" else 4) == 0 for line in header.values())


def test_writing_checks_what_it_wrote(monkeypatch):
    monkeypatch.setattr(files, "from_bytes", lambda data, largest: files.Contents({"W": np.zeros(3)}, {}))
    with pytest.raises(RuntimeError, match="read back"):
        to_bytes({"W": np.array([0.0, 0.0, -0.0])})


BAD_ARRAYS = {
    "no arrays": ({}, r"arrays: expected a mapping .* got none"),
    "integers": ({"n": np.arange(3)}, r"n: expected float32 or float64, got int64"),
    "half precision": ({"n": np.ones(3, np.float16)}, r"n: expected float32 or float64, got float16"),
    "objects": ({"n": np.array([None])}, r"n: expected float32 or float64, got object"),
    "NaN": ({"n": np.array([[1.0, np.nan]])}, r"n: expected finite numbers, got nan at index \(0, 1\)"),
    "infinity": ({"n": np.array([-np.inf])}, r"n: expected finite numbers, got -inf at index \(0,\)"),
    "a scalar": ({"n": np.array(1.0)}, r"n: expected 1 to 4 axes .* got shape \(\)"),
    "an empty array": ({"n": np.ones((2, 0))}, r"n: expected 1 to 4 axes .* got shape \(2, 0\)"),
    "five axes": ({"n": np.ones((1,) * 5)}, r"n: expected 1 to 4 axes"),
    "the reserved name": ({"__metadata__": np.ones(1)}, r"name: expected 1 to 200 printable characters"),
    "an empty name": ({"": np.ones(1)}, r"name: expected 1 to 200"),
    "a surrogate in a name": ({"\ud800": np.ones(1)}, r"name: expected 1 to 200"),
    "a number for a name": ({3: np.ones(1)}, r"name: expected 1 to 200"),
    "many arrays": ({f"n{k}": np.ones(1) for k in range(257)}, r"file: expected 1 to 256 tensors, got 257"),
    "a large header": ({f"{k:0200}": np.ones((1,) * 4) for k in range(256)}, r"header of at most 64 KB"),
}


@pytest.mark.parametrize(("arrays", "message"), BAD_ARRAYS.values(), ids=BAD_ARRAYS)
def test_what_could_not_be_read_again_is_not_written(arrays, message):
    with pytest.raises(ValueError, match=f"{message}.*;"):
        to_bytes(arrays)


def test_metadata_is_text():
    with pytest.raises(ValueError, match=r"metadata: expected text .*; convert"):
        to_bytes({"W": np.ones(1)}, {"step": 3})


NAN = np.array([1.0, np.nan], "<f4").tobytes()
BAD_FILES = {
    "nothing": (b"", "cut short or of another kind"),
    "seven bytes": (b"1234567", "cut short or of another kind"),
    "garbage": (bytes(range(256)) * 4, "cut short or of another kind"),
    "a zip file, which is what torch.save writes": (b"PK\x03\x04" + bytes(200), "cut short or of another kind|no JSON"),
    "a header cut short": (raw({"a": entry()}, bytes(8))[:20], "cut short"),
    "numbers cut short": (raw({"a": entry()}, bytes(7)), "a: .* cut short"),
    "one byte too many": (raw({"a": entry()}, bytes(9)), "does not add up"),
    "a hole": (raw({"a": entry(place=(4, 12))}, bytes(12)), "does not add up"),
    "an overlap": (raw({"a": entry(), "b": entry()}, bytes(8)), "does not add up"),
    "a header that is no JSON": (raw(b"{" * 9), "no JSON"),
    "a header that is no UTF-8": (raw(b'{"\xff":1}'), "no JSON"),
    "a header nested deep": (raw(b"[" * 60_000), "no JSON"),
    "a header that is a list": (raw([1]), "lists tensors"),
    "an enormous number": (raw(b'{"a":' + b"9" * 5000 + b"}"), "a: expected dtype, shape .* something else"),
    "no tensors": (raw({}), "1 to 256 tensors, got 0"),
    "metadata alone": (raw({"__metadata__": {"a": "b"}}), "1 to 256 tensors, got 0"),
    "many tensors": (raw({f"{k}": entry((1,), place=(4 * k, 4 * k + 4)) for k in range(300)}, bytes(1200)), "got 300"),
    "a huge header": (raw({"a": entry(), "__metadata__": {"a": "b" * 65_536}}, bytes(8)), "at most 64 KB"),
    "a header longer than the file": (b"\xff" * 8 + b"{}", "at most 64 KB"),
    "a doubled tensor": (raw(b'{"a":%s,"a":%s}' % ((json.dumps(entry()).encode(),) * 2), bytes(8)), "'a' twice"),
    "a doubled key inside": (raw(b'{"a":{"dtype":"F32","dtype":"F64"}}'), "'dtype' twice"),
    "metadata of numbers": (raw({"a": entry(), "__metadata__": {"a": 1}}, bytes(8)), "metadata: expected text"),
    "integers": (raw({"a": entry(dtype="I32")}, bytes(8)), "a: expected F32 or F64, got 'I32'"),
    "half precision": (raw({"a": entry((4,), "BF16")}, bytes(8)), "a: expected F32 or F64, got 'BF16'"),
    "a type that is a list": (raw({"a": entry(dtype=["F32"])}, bytes(8)), "a: expected F32 or F64"),
    "NaN": (raw({"a": entry()}, NAN), r"a: expected finite numbers, got nan at index \(1,\)"),
    "a scalar": (raw({"a": entry((), place=(0, 4))}, bytes(4)), "a: expected 1 to 4 axes"),
    "an empty tensor": (raw({"a": entry((0,), place=(0, 0))}), "a: expected 1 to 4 axes"),
    "five axes": (raw({"a": entry((1, 1, 1, 1, 2))}, bytes(8)), "a: expected 1 to 4 axes"),
    "a negative size": (raw({"a": entry((-2,))}, bytes(8)), "a: expected 1 to 4 axes"),
    "a size that is true": (raw({"a": entry((True, 2))}, bytes(8)), "a: expected 1 to 4 axes"),
    "a fractional size": (raw({"a": entry((2.0,))}, bytes(8)), "a: expected 1 to 4 axes"),
    "a wrong count": (raw({"a": entry((3,))}, bytes(8)), r"a: expected as many numbers as shape \(3,\)"),
    "numbers left over": (raw({"a": entry((1,))}, bytes(8)), r"a: expected as many numbers as shape \(1,\)"),
    "an overflowing shape": (raw({"a": entry((2**62, 4))}, bytes(8)), "a: expected as many numbers"),
    "a place that runs backwards": (raw({"a": entry(place=(8, 0))}, bytes(8)), "a: expected numbers inside"),
    "an entry that is text": (raw({"a": "x"}), "a: expected dtype, shape and data_offsets"),
    "a missing field": (raw({"a": {"dtype": "F32"}}), "a: expected dtype, shape and data_offsets"),
    "a name of control characters": (raw({"\x1b[2J": entry()}, bytes(8)), "name: expected"),
}


@pytest.mark.parametrize(("data", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_refused_with_a_remedy(data, message):
    with pytest.raises(ValueError, match=message) as caught:
        from_bytes(data)
    assert ";" in str(caught.value) and len(str(caught.value)) < 400


def test_a_good_file_made_by_hand_is_read():
    assert from_bytes(raw({"a": entry()}, np.array([1, 2], "<f4").tobytes())).arrays["a"].tolist() == [1, 2]


@pytest.mark.parametrize("cut", range(0, 200, 7))
def test_a_file_cut_anywhere_is_refused(cut):
    data = to_bytes(some_arrays())
    assert cut < len(data)
    with pytest.raises(ValueError, match=";"):
        from_bytes(data[:cut])


@given(st.binary(max_size=60), st.integers(0, 300))
def test_no_damage_gives_anything_but_a_value_error(noise, place):
    data = bytearray(to_bytes(some_arrays()))
    data[place : place + len(noise)] = noise
    try:
        found = from_bytes(bytes(data))
    except ValueError:
        return
    assert all(np.isfinite(array).all() for array in found.arrays.values())


def test_a_large_file_and_a_large_header_are_refused_at_once():
    header = json.dumps({f"tensor {k}": entry((1,), place=(4 * k, 4 * k + 4)) for k in range(100_000)}).encode()
    before = time.thread_time()
    with pytest.raises(ValueError, match="header of at most 64 KB"):
        from_bytes(raw(header, bytes(400_000)))
    assert time.thread_time() - before < 0.5
    with pytest.raises(ValueError, match="of another kind"):
        from_bytes(raw(b" " + header, bytes(400_000)))
    with pytest.raises(ValueError, match="file: expected at most"):
        from_bytes(bytes(101), largest=100)


def test_text_is_not_a_file():
    with pytest.raises(ValueError, match="file: expected bytes, got str; open it with 'rb'"):
        from_bytes("{}")


def test_a_file_is_written_whole_and_read_again(tmp_path):
    path = tmp_path / "model.safetensors"
    write(path, {"W": np.ones(2)})
    write(path, some_arrays(), {"a": "b"})
    assert_same_bits(read(path).arrays, some_arrays())
    assert read(path).metadata == {"a": "b"}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failure_while_saving_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch, broken):
    path = tmp_path / "model.safetensors"
    write(path, {"W": np.ones(2)})
    old = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(files.os, broken, fail)
    with pytest.raises(OSError, match="disk full"):
        write(path, some_arrays())
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_bad_arrays_never_touch_the_old_file(tmp_path):
    path = tmp_path / "model.safetensors"
    write(path, {"W": np.ones(2)})
    with pytest.raises(ValueError, match="finite"):
        write(path, {"W": np.array([np.nan])})
    assert read(path).arrays["W"].tolist() == [1, 1]


def test_numbers_reach_the_disk_before_the_name_does(tmp_path, monkeypatch):
    done = []
    for call in ("fsync", "replace"):
        real = getattr(os, call)
        monkeypatch.setattr(files.os, call, lambda *a, call=call, real=real: (done.append(call), real(*a))[1])
    write(tmp_path / "m", {"W": np.ones(2)})
    assert done == ["fsync", "replace", "fsync"]
