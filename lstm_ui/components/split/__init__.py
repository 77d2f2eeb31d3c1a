"""Which way the gradient came: parts that add up at every step, and the product of forget gates against the truth."""

from lstm_ui.components.split.payload import split_payload
from lstm_ui.components.split.split import split

__all__ = ["split", "split_payload"]
