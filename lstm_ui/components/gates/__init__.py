"""Gate heatmaps: a whole layer over a whole text at once, and the chosen unit's text, lines and numbers."""

from lstm_ui.components.gates.gates import gates
from lstm_ui.components.gates.payload import gates_payload
from lstm_ui.components.gates.position import Position

__all__ = ["Position", "gates", "gates_payload"]
