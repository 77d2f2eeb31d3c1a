"""The section Gradients of the page Vanishing gradients, and what is common to its four sections, without a browser."""

from __future__ import annotations

import csv
import io
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from streamlit.testing.v1 import AppTest

from lstm_core import profiles
from lstm_core.random_nets import Recipe
from lstm_ui.race import race
from lstm_ui.setting import write
from lstm_ui.vanishing import form, gradients, honest, how_far, more, wording
from lstm_ui.vanishing.values import Choice, look
from tests.pages.charts import charts, plotted
from tests.pages.training import errors, plain, said
from tests.pages.training import visit as visit_page

PAGE = "pages/4_Vanishing_gradients.py"
FORMS = ("vform_nets", "vform_data")


def visit(*opened: str, **address: str) -> AppTest:
    return visit_page(PAGE, opened=opened, **address)


def curve(at: AppTest, name: str, which: int = 0) -> np.ndarray:
    """The middle line of one name."""
    (found,) = [t for t in charts(at)[which]["data"] if t["name"] == name and t.get("hoverinfo") != "skip"]
    return plotted(found["y"])


def sequences(nets: int = 20, steps: int = 100, size: float = 1.0) -> list[np.ndarray]:
    return [size * np.random.default_rng((seed, 2)).normal(size=(steps, 4)) for seed in range(nets)]


def median(values: Any) -> np.ndarray:
    return np.median(values / values[:, :1], axis=0)


def test_a_newcomer_sees_real_gradients_of_three_cells_and_the_bound() -> None:
    at = visit()
    assert not errors(at) and not at.query_params
    own = {cell: profiles.survey(Recipe(cell, 16), sequences()) for cell in ("rnn", "gru", "lstm")}  # type: ignore[arg-type]
    assert_allclose(curve(at, "RNN, h"), median(own["rnn"].dh), rtol=1e-9)
    assert_allclose(curve(at, "GRU, h"), median(own["gru"].dh), rtol=1e-9)
    assert own["lstm"].dc is not None and own["rnn"].bound is not None
    assert_allclose(curve(at, "LSTM, c"), median(own["lstm"].dc), rtol=1e-9)
    assert_allclose(curve(at, gradients.BOUND), median(own["rnn"].bound), rtol=1e-9)
    words = said(at)
    assert f"50 steps before the end the gradient is {median(own['rnn'].dh)[50]:.1e} of what it was" in words
    gone = np.flatnonzero(median(own["gru"].dh) >= 0.01).max() + 1
    assert re.search(rf"GRU, h:\*\* .* less than 1 % is left after {gone} steps", words)
    halves = np.median([99 / np.log2(row[0] / row[-1]) for row in own["lstm"].dc])
    assert re.search(rf"LSTM, c:\*\* .* it halves every {halves:.1f} steps", words)
    assert "RNN 16 units (336 parameters), GRU 16 units (1,056 parameters), LSTM 16 units (1,344 parameters)" in words
    assert "Loss: the sum w·h of the last step" in words and "The bound holds at every step in 20 of 20 nets." in words


def test_a_preset_writes_settings_and_the_next_one_leaves_nothing_of_it() -> None:
    at = visit(vsteps="60")
    shown = {}
    for name, (_, changes) in form.PRESETS.items():
        at.button(key=f"vpreset_{name}").click().run()
        assert not errors(at)
        wanted = {key: write(value) for key, value in changes.items()}
        assert dict(at.query_params) == {"vsteps": "60", **wanted}
        assert at.button(key=f"vpreset_{name}").proto.type == "primary"
        shown[name] = [curve(at, line) for line in ("RNN, h", "GRU, h", "LSTM, c")]
    usual, bias3, chrono, explosion = (shown[name] for name in ("usual", "bias3", "chrono", "explosion"))
    assert_allclose(usual[0], bias3[0])  # the RNN has no such bias
    assert bias3[2][-1] > 0.1 > 1e-3 > usual[2][-1] > usual[0][-1]
    assert_allclose(bias3[1], usual[1])
    assert chrono[1][-1] > 0.1 > usual[1][-1]
    assert explosion[0][-1] > 100
    at.button(key="start_over").click().run()
    assert not at.query_params


def test_what_is_claimed_is_worked_out_and_not_assumed() -> None:
    at = visit(vweights="identity", vact="relu", vsize="0.1")
    (warning,) = [plain(element.value) for element in at.warning]
    own = profiles.survey(Recipe("gru", 16, "identity"), sequences(size=0.1))
    assert "the plain RNN keeps more" in warning
    assert f"GRU (at h): {median(own.dh)[99]:.1e}." in warning and "LSTM" not in warning
    told = said(visit(vradius="all", vrho="4.0"))
    assert "Here gradients explode: after 99 steps more than 100 times as large in RNN (at h)." in told
    assert "keeps more" not in told and re.search(r"RNN, h:\*\* .* 6,330 times what it was; .* it doubles every", told)
    mixed = visit(vradius="each", vrho_rnn="4.0")  # it explodes, the others vanish: nobody keeps more
    assert not mixed.warning and "less than 1 % is left in GRU (at h), LSTM (at c)" in said(mixed)
    assert not visit(vbias="chrono", vupdate="1").warning
    nothing = said(visit(vradius="all", vrho="0.0"))
    assert "RNN, h:** 50 steps before the end the gradient is exactly 0; less than 1 % is left after 1 step." in nothing
    assert "must vanish, in 20 of 20 nets" in nothing
    alone = said(visit(vnets="1", vsteps="20", seed="3"))
    assert "Line: one untrained net of each kind, seed 3. The cells" in alone and "in 1 of 1 net." in alone


def test_clipping_shortens_and_changes_no_share() -> None:
    at = visit(vradius="all", vrho="4.0", vpart="clip", vclip="2.5")
    rows = {row["cell"]: row for row in at.dataframe[0].value.to_dict("records")}
    own = profiles.survey(Recipe("rnn", 16, radius=4.0), sequences())
    assert float(rows["RNN"]["length before"]) == pytest.approx(np.median(own.gradient), rel=1e-2)
    assert rows["RNN"]["after"] == "2.5"
    for row in rows.values():
        assert row["share of the farther half before"] == row["and after"]
    far = np.median(own.dh[:, 50:].sum(axis=1) / own.dh.sum(axis=1))
    assert rows["RNN"]["and after"] == f"{far * 100:.0f} %"
    assert f"of {(own.gradient > 2.5).sum()} of 20 RNNs" in said(at)
    before, after = charts(at)[1]["data"][:2]
    assert_allclose(plotted(before["y"]), own.gradient)
    assert_allclose(plotted(after["y"]), np.minimum(own.gradient, 2.5))


def test_one_net_stands_under_its_own_bound() -> None:
    at = visit(*FORMS, vpart="one", vnet="7", vradius="all", vrho="0.6")
    own = profiles.survey(Recipe("rnn", 16, radius=0.6), sequences())
    assert own.bound is not None
    assert_allclose(curve(at, "RNN, h", 1), own.dh[7] / own.dh[7, 0], rtol=1e-9)
    assert_allclose(curve(at, "RNN, its own bound", 1), own.bound[7] / own.bound[7, 0], rtol=1e-9)
    assert (curve(at, "RNN, h", 1) <= curve(at, "RNN, its own bound", 1)).all()
    table = at.dataframe[0].value
    assert list(table["cell"] + table["gate"]) == ["RNNh", *(f"GRU{g}" for g in "rzn"), *(f"LSTM{g}" for g in "ifog")]
    assert set(table["spectral radius"]) == {"0.600"}
    assert table["σ_max"][0] == f"{own.spectra[7]['h'].sigma:.3f}"
    at.number_input(key="vnets").set_value(3).run()  # there is no net 7 any more
    assert not errors(at) and at.selectbox(key="vnet").value == 2


def test_a_net_with_as_many_parameters_a_radius_for_one_gate_and_a_loss_of_its_own() -> None:
    address = {"vmatch": "parameters", "vradius": "each", "vrho_lstm": "0.3", "vgate_lstm": "f", "vrho_gru": "1.5"}
    at = visit(*FORMS, vloss="norm", vscale="raw", vstate="both", vunits="10", vnets="4", seed="3", **address)
    assert "about the same number of parameters: RNN 22 units (594 parameters)" in said(at)
    (rows,) = [frame.value for frame in at.dataframe if "gradient of" in frame.value]
    lstm = rows.set_index("gradient of").loc["LSTM, c"]
    assert "f 0.30" in lstm["spectral radius"] and "i 0.30" not in lstm["spectral radius"]
    assert rows.set_index("gradient of").loc["GRU, h"]["spectral radius"] == "1.50"
    x = [np.random.default_rng((seed, 2)).normal(size=(100, 4)) for seed in range(3, 7)]
    own = profiles.survey(Recipe("lstm", 10, radius=0.3, gate="f"), x, loss="norm", seed=3)
    assert_allclose(curve(at, "LSTM, h"), np.median(own.dh, axis=0), rtol=1e-9)
    assert "Loss: |h|²/2 of the last step" in said(at) and "band: all of them" in said(at)
    assert "seeds 3 to 6" in said(at)


def test_a_text_of_the_reader_is_read_letter_by_letter_and_a_short_one_is_said_to_be_short() -> None:
    at = visit(*FORMS, vdata="text", vtext="abcabcabcabc")
    assert "Your text has 12 characters, so there are 12 steps instead of 100." in said(at)
    assert curve(at, "RNN, h").shape == (12,)
    assert "12 characters of your text" in said(at)
    at.text_area(key="vtext").set_value("xyz" * 50).run()
    assert "Only the first 100 characters of your text are read" in said(at)
    assert curve(at, "RNN, h").shape == (100,)
    for task in ("first", "adding", "order", "copy"):
        shown = visit(vdata=task, vsteps="30", vnets="2")
        assert not errors(shown) and curve(shown, "GRU, h").shape == (30,)
        assert "the first 30 steps of a sequence of the task" in said(shown)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ({"vdata": "text", "vtext": ""}, "text: expected at least one character, got nothing to read"),
        ({"vdata": "text", "vtext": "short"}, "text: expected at least 10 characters, got 5; write a little more"),
        ({"vdata": "text", "vtext": "x" * 20_001}, "vtext: expected at most 20,000 characters"),
        (
            {"vsteps": "100000"},
            "vsteps: expected a whole number from 10 to 200, got '100000' in the link; '100' is used",
        ),
        ({"vnets": "-1"}, "vnets: expected a whole number from 1 to 50"),
        ({"vrho": "nan", "vradius": "all"}, "vrho: expected a number from 0 to 4"),
        ({"vbias": "7"}, "vbias: expected one of 0, 1, 3, chrono"),
        ({"show": "nothing"}, "show: expected one of gradients, race, far, honest"),
    ],
)
def test_what_cannot_be_gets_a_message_and_the_page_stands(address: dict[str, str], words: str) -> None:
    at = visit(**address)
    assert words in said(at)
    assert "How to read it" in said(at)
    assert at.button(key="vpreset_usual")


def test_a_browser_cannot_ask_for_more_than_the_widgets_offer(monkeypatch: pytest.MonkeyPatch) -> None:
    at = visit(*FORMS)
    at.number_input(key="vnets").set_value(10**9).run()
    (nets,) = re.findall(r"(one|the median of \d+) untrained net", said(at))
    assert not errors(at) and (nets == "one" or int(nets.split()[-1]) <= 50)
    state = {setting.key: setting.default for setting in gradients.SETTINGS}
    for key, value, words in (("vnets", 10**9, "nets: .* from 1 to 50"), ("vrho", float("nan"), "rho: .* from 0 to 4")):
        monkeypatch.setattr(gradients, "st", SimpleNamespace(session_state={**state, key: value}))
        with pytest.raises(ValueError, match=words):
            gradients.chosen()


def test_all_numbers_can_be_taken_along() -> None:
    found = look(Choice(nets=2, steps=12, units=3, seed=5))
    rows = list(csv.DictReader(io.StringIO(more.to_csv(found).decode())))
    assert len(rows) == 3 * 2 * 12
    for row in rows:
        survey, net, lag = found.surveys[row["cell"].lower()], int(row["seed"]) - 5, int(row["steps_back"])
        assert float(row["dL_dh"]) == survey.dh[net, lag]
        for column, values in (("dL_dc", survey.dc), ("bound", survey.bound)):
            assert row[column] == "" if values is None else float(row[column]) == values[net, lag]


def test_only_the_section_that_is_looked_at_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(gradients, "look", lambda choice: looked.append(choice) or look(choice))
    visit(show="far")
    assert not looked
    at = visit(vnets="2")
    assert len(looked) == 1
    at.segmented_control(key="vpart").set_value("one").run()
    assert len(looked) == 1  # what has been computed is kept
    at.segmented_control(key="show").set_value("far").run()
    at.segmented_control(key="show").set_value("gradients").run()
    assert len(looked) == 1 and at.query_params["vnets"] == "2"


def test_no_two_sections_share_a_name_in_the_address() -> None:
    keys = ["show", *(s.key for section in (gradients, race, how_far, honest) for s in section.SETTINGS)]
    assert len(set(keys)) == len(keys)


def test_nets_of_which_none_has_a_gradient_are_called_so() -> None:
    found = look(Choice(act="relu", nets=3, steps=20, units=2, loss="norm"))
    dead = {**found.surveys, "rnn": found.surveys["rnn"]._replace(dh=np.zeros((3, 20)))}
    lines = wording.reading(found._replace(surveys=dead), "c")
    assert lines[0] == "**RNN, h:** there is no gradient in any of the nets: nothing has reached the last step."
    assert np.isfinite(wording.left(np.array([[0.0, 0.0], [2.0, 1.0]]), 1))
