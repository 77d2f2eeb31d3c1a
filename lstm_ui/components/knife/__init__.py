"""The truncation knife: what is left of every gradient when the way back is cut short."""

from lstm_ui.components.knife.knife import knife
from lstm_ui.components.knife.payload import knife_payload

__all__ = ["knife", "knife_payload"]
