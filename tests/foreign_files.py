"""Weights of PyTorch and Keras for tests: stored ones that these programs have written, and made-up ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).parent / "data"
CODES = {"float16": "F16", "float32": "F32", "float64": "F64", "int64": "I64", "uint8": "U8", "bool": "BOOL"}


def stored(name: str) -> bytes:
    """A file that tools/make_own_nets.py has written."""
    return (DATA / f"own_{name}.safetensors").read_bytes()


def traced(name: str) -> dict[str, np.ndarray]:
    """What PyTorch or Keras computed from such files."""
    with np.load(DATA / f"own_{name}.npz") as found:
        return dict(found)


def raw(header: object, body: bytes = b"") -> bytes:
    """A safetensors file of any header, right or wrong."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def packed(arrays: Mapping[str, Any], codes: Mapping[str, str] | None = None, **metadata: str) -> bytes:
    """A safetensors file of any arrays; `codes`: types that the header names in place of the arrays' own."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    body = b""
    for name, array in arrays.items():
        array = np.asarray(array)
        code = (codes or {}).get(name) or CODES[array.dtype.name]
        header[name] = {
            "dtype": code, "shape": list(array.shape), "data_offsets": [len(body), len(body) + array.nbytes],
        }  # fmt: skip
        body += array.tobytes()
    return raw(header, body)


def torch_weights(
    features: int = 3, hidden: int = 4, layers: int = 1, *, gates: int = 4, both: bool = False, bias: bool = True,
    prefix: str = "", seed: int = 1, dtype: Any = np.float32,
) -> dict[str, np.ndarray]:  # fmt: skip
    """A state_dict of a PyTorch module."""
    rng, found = np.random.default_rng(seed), {}
    for k in range(layers):
        for end in ("", "_reverse")[: 1 + both]:
            inputs = hidden * (1 + both) if k else features
            shapes = {"weight_ih": (gates * hidden, inputs), "weight_hh": (gates * hidden, hidden)}
            shapes |= {"bias_ih": (gates * hidden,), "bias_hh": (gates * hidden,)} if bias else {}
            for kind, shape in shapes.items():
                found[f"{prefix}{kind}_l{k}{end}"] = (0.5 * rng.normal(size=shape)).astype(dtype)
    return found


def keras_weights(
    path: str, features: int, hidden: int, *, gates: int = 4, bias: tuple[int, ...] | None = (), seed: int = 1
) -> dict[str, np.ndarray]:
    """The weights of a Keras layer at `path`; `bias`: the axes in front of its own, or None for no bias."""
    rng = np.random.default_rng(seed)
    shapes = {"kernel": (features, gates * hidden), "recurrent_kernel": (hidden, gates * hidden)}
    shapes |= {} if bias is None else {"bias": (*bias, gates * hidden)}
    return {f"{path}/{kind}": (0.5 * rng.normal(size=shape)).astype(np.float32) for kind, shape in shapes.items()}
