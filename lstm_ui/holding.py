"""The widget that holds a signal at a value, over some steps, in some units."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from lstm_core.clamps import Clamp
from lstm_core.stack import CELLS, Layer
from lstm_ui import address
from lstm_ui.nets import MOST_FOLLOWED, MOST_STEPS
from lstm_ui.widgets import CELL_LABELS, FREE


def clamp(layers: Sequence[Layer], layer: int, direction: str, steps: int) -> tuple[Clamp | None, str]:
    """A signal to hold, or None; and a note where the choice holds nothing.

    Parameters
    ----------
    layers : sequence of Layer
    layer, direction
        Those on the screen. What is held may be in another layer: what follows from it is seen in this one.
    steps : int
        Of the sequence.
    """
    state = st.session_state
    layer = min(state["hlayer"], len(layers)) - 1 if state["hlayer"] else layer
    cell, hidden = layers[layer].cell, layers[layer].forward.hidden
    variant = getattr(layers[layer].forward, "variant", None)
    signals = (FREE, *(s for s in CELLS[cell].SIGNALS if variant is None or s not in variant.removed))
    note = ""
    if state["hold"] not in signals:
        note = f"This {CELL_LABELS[cell]} has no signal {state['hold']}: nothing is held any more."
        state["hold"] = FREE
    with st.popover("Hold", key="holding", on_change="rerun") as form:
        if form.open:
            address.drawn("hold", "at", "hunit", "hfrom", "hto", *(["hlayer"] if len(layers) > 1 else []))
            st.segmented_control("Signal", signals, key="hold", required=True)
            left, right = st.columns(2)
            left.number_input("At the value", -10.0, 10.0, step=0.1, key="at")
            right.number_input("Unit (0: all)", 0, MOST_FOLLOWED, key="hunit")
            left.number_input("From step", 1, MOST_STEPS, key="hfrom")
            right.number_input("To step", 1, MOST_STEPS, key="hto", help="Past the last step: to the end")
            if len(layers) > 1:
                st.number_input("In layer (0: the one shown)", 0, len(layers), key="hlayer")
    if state["hold"] == FREE:
        return None, note
    first, last, unit = state["hfrom"], min(state["hto"], steps), state["hunit"]
    if unit > hidden:
        return None, f"Nothing is held: there is no unit {unit}, the layer has {hidden}. Choose another, or 0 for all."
    if first > last:
        return None, f"Nothing is held: the window {first} to {last} is empty. Choose steps between 1 and {steps}."
    units = (unit - 1,) if unit else None
    where = f" in layer {layer + 1}" if len(layers) > 1 else ""
    st.caption(f"{state['hold']} at {state['at']:g}{where}", width="content")
    return Clamp(state["hold"], float(state["at"]), first - 1, last, units, layer, direction), ""  # type: ignore[arg-type]
