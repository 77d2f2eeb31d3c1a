"""The way back, step by step: what reaches a unit, what each factor lets through, and what goes on."""

from lstm_ui.components.backward.backward import Position, asked_unit, backward
from lstm_ui.components.backward.payload import backward_payload

__all__ = ["Position", "asked_unit", "backward", "backward_payload"]
