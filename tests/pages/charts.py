"""What the Plotly charts of a page hold."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest


def charts(at: AppTest) -> list[dict[str, Any]]:
    """Every chart of the page, as the browser gets it."""
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def plotted(values: Any) -> np.ndarray:
    """Numbers as Plotly writes them: a list, or packed as base64; NaN for a gap."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=np.dtype(values["dtype"]))
    return np.array([np.nan if value is None else value for value in values], float)
