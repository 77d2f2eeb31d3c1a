"""How much of the time the gates of every unit are shut or open; follows a run in training."""

from lstm_ui.components.saturation.payload import saturation_payload
from lstm_ui.components.saturation.saturation import feed, picture, read_pick, saturation

__all__ = ["feed", "picture", "read_pick", "saturation", "saturation_payload"]
