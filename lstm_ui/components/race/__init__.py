"""Several runs in one picture that grows: loss, share of right trials, and how much of the gradient is left."""

from lstm_ui.components.race.payload import Racer, race_payload
from lstm_ui.components.race.race import feed, picture

__all__ = ["Racer", "feed", "picture", "race_payload"]
