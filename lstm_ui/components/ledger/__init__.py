"""Where the state of a unit came from: one signed bar a token, and their sum."""

from lstm_ui.components.ledger.ledger import ledger
from lstm_ui.components.ledger.payload import ledger_payload

__all__ = ["ledger", "ledger_payload"]
