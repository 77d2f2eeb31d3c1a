"""The player: steps through one recurrent cell in the browser, with every number on the diagram."""

from lstm_ui.components.player.head import head_payload
from lstm_ui.components.player.payload import payload
from lstm_ui.components.player.player import Position, player

__all__ = ["Position", "head_payload", "payload", "player"]
