"""What several browser components share: mounting, colour tables, small pieces of JavaScript."""

from lstm_ui.components.shared.assets import Assets, plain_number, plain_text, tokens_json

__all__ = ["Assets", "plain_number", "plain_text", "tokens_json"]
