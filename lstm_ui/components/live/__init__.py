"""The part of a page that changes while a net trains: progress, sample, curves that grow."""

from lstm_ui.components.live.live import live
from lstm_ui.components.live.payload import Sent, live_payload

__all__ = ["Sent", "live", "live_payload"]
