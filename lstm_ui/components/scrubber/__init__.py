"""The checkpoint scrubber: drag through a training; gates, loss and what the model says move together."""

from lstm_ui.components.scrubber.payload import scrubber_payload
from lstm_ui.components.scrubber.scrubber import Moment, scrubber

__all__ = ["Moment", "scrubber", "scrubber_payload"]
