"""A whole trained net in plain NumPy: code that goes from the ids of tokens to probabilities, and opens one file."""

from __future__ import annotations

from typing import Any

from lstm_core.models import Classifier, LanguageModel
from lstm_plots import snippet

FILE = "gatescope_net.npz"  # of it the code reads the arrays of `lstm_core.models.arrays`, "ids", "tokens", "labels"


def code(model: Any) -> str:
    """Python code that computes what a net says after every token, and prints the most probable output of each step.

    Parameters
    ----------
    model : LanguageModel, Classifier or Tagger

    Returns
    -------
    str
        It leaves `y` (time, outputs), the logits, and `p`, the probabilities.
    """
    first = model.layers[0]
    helper, (head, *steps) = _split(snippet.loop(first.forward, first.cell))
    names = [name for name in ("W_x", "W_h", "b", "p") if getattr(first.forward, name, None) is not None]
    quoted = ", ".join(f'"{name}"' for name in names)
    read = f'(d[f"layers.{{k}}.{{way}}.{{name}}"] for name in ({quoted}))'
    lines = ["import numpy as np", "", f'd = np.load("{FILE}")', *helper, ""]
    lines += ["def run(x, k, way):  # (time, features) to (time, units)", f"    {', '.join(names)} = {read}"]
    lines += [f"    {head}", "    found = []", *(f"    {line}" for line in steps), "        found.append(h)"]
    lines += ["    return np.array(found)", ""]
    return "\n".join([*lines, *_stack(model), "", *_says(model)]) + "\n"


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first state, and the rest without what it prints; a step's number is not needed."""
    start = next(k for k, line in enumerate(lines) if line.startswith("h ="))
    return lines[:start], [line.replace("t, x_t in enumerate(x, 1)", "x_t in x") for line in lines[start:-1]]


def _stack(model: Any) -> list[str]:
    """From tokens to what the output layer reads."""
    forward, backward = 'run(x, k, "forward")', 'run(x[::-1], k, "backward")[::-1]'
    both = model.layers[0].backward is not None
    inner = f"np.hstack([{forward}, {backward}])" if both else forward
    lines = [
        "def outputs(ids):",
        '    x = d["embedding"][ids]',
        f"    for k in range({len(model.layers)}):",
        f"        x = {inner}",
    ]
    if not isinstance(model, Classifier):
        return [*lines, "    return x"]
    if model.pooling == "mean":
        return [*lines, "    return x.mean(axis=0)"]
    width = model.layers[-1].forward.hidden
    last = f"np.hstack([x[-1, :{width}], x[0, {width}:]])  # each direction's own last step" if both else "x[-1]"
    return [*lines, f"    return {last}"]


def _says(model: Any) -> list[str]:
    """The output layer, over the ids of the text on the screen."""
    W = 'd["embedding"].T' if model.W_out is None else 'd["W_out"]'
    names = "tokens" if isinstance(model, LanguageModel) else "labels"
    each = "outputs(ids)"
    if isinstance(model, Classifier):  # after every token, as if the text ended there
        each = "np.array([outputs(ids[: t + 1]) for t in range(len(ids))])"
    return [
        f'ids, tokens, names = d["ids"], d["tokens"].tolist(), d["{names}"].tolist()  # the text on the screen',
        f'y = {each} @ {W} + d["b_out"]',
        "p = np.exp(y - y.max(axis=1, keepdims=True))",
        "p /= p.sum(axis=1, keepdims=True)",
        "for t, k in enumerate(p.argmax(axis=1)):",
        '    print(f"step {t + 1}: {tokens[ids[t]]!r} -> {names[k]!r} {p[t, k]:.4f}")',
    ]
