"""The section Published results of the page Experiments: figures of papers beside ours."""

from __future__ import annotations

import streamlit as st

from lstm_ui import frame, stored_view
from lstm_ui.experiments import published_values


def show() -> None:
    """The table, when it was made, and the command that makes it again."""
    found = published_values.results()[1]
    claimed = [one for one in found if one.holds is not None]
    held = sum(bool(one.holds) for one in claimed)
    known = sum(bool(one.published) for one in found)
    st.markdown(
        frame.plain(
            f"{held} of {len(claimed)} bounds are kept. A published figure is known for {known} of {len(found)} "
            "results; where ours differs, the table says by how much, and the note why, if that is known."
        )
    )
    lines = [{name: frame.plain(cell) for name, cell in line.items()} for line in published_values.rows()]
    st.table(lines, border="horizontal", hide_index=True)  # its cells wrap: published figures are sentences
    st.caption(frame.plain(published_values.told()))
    with st.expander("Who published it, what differs, settings"):
        for one in found:
            words = ". ".join(filter(None, (published_values.note(one), one.settings and f"Settings: {one.settings}")))
            st.markdown(f"**{frame.plain(one.title)}**: {frame.plain(words)}")
    st.caption("The same from a shell, on all cores; the second line trains one seed of each:")
    st.code(f"{published_values.COMMAND}\n{published_values.COMMAND} --quick", language="bash")
    whole = stored_view.csv(published_values.rows(whole=True))
    st.download_button("Results (CSV)", whole, "results.csv", "text/csv", key="csv_published", on_click="ignore")
