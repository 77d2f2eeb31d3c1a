"""A run leaves the browser's widgets as they are, because their reader may have gone on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

PAGES = {
    "1_Step_through": {"from": "text", "layers": "2", "both": "1"},
    "2_Gate_heatmaps": {"from": "text", "layers": "2", "both": "1", "against": "token", "place": "2"},
    "3_Backward_pass": {"from": "text", "layers": "2", "both": "1"},
    "4_Vanishing_gradients": {},
    "8_Experiments": {"stored": "adding-lag"},
}


def protos(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from protos(child)
        if getattr(child, "proto", None) is not None:
            yield child.proto


@pytest.mark.parametrize("name", PAGES)
def test_a_run_that_changes_nothing_sets_no_widget(name: str) -> None:
    at = AppTest.from_file("../../app.py", default_timeout=180)
    at.switch_page(f"pages/{name}.py")
    for key, value in PAGES[name].items():
        at.query_params[key] = value
    at.run().run()
    assert not at.exception
    assert [proto.label for proto in protos(at.main) if getattr(proto, "set_value", False)] == []
