"""The part of a page that changes while a net trains: progress, sample, curves that grow."""

from lstm_ui.components.live.live import feed, live, picture
from lstm_ui.components.live.payload import Sent, live_payload

__all__ = ["Sent", "feed", "live", "live_payload", "picture"]
