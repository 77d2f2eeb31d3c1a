"""Text whose tokens are coloured by a value, with curves and tags beside it."""

from lstm_ui.components.tokens.payload import tokens_payload
from lstm_ui.components.tokens.tokens import tokens

__all__ = ["tokens", "tokens_payload"]
