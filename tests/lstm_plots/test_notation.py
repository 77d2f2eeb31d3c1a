"""Six notations: every signal has a label, every formula is complete, and docs/notation.md has them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lstm_plots import notation
from lstm_plots.formulas import formulas

DOCS = (Path(__file__).parents[2] / "docs" / "notation.md").read_text(encoding="utf-8")
LSTM_VARIANTS = [
    {},
    {"peephole": True},
    {"forget": "none"},
    {"forget": "coupled"},
    {"input": "none"},
    {"output": "none"},
    {"forget": "none", "input": "none", "output": "none", "peephole": True},
]
KINDS = [("lstm", variant) for variant in LSTM_VARIANTS]
KINDS += [("gru", {"reset_after": True}), ("gru", {"reset_after": False}), ("rnn", {}), ("rnn", {"activation": "relu"})]
ALL = pytest.mark.parametrize("name", notation.NOTATIONS)
EACH = pytest.mark.parametrize(("cell", "variant"), KINDS, ids=str)


def keys(filled: str) -> list[str]:
    return re.findall(r"\{([\w.]+)\}", filled)


@ALL
@EACH
def test_every_signal_of_a_formula_carries_the_label_of_its_notation(cell, variant, name):
    labels = notation.labels(cell, name)
    for formula in (formula for chapter in formulas(cell, variant, name) for formula in chapter):
        for key, label in re.findall(r"\[([\w.]+)\|([^\]]*)\]", formula.symbolic):
            # colah's own z is one minus ours: the one place where a letter is not the label.
            assert label == labels[key] or (name, key, label) == ("colah", "z", "z_{t}"), formula


@ALL
@EACH
def test_every_notation_is_filled_with_the_same_numbers(cell, variant, name):
    ours = [[(f.result, sorted(keys(f.filled))) for f in chapter] for chapter in formulas(cell, variant)]
    theirs = [[(f.result, sorted(keys(f.filled))) for f in chapter] for chapter in formulas(cell, variant, name)]
    assert theirs == ours


@ALL
@EACH
def test_no_template_place_is_left_open(cell, variant, name):
    for formula in (formula for chapter in formulas(cell, variant, name) for formula in chapter):
        bare = re.sub(r"[_^]\{[^{}]*\}", "", formula.symbolic)
        assert "{" not in bare and "}" not in bare, formula.symbolic
        assert "*" not in re.sub(r"\*(σ|tanh|relu)\*", "", formula.symbolic), formula.symbolic


@EACH
def test_removed_and_coupled_gates_have_no_sum(cell, variant):
    results = {formula.result for chapter in formulas(cell, variant) for formula in chapter}
    for gate, name in (("f", "forget"), ("i", "input"), ("o", "output")):
        if cell == "lstm":
            assert (f"a.{gate}" in results) == (variant.get(name, "learned") == "learned")


def test_with_peepholes_the_output_gate_waits_for_the_cell_state():
    chapters = formulas("lstm", {"peephole": True})
    assert [formula.result for formula in chapters[4]] == ["a.o", "o", "h"]
    assert "{p.o}" in chapters[4][0].filled and "[c|c_{t}]" in chapters[4][0].symbolic
    assert all(formula.result not in ("a.o", "o") for chapter in chapters[:4] for formula in chapter)


def test_letters_are_the_ones_the_sources_use():
    assert [notation.labels("lstm", "d2l")[k] for k in "ifogch"] == [
        "I_{t}",
        "F_{t}",
        "O_{t}",
        "C̃_{t}",
        "C_{t}",
        "H_{t}",
    ]
    assert [notation.labels("lstm", "colah")[k] for k in "ifogch"] == [
        "i_{t}",
        "f_{t}",
        "o_{t}",
        "C̃_{t}",
        "C_{t}",
        "h_{t}",
    ]
    assert [notation.labels("lstm", "pytorch")[k] for k in "ifogch"] == [
        "i_{t}",
        "f_{t}",
        "o_{t}",
        "g_{t}",
        "c_{t}",
        "h_{t}",
    ]
    assert notation.labels("gru", "keras")["n"] == "h̃_{t}"


def test_colahs_z_is_one_minus_ours_and_the_reader_is_told():
    assert notation.labels("gru", "colah")["z"] == "1−z_{t}"
    state = formulas("gru", {}, "colah")[4][0]
    assert state.filled == "{h} = {z} · {h_prev} + (1 − {z}) · {n}"
    assert any("1 minus ours" in note for note in notation.notes("gru", {}, "colah"))


def test_the_articles_formulas_are_corrected_in_words():
    (note,) = notation.notes("lstm", {}, "article")
    assert "cannot be computed as printed" in note and "H′_t" in note
    assert notation.notes("lstm", {}, "gatescope") == ()


@pytest.mark.parametrize("call", [notation.labels, lambda cell, name: formulas(cell, {}, name)])
def test_unknown_names_are_refused(call):
    with pytest.raises(ValueError, match="notation: expected one of gatescope"):
        call("lstm", "matlab")
    with pytest.raises(ValueError, match="cell: expected one of lstm, gru, rnn, got 'cnn'"):
        call("cnn", "keras")


def plain(label: str) -> str:
    return re.sub(r"[_^]\{([^}]*)\}", r"_\1", label)


@ALL
def test_the_page_in_docs_has_every_label_and_every_notation(name):
    assert notation.TITLES[name] in DOCS
    for cell in ("lstm", "gru"):
        for label in notation.labels(cell, name).values():
            if not label.startswith(("a_", "tanh")):
                assert f"`{plain(label)}`" in DOCS, (cell, label)
