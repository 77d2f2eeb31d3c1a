"""Files that somebody opens by mistake or with intent: a message with a remedy, and never anything else."""

from __future__ import annotations

import json
import re
import tracemalloc

import numpy as np
import pytest
import safetensors

from lstm_runs.foreign import FormatError, Names, choices, open_file, recognise
from tests.foreign_files import packed, raw, stored, torch_weights, traced

F32 = np.float32


def entry(shape=(2,), dtype="F32", place=(0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(place)}


FORMATS = {
    "a.pt": ("a pickled PyTorch file", "torch.load", "nothing was unpickled"),
    "b.pth": ("a pickle, as old PyTorch files", "torch.load", "nothing was unpickled"),
    "c.keras": ("a Keras file", "keras.models.load_model", "save its weights"),
    "d.weights.h5": ("an HDF5 file", "keras.models.load_model", "save its weights"),
    "e.npz": ("NumPy arrays", "np.load", "under the names"),
    "f.npy": ("a NumPy array", "", "inputs"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_other_formats_are_known_by_their_first_bytes(name, monkeypatch):
    monkeypatch.setattr("pickle.loads", None)
    start = traced("other_formats")[name].tobytes()
    what, code, words = FORMATS[name]
    with pytest.raises(FormatError, match=f"^file: expected safetensors, got {re.escape(what)}") as caught:
        open_file(start + bytes(5_000))
    assert words in caught.value.sentence and "\n" not in caught.value.sentence and ";" in caught.value.sentence
    assert code in caught.value.code and str(caught.value).startswith(caught.value.sentence)
    assert (len(caught.value.code.splitlines()) <= 5) if code else caught.value.code == ""
    compile(caught.value.code, name, "exec")


def test_json_is_said_to_be_a_vocabulary():
    with pytest.raises(FormatError, match="text that looks like JSON; if it is the vocabulary, give it there"):
        open_file(b'\xef\xbb\xbf ["<unk>", "a"]')


@pytest.mark.parametrize("magic", [b"\x80\x02", b"\x80\x04", b"{\x01", b"[\x02"])
def test_a_header_whose_length_looks_like_another_format_is_read(magic):
    header = {name: {"dtype": "F32", "shape": list(array.shape)} for name, array in torch_weights().items()}
    place = 0
    for name, array in torch_weights().items():
        header[name]["data_offsets"] = [place, place + array.nbytes]
        place += array.nbytes
    wanted = int.from_bytes(magic, "little")
    body = b"".join(array.tobytes() for array in torch_weights().values())
    data = raw(json.dumps(header).encode().ljust(wanted), body)
    assert data.startswith(magic)
    assert recognise(open_file(data)).layers[0].cell == "lstm"


BAD_FILES = {
    "nothing": (b"", "cut short or of another kind"),
    "garbage": (bytes(range(256)) * 4, "cut short or of another kind"),
    "a header cut short": (stored("torch_gru")[:40], "cut short"),
    "numbers cut short": (stored("torch_gru")[:-1], "the file is cut short"),
    "one byte too many": (stored("torch_gru") + b"x", "nothing behind the last tensor, got 1 bytes more"),
    "a hole": (raw({"a": entry(place=(4, 12))}, bytes(12)), "a hole at byte 0"),
    "an overlap": (raw({"a": entry(), "b": entry()}, bytes(8)), "two tensors in the same bytes at byte 0"),
    "a part of another": (raw({"a": entry(), "b": entry((1,), place=(4, 8))}, bytes(8)), "in the same bytes at byte 4"),
    "no JSON": (raw(b"{" * 9), "no JSON"),
    "nested deep": (raw(b'{"a":' + b"[" * 100_000), "no JSON"),
    "a list": (raw(b"{}").replace(b"{}", b"[]"), "lists tensors"),
    "no tensors": (raw({}), "expected 1 to 4,096 tensors, got 0"),
    "many tensors": (raw({f"{k}": entry((0,), place=(0, 0)) for k in range(5_000)}), "1 to 4,096 tensors, got 5,000"),
    "an enormous number": (raw(b'{"a":' + b"9" * 5000 + b"}"), "a: expected dtype, shape .* something else"),
    "an enormous shape": (raw({"a": entry([10**19] * 20_000)}, bytes(8)), "a: expected a shape, got"),
    "an overflowing shape": (raw({"a": entry((2**62, 4))}, bytes(8)), "a: expected as many numbers"),
    "a negative size": (raw({"a": entry((-2,))}, bytes(8)), "a: expected a shape"),
    "a size that is true": (raw({"a": entry((True, 2))}, bytes(8)), "a: expected a shape"),
    "a type that is a list": (raw({"a": entry(dtype=["F32"])}, bytes(8)), "a: expected the name of a type"),
    "another count": (raw({"a": entry(dtype="BF16")}, bytes(8)), "a: expected as many numbers as shape"),
    "a place outside": (raw({"a": entry(place=(0, 2**40))}, bytes(8)), "a: expected numbers inside the file"),
    "a place that is text": (raw({"a": entry() | {"data_offsets": "0"}}, bytes(8)), "a: expected numbers inside"),
    "a doubled name": (raw(b'{"a":%s,"a":%s}' % ((json.dumps(entry()).encode(),) * 2), bytes(8)), "'a' twice"),
    "a name that rings": (raw({"\x07" * 300: {}}), r"^'\\x07.*expected dtype"),
    "a header of 10^5 tensors": (
        raw({f"tensor {k}": entry((1,), place=(4 * k, 4 * k + 4)) for k in range(100_000)}, bytes(400_000)),
        "header of at most 1024 KB",
    ),
}


@pytest.mark.parametrize(("data", "message"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_file_is_refused_with_a_remedy(data, message):
    with pytest.raises(ValueError, match=message) as caught:
        open_file(data)
    assert ";" in str(caught.value) and len(str(caught.value)) < 400


def test_a_file_over_the_limit_is_refused_before_it_is_looked_at(monkeypatch):
    monkeypatch.setattr("lstm_runs._found.LARGEST_FILE", 1000)
    with pytest.raises(ValueError, match="file: expected at most 0 MB"):
        open_file(stored("torch_bidirectional"))


BAD_NETS = {
    "no recurrent names": (
        {"fc.weight": np.ones((3, 4), F32)}, "file: expected the weights of an LSTM, .* got fc.weight; save",
    ),
    "names of another program": (
        {"lstm.W": np.ones((3, 16), F32), "lstm.U": np.ones((4, 16), F32)}, "got lstm.W, lstm.U|got lstm.U, lstm.W",
    ),
    "nothing of use": ({"a": np.ones((2, 2, 2), F32)}, "got none that could be weights; save"),
    "a shape of no cell": (
        {"r.weight_ih_l0": np.ones((8, 3), F32), "r.weight_hh_l0": np.ones((8, 4), F32)},
        r"r\.weight_hh_l0: expected shape \(gates \* hidden, hidden\) with 4 gates .* got \(8, 4\); give",
    ),
    "weights along one axis": (
        {"r.weight_ih_l0": np.ones(8, F32), "r.weight_hh_l0": np.ones(8, F32)}, r"r\.weight_hh_l0: expected shape",
    ),
    "layers that do not stack": (
        torch_weights(3, 4, 2, prefix="r.") | {"r.weight_ih_l1": np.ones((16, 5), F32)},
        r"r\.weight_ih_l1: expected shape .*=4\), got \(16, 5\);",
    ),
    "another size of a bias": (torch_weights() | {"bias_hh_l0": np.ones(4, F32)}, "bias_hh_l0: expected shape"),
    "half of the weights": ({"r.weight_ih_l0": np.ones((8, 3), F32)}, "r: expected every entry .*'weight_hh_l0'; give"),
    "a missing direction": (
        {name: array for name, array in torch_weights(both=True).items() if name != "weight_hh_l0_reverse"},
        "file: expected every entry of its layers, missing 'weight_hh_l0_reverse'; give all",
    ),
    "a missing layer": (torch_weights(3, 4, 3) and {
        name: array for name, array in torch_weights(3, 4, 3).items() if "l1" not in name}, "missing 'weight_ih_l1'"),
    "a projection": (
        torch_weights(prefix="r.") | {"r.weight_hr_l0": np.ones((2, 4), F32)},
        r"r\.weight_hr_l0: expected no projection \(proj_size\), got one; .* proj_size=0",
    ),
    "whole numbers as weights": (
        torch_weights() | {"weight_hh_l0": np.ones((16, 4), np.uint8)},
        "weight_hh_l0: expected numbers of type F16, BF16, F32 or F64 .*got numbers of type U8; convert",
    ),
    "an empty bias": (torch_weights() | {"bias_hh_l0": np.ones(0, F32)}, "bias_hh_l0: expected .* got empty, shape"),
    "NaN": (
        torch_weights(prefix="r.") | {"r.bias_hh_l0": np.array([1, np.nan] * 8, F32)},
        r"r\.bias_hh_l0: expected finite numbers, got nan at index \(1,\); train again or repair",
    ),
    "infinity in half precision": (
        torch_weights(dtype=np.float16) | {"weight_ih_l0": np.full((16, 3), -np.inf, np.float16)},
        r"weight_ih_l0: expected finite numbers, got -inf at index \(0, 0\);",
    ),
    "a signalling NaN in half precision": (
        torch_weights(dtype=np.float16) | {"weight_ih_l0": np.full((16, 3), 0x7C01, np.uint16).view(np.float16)},
        r"weight_ih_l0: expected finite numbers, got nan at index \(0, 0\);",
    ),
    "NaN in the embedding": (torch_weights() | {"emb": np.full((5, 3), np.nan, F32)}, "emb: expected finite"),
    "an embedding beyond float32": (
        torch_weights() | {"emb": np.full((5, 3), 1e300)}, "emb: expected numbers that fit float32, got larger",
    ),
    "biases beyond float32": (
        torch_weights() | dict.fromkeys(("bias_ih_l0", "bias_hh_l0"), np.full(16, 3e38, F32)), "bias_ih_l0 .* bias_hh",
    ),
    "many units": (torch_weights(1, 1025, gates=1, bias=False), "file: expected at most 1,024 units, got 1,025;"),
    "many inputs": (torch_weights(4097, 2, gates=1), "file: expected at most 4,096 inputs, got 4,097; choose"),
    "many layers": (torch_weights(3, 4, 5, prefix="r."), "r: expected at most 4 layers, got 5; choose"),
    "layer ten million": (
        torch_weights() | {"weight_hh_l9999": np.ones((16, 4), F32)}, "file: expected at most 4 layers, got 10,000",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arrays", "message"), BAD_NETS.values(), ids=BAD_NETS)
def test_weights_that_make_no_net_are_refused_by_name(arrays, message):
    with pytest.raises(ValueError, match=message) as caught:
        recognise(open_file(packed(arrays)))
    assert ";" in str(caught.value) and len(str(caught.value)) < 400


def test_an_embedding_or_output_over_the_limit_is_left_aside_unless_it_is_chosen():
    large = {"emb": np.ones((20_011, 1), F32), "out": np.ones((20_011, 2), F32)}
    found = open_file(packed(torch_weights(1, 2) | large))
    net = recognise(found)
    assert net.embedding is None and net.W_out is None
    assert net.aside == (
        ("emb", "20,011 × 1; more than 20,010 symbols"), ("out", "20,011 × 2; more than 20,010 classes"),
    )  # fmt: skip
    for names, message in (
        (Names(embedding="emb"), "emb: expected at most 20,010 symbols, got 20,011; keep .* choose no embedding"),
        (Names(output="out"), "out: expected at most 20,010 classes, got 20,011; keep"),
    ):
        with pytest.raises(ValueError, match=message):
            recognise(found, names)


def test_an_activation_is_one_of_two():
    with pytest.raises(ValueError, match="activation: expected tanh or relu, got 'sigmoid'; choose"):
        recognise(open_file(packed(torch_weights(gates=1))), activation="sigmoid")


def test_nan_in_what_is_left_aside_does_no_harm():
    odd = {
        "norm.running_var": np.full(7, np.nan, F32), "conv": np.full((2, 3, 1, 1), np.inf, F32), "count": np.int64(3),
        "flag": np.ones(2, bool), "none": np.ones((0, 3), F32), "\x07": np.ones(2, F32), "scale": np.float32(2),
    }  # fmt: skip
    net = recognise(open_file(packed(torch_weights() | odd)))
    assert dict(net.aside) == {
        "norm.running_var": "7", "conv": "4 axes", "count": "numbers of type I64", "flag": "numbers of type BOOL",
        "none": "empty, shape (0, 3)", "'\\x07'": "a name that cannot be shown", "scale": "a single number",
    }  # fmt: skip


def test_a_type_that_is_newer_than_this_program_is_left_aside():
    data = packed(torch_weights() | {"new": np.ones(3, F32)}, {"new": "F4_E9M9"})
    assert ("new", "numbers of type F4_E9M9") in open_file(data).skipped


def test_opening_a_large_file_makes_no_copy_of_it():
    data = packed(torch_weights() | {"emb": np.ones((9_000, 3), F32), "other": np.zeros((1000, 4000), np.float16)})
    tracemalloc.start()
    found = open_file(data)
    recognise(found)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.converted == ("other",) and peak < 1_000_000 < len(data)


def test_thousands_of_tensors_that_fit_are_no_work():
    many = {f"{'fc' if k % 2 else 'emb'}{k}": np.ones((1, 1), F32) for k in range(4_000)}
    found = open_file(packed(torch_weights(1, 1, gates=1, bias=False) | many))
    net = recognise(found)  # to compare every two of them would take minutes
    assert len(choices(found, "output")) == 4_000 and len(net.aside) == 3_999


def test_thousands_of_modules_are_no_work():
    modules: dict[str, np.ndarray] = {}
    for k in range(1_000):
        modules |= torch_weights(1, 1, gates=1, bias=False, prefix=f"rnns.{k % 90}.m{k}.")
    found = open_file(packed(modules))
    assert len(found.modules) == 1_000 and len(recognise(found, Names(module="rnns.7.m7")).layers) == 1


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """The file with a few bytes changed, taken out or put in, mostly in its header."""
    broken = bytearray(data)
    end = 8 + int.from_bytes(data[:8], "little")
    for _ in range(rng.integers(1, 4)):
        place = int(rng.integers(0, end if rng.random() < 0.8 else len(broken)))
        kind = rng.integers(0, 4)
        if kind == 0:
            broken[place] = rng.integers(0, 256)
        elif kind == 1:
            broken[place] = rng.choice(list(b'{}[]",:0123456789-ilhr_w'))
        elif kind == 2:
            del broken[place : place + int(rng.integers(1, 9))]
        else:
            broken[place:place] = bytes(rng.choice(list(b'0,"l9F]'), int(rng.integers(1, 5))))
        if not broken:
            break
    return bytes(broken)


@pytest.mark.parametrize("name", ["torch_bidirectional", "keras_tower"])
def test_random_damage_gives_a_net_or_a_value_error(name):
    rng, data = np.random.default_rng(1), stored(name)
    opened = 0
    for _ in range(2_500):
        broken = mutated(data, rng)
        try:
            found = open_file(broken)
        except ValueError as error:
            assert len(str(error)) < 900
            continue
        opened += 1
        # The other reader of the format is no stricter, but for types that it does not know.
        if all("type" not in why for _, why in found.skipped):
            assert len(safetensors.deserialize(broken)) == len(found.shapes) + len(found.skipped)
        try:
            net = recognise(found)
        except ValueError as error:
            assert ";" in str(error)
        else:
            assert all(np.isfinite(layer.forward.W_x).all() for layer in net.layers)
    assert opened > 100
