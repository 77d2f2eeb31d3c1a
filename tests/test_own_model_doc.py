"""docs/your_own_model.md: its lines do what it says, and its limits are those of the code.

The lines for PyTorch and Keras are run by tools/make_own_nets.py, which makes the stored files of them; here, where
there is neither, those for Keras meet a stand-in.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lstm_core import config
from lstm_runs import _decoding, _foreign_values, _found, _other_formats, inputs, model_files, vocabularies
from lstm_runs.foreign import open_file, recognise
from tests.foreign_files import keras_weights

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "your_own_model.md").read_text(encoding="utf-8")
BLOCKS = {  # without the empty line that the formatter puts behind imports
    section.split("\n", 1)[0]: code[1].replace("\n\n", "\n")
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]
    if (code := re.search(r"```python\n(.*?)```", section, re.DOTALL))
}


def test_every_block_is_found_and_is_python():
    assert TEXT.count("```python") == len(BLOCKS) == 6
    for heading, code in BLOCKS.items():
        compile(code, heading, "exec")
    assert all(len(BLOCKS[name].splitlines()) <= 4 for name in ("From PyTorch", "From Keras"))


def test_the_tool_runs_all_blocks_for_pytorch_and_keras():
    tree = ast.parse((ROOT / "tools" / "make_own_nets.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "saved"]
    assert {ast.literal_eval(call.args[0]) for call in calls} == {name for name in BLOCKS if name.startswith("From ")}


def test_messages_give_the_lines_of_the_page():
    assert BLOCKS["From a .pt or .pth file"].strip() == _other_formats._FROM_TORCH
    assert BLOCKS["From a .keras or .h5 file"].strip() == _other_formats._FROM_KERAS
    assert (
        BLOCKS["From a .keras or .h5 file"].replace('model = keras.models.load_model("model.keras")\n', "")
        == (BLOCKS["From Keras"])
    )


@pytest.mark.parametrize("heading", ["From Keras", "From a .keras or .h5 file"])
def test_the_lines_for_keras_write_what_is_opened_here(heading, monkeypatch, tmp_path):
    weights = keras_weights("lstm/lstm_cell", 3, 4)
    turned = [SimpleNamespace(path=name, value=np.asfortranarray(array)) for name, array in weights.items()]
    model = SimpleNamespace(weights=turned)
    ops = SimpleNamespace(convert_to_numpy=lambda weight: weight.value)
    loading = SimpleNamespace(load_model=lambda name: model)
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(ops=ops, models=loading))
    monkeypatch.chdir(tmp_path)
    exec(BLOCKS[heading], {"model": model})
    found = open_file((tmp_path / "model.safetensors").read_bytes())
    assert recognise(found).layers[0].cell == "lstm"
    for name, array in weights.items():
        (stored,) = [found.arrays[other] for other in found.arrays if other.split("/", 1)[1] == name]
        np.testing.assert_array_equal(stored, array)


def test_the_lines_for_vocabulary_and_inputs_write_what_is_read_here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(BLOCKS["The vocabulary"], names)
    tokens = vocabularies.read_vocabulary(Path("vocabulary.json").read_bytes())
    assert tokens == ("<pad>", "<unk>", "a", "b")
    exec(BLOCKS["Inputs as numbers"], names)
    found = inputs.read_inputs(Path("inputs.npy").read_bytes(), "inputs.npy", 3)
    np.testing.assert_allclose(found.values, names["x"], rtol=1e-6)


def test_the_limits_are_those_of_the_code():
    limits = re.search(r"^## Limits\n(.*)", TEXT, re.DOTALL | re.MULTILINE)
    assert limits
    for number, unit in (
        (_foreign_values.MOST_LAYERS, "layers"),
        (_foreign_values.MOST_UNITS, "units"),
        (_foreign_values.MOST_FEATURES, "inputs"),
        (model_files.MOST_SYMBOLS, "tokens"),
        (inputs.MOST_STEPS, "steps"),
        (inputs.LARGEST >> 20, "MB as .npy"),
        (_decoding.LARGEST // 10**6, "MB as CSV"),
    ):
        assert f"{number:,} {unit}" in limits[1]
    assert f"up to {_found.LARGEST_FILE >> 20} MB" in TEXT
    assert config.LIMITS["hidden"][1] == _foreign_values.MOST_UNITS
    assert config.LIMITS["layers"][1] == _foreign_values.MOST_LAYERS
