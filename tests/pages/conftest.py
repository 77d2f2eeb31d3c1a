"""Fixtures of the page tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from lstm_ui import runs


@pytest.fixture
def own_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Runs of this test alone: in this process, in a folder of its own."""
    monkeypatch.setenv("GATESCOPE_EXECUTOR", "inline")
    monkeypatch.setenv("GATESCOPE_DATA", str(tmp_path))
    st.cache_resource.clear()
    yield
    runs.service().close()
    st.cache_resource.clear()
