"""The same in ten lines of NumPy: code that computes the shown numbers with nothing of this project in it."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

FILE = "gatescope.npz"
INLINE = 160  # numbers that are written into the code; more go into a file beside it

_SIGMOID = "sigmoid = lambda a: 1 / (1 + np.exp(-a))"


def arrays(trace: Any) -> dict[str, np.ndarray]:
    """What the code needs: the input (time, features) in the order in which the cell reads it, and the weights."""
    x = trace.x[:, 0]
    params = trace.params
    found = {"x": x[::-1] if trace.reverse else x, "W_x": params.W_x, "W_h": params.W_h, "b": params.b}
    return found if getattr(params, "p", None) is None else found | {"p": params.p}


def npz(trace: Any) -> bytes:
    """`arrays` as the bytes of the file that the code opens."""
    buffer = io.BytesIO()
    np.savez(buffer, **{name: np.ascontiguousarray(array) for name, array in arrays(trace).items()})
    return buffer.getvalue()


def needs_file(trace: Any) -> bool:
    """Whether the code opens `FILE`, because the numbers are too many to read."""
    return sum(array.size for array in arrays(trace).values()) > INLINE


def code(trace: Any, cell: str) -> str:
    """Python code that runs the cell over the sequence and prints every state, in reading order.

    Parameters
    ----------
    trace : Trace
        Of a free run from zero states; its first sequence is taken.
    cell : {"lstm", "gru", "rnn"}

    Returns
    -------
    str
    """
    found = arrays(trace)
    if needs_file(trace):
        names = ", ".join(found)
        read = ", ".join(f'd["{name}"]' for name in found)
        lines = [f'with np.load("{FILE}") as d:', f"    {names} = {read}"]
    else:
        lines = [f"{name} = np.array({_literal(array)})" for name, array in found.items()]
    body = loop(trace.params, cell)
    order = "  # this direction reads from the last step to the first: x is turned round" if trace.reverse else ""
    return (
        "\n".join(["import numpy as np", *lines, *body]).replace("in enumerate(x, 1):", f"in enumerate(x, 1):{order}")
        + "\n"
    )


def loop(params: Any, cell: str) -> list[str]:
    """Lines that run a cell over `x` from zero states and print every step; the loop's head begins with "for"."""
    return {"lstm": _lstm, "gru": _gru, "rnn": _rnn}[cell](params)


def _literal(array: np.ndarray) -> str:
    """Numbers as short as they can be without changing, in brackets."""
    text = np.array2string(array, separator=", ", threshold=array.size + 1, floatmode="unique", max_line_width=110)
    return " ".join(text.split()).replace("[ ", "[")


def _lstm(params: Any) -> list[str]:
    variant, seen = params.variant, {}
    if variant.peephole:
        seen = {"i": " + p[0] * c", "f": " + p[1] * c", "o": " + p[2] * c"}
    gate = {k: f"sigmoid({k}{seen.get(k, '')})" for k in "ifo"}
    i = gate["i"] if variant.input == "learned" else "1.0"
    f = {"learned": gate["f"], "none": "1.0", "coupled": "1 - i"}[variant.forget]
    o = gate["o"] if variant.output == "learned" else "1.0"
    return [
        _SIGMOID,
        "h = c = np.zeros(len(W_h))",
        "for t, x_t in enumerate(x, 1):",
        "    i, f, o, g = np.split(x_t @ W_x + h @ W_h + b, 4)",
        f"    i = {i}",
        f"    f = {f}",
        "    c = f * c + i * np.tanh(g)",
        f"    o = {o}",
        "    h = o * np.tanh(c)",
        '    print(f"step {t}: c = {c.round(4)}, h = {h.round(4)}")',
    ]


def _gru(params: Any) -> list[str]:
    if params.reset_after:
        sums = ["    a, q = x_t @ W_x + b[0], h @ W_h + b[1]", "    r, z, _ = np.split(sigmoid(a + q), 3)"]
        candidate = "    n = np.tanh(np.split(a, 3)[2] + r * np.split(q, 3)[2])"
    else:
        sums = [
            "    a, q = x_t @ W_x + b, np.split(W_h, 3, axis=1)",
            "    r, z = (sigmoid(np.split(a, 3)[k] + h @ q[k]) for k in (0, 1))",
        ]
        candidate = "    n = np.tanh(np.split(a, 3)[2] + (r * h) @ q[2])"
    return [
        _SIGMOID,
        "h = np.zeros(len(W_h))",
        "for t, x_t in enumerate(x, 1):",
        *sums,
        candidate,
        "    h = (1 - z) * n + z * h",
        '    print(f"step {t}: h = {h.round(4)}")',
    ]


def _rnn(params: Any) -> list[str]:
    activation = "np.tanh(a)" if params.activation == "tanh" else "np.maximum(a, 0)"
    return [
        "h = np.zeros(len(W_h))",
        "for t, x_t in enumerate(x, 1):",
        "    a = x_t @ W_x + h @ W_h + b",
        f"    h = {activation}",
        '    print(f"step {t}: h = {h.round(4)}")',
    ]
