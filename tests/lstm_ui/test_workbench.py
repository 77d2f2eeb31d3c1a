"""The tabs of a training page are drawn by a fragment, without the run of the page that sets all settings."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _tabs() -> None:
    import streamlit as st

    from lstm_ui import address
    from lstm_ui.setting import Setting, number
    from lstm_ui.training import workbench

    address.restore("Language model", [Setting("probe", "usual"), number("temperature", 1.0, 0.1, 2.0)])
    address.put(probe="typed", temperature=0.5)
    st.session_state["section"] = st.session_state.get("opened before", "one")
    del st.session_state["probe"], st.session_state["temperature"]  # as Streamlit does

    def draw(net: object, view: object) -> None:
        st.text_input("Text", key="probe")
        st.slider("Temperature", 0.1, 2.0, key="temperature")

    workbench._sections(None, None, {"one": draw, "two": draw})  # type: ignore[arg-type]


def test_a_tab_that_was_open_before_gets_back_what_streamlit_has_forgotten() -> None:
    at = AppTest.from_function(_tabs).run()
    assert not at.exception
    assert at.text_input(key="probe").value == "typed"
    assert at.slider(key="temperature").value == 0.5


def test_a_tab_that_is_opened_anew_gets_what_was_chosen_in_another() -> None:
    at = AppTest.from_function(_tabs)
    at.session_state["opened before"] = "two"
    assert at.run().text_input(key="probe").value == "typed"
