"""What the state after a step is made of, token by token, and how long each unit keeps what it has."""

from __future__ import annotations

import streamlit as st

from lstm_core import memory, rnn
from lstm_ui import frame, heat
from lstm_ui.components.ledger import ledger, ledger_payload
from lstm_ui.heat import Look
from lstm_ui.nets import MOST_FOLLOWED

NO_LEDGER = (
    "A plain RNN has no ledger. Its state goes through a matrix and an activation at every step, so nothing that was "
    "written stands in it as a part of a sum: there is no gate that keeps, and no half-life. That is why it forgets as "
    "it does. Choose an LSTM or a GRU to see one."
)


def show(look: Look) -> None:
    """The section."""
    trace, seen = look.seen.trace, look.seen
    if isinstance(trace, rnn.Trace):
        st.info(NO_LEDGER)
        return
    found = memory.ledger(trace, look.step)
    unit = look.unit if look.unit in seen.shown else None
    payload = ledger_payload(
        found,
        ident=f"{seen.ident} {look.step}",
        tokens=seen.tokens,
        step=look.step,
        unit=unit,
        units=seen.shown,
        signal=heat.state(trace),
        half_lives=memory.half_lives(trace),
        reach=memory.reach(found),
        words=look.given.is_apart,
        writes=memory.written(trace),
    )
    ledger(payload, key="ledger", on_pick=_picked)
    say(look)


def _picked() -> None:
    """The unit of the ledger becomes that of the heatmaps; all units together are no unit."""
    found = st.session_state["ledger"].get("pick") or {}
    unit = found.get("unit") if isinstance(found, dict) else None
    if type(unit) in (int, float) and 0 <= unit < MOST_FOLLOWED:
        heat.turn(u=int(unit) + 1)


def say(look: Look) -> None:
    """What the figure is, and is not."""
    signal = heat.state(look.seen.trace)
    rest = "" if len(look.seen.shown) == look.seen.hidden else " All units: those on this page."
    st.caption(
        frame.plain(
            f"{signal} after step {look.step + 1} is exactly the sum of these bars, in every unit: what each step "
            "wrote, times all the gates that have kept it since. The gates themselves depend on the text as well: the "
            f"sum says where the content comes from, not what let it stay.{rest}"
        )
    )
