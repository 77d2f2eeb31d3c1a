"""Weights in other formats, known by their first bytes: what they are and how they become safetensors. Nothing in them
is read, let alone unpickled: a pickle can run any code.
"""

from __future__ import annotations

from lstm_runs._headers import LENGTH

_FROM_TORCH = """import torch
from safetensors.torch import save_file
weights = torch.load("model.pt", map_location="cpu", weights_only=True)
save_file({name: tensor.clone().contiguous() for name, tensor in weights.items()}, "model.safetensors")"""
_FROM_KERAS = """import keras, numpy as np
from safetensors.numpy import save_file
model = keras.models.load_model("model.keras")
weights = {f"{k}/{w.path}": keras.ops.convert_to_numpy(w) for k, w in enumerate(model.weights)}
save_file({name: np.ascontiguousarray(array) for name, array in weights.items()}, "model.safetensors")"""
_FROM_NUMPY = """import numpy as np
from safetensors.numpy import save_file
weights = np.load("model.npz", allow_pickle=False)
save_file({name: np.ascontiguousarray(weights[name]) for name in weights.files}, "model.safetensors")"""

_NAME = 30  # where a ZIP archive has the name of its first file, and two bytes with its length
_NAME_LENGTH = 26


class FormatError(ValueError):
    """A file of another format; `sentence` is the message, `code` the lines of Python that convert such a file."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(f"{sentence}\n\n{code}" if code else sentence)
        self.sentence = sentence
        self.code = code


def check_format(data: bytes) -> None:
    """Refuse what is known to be another format than safetensors.

    Raises
    ------
    FormatError
        With how to convert it.

    Examples
    --------
    >>> try:
    ...     check_format(b"PK\\x03\\x04" + bytes(22) + b"\\x10\\x00\\x00\\x00" + b"archive/data.pkl")
    ... except FormatError as error:
    ...     print(error.sentence[:60])
    file: expected safetensors, got a pickled PyTorch file (.pt,
    """
    if bytes(data[LENGTH : LENGTH + 1]) == b"{":  # safetensors; its length may be the first bytes of a pickle
        return
    found = _kind(bytes(data[:256]))
    if found:
        raise FormatError(*found)


def _kind(start: bytes) -> tuple[str, str] | None:
    """What a file is and the code that converts it; None: not known."""
    if start.startswith(b"PK\x03\x04"):
        return _archive(start)
    if start.startswith(b"\x89HDF\r\n\x1a\n"):
        return (
            "file: expected safetensors, got an HDF5 file (.h5), as Keras writes it; open it in Keras, where you trust "
            "it, and save its weights with these lines (of a .weights.h5 file: build the model, then load_weights)",
            _FROM_KERAS.replace("model.keras", "model.h5"),
        )
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return _pickled("a pickle, as old PyTorch files (.pt, .pth) are")
    if start.startswith(b"\x93NUMPY"):
        return (
            "file: expected safetensors, got a NumPy array (.npy); if these are the inputs, give the file there, else "
            "save all weights as one safetensors file",
            "",
        )
    if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        return "file: expected safetensors, got text that looks like JSON; if it is the vocabulary, give it there", ""
    return None


def _archive(start: bytes) -> tuple[str, str]:
    """What a ZIP archive is, by the name of its first file."""
    length = int.from_bytes(start[_NAME_LENGTH : _NAME_LENGTH + 2], "little")
    first = start[_NAME : _NAME + length]
    if first.endswith(b".pkl") or b"/data" in first or first.endswith((b"/version", b"/.format_version")):
        return _pickled("a pickled PyTorch file (.pt, .pth)")
    if first in (b"metadata.json", b"config.json") or first.endswith(b".h5"):
        return (
            "file: expected safetensors, got a Keras file (.keras); open it in Keras, where you trust it, and save its "
            "weights with these lines",
            _FROM_KERAS,
        )
    if first.endswith(b".npy"):
        return (
            "file: expected safetensors, got NumPy arrays (.npz); save them again with these lines, under the names "
            "that PyTorch or Keras gives them",
            _FROM_NUMPY,
        )
    return (
        "file: expected safetensors, got a ZIP archive; unpack it and open the .safetensors file in it; if it is a "
        "PyTorch file (.pt, .pth), nothing in it was unpickled: convert it with these lines",
        _FROM_TORCH,
    )


def _pickled(what: str) -> tuple[str, str]:
    return (
        f"file: expected safetensors, got {what}; opening such a file can run any code in it, so nothing was unpickled "
        "here; convert it on your own machine, if you trust it, with these lines",
        _FROM_TORCH,
    )
