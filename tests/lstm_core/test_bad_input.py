"""Bad input to a cell is refused with words a reader can act on: what, expected, got, and what to do about it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from lstm_core import stack
from lstm_core.clamps import Clamp
from lstm_core.lstm import Variant
from tests.cases import Case, Given, make, run
from tests.checks import check_refused as check

T, B, F, H = 5, 3, 2, 4
CELLS = {"lstm": Case("lstm"), "gru": Case("gru"), "rnn": Case("rnn")}
ALL = {"lstm": "i, f, o, g, c, h", "gru": "r, z, n, h", "rnn": "h"}


@pytest.fixture(params=CELLS, ids=str)
def case(request: pytest.FixtureRequest) -> Case:
    return CELLS[request.param]


@pytest.fixture
def given(case: Case) -> Given:
    return make(case)


@pytest.mark.parametrize("shape", [(T, B, F + 3), (T, B), (B,), (T, B, F, 1), ()])
def test_x_of_another_shape(case: Case, given: Given, shape: tuple[int, ...]) -> None:
    check(lambda: run(case, given, x=np.ones(shape)), "x: expected shape (time, batch, features=2)", f"got {shape}")


@pytest.mark.parametrize("shape", [(0, B, F), (T, 0, F)])
def test_x_without_steps_or_sequences(case: Case, given: Given, shape: tuple[int, ...]) -> None:
    check(lambda: run(case, given, initial=None, x=np.ones(shape)), "x: expected", f"got {shape}")


@pytest.mark.parametrize("dtype", ["complex128", "U1", "O", "bool", "datetime64[D]"])
def test_x_of_another_kind_than_integer_or_float(case: Case, given: Given, dtype: str) -> None:
    x = np.ones((T, B, F)).astype(int).astype(dtype)
    check(lambda: run(case, given, x=x), "x: expected integers or floats", f"got {x.dtype}")


@pytest.mark.parametrize("value, name", [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_x_with_nan_or_infinity(case: Case, given: Given, value: float, name: str) -> None:
    x = given.x.copy()
    x[3, 1, 1] = value
    check(lambda: run(case, given, x=x), "x: expected finite", f"got {name}", "(3, 1, 1)")


def test_x_that_is_finite_only_in_a_wider_type() -> None:
    case = replace(CELLS["lstm"], dtype="float32")
    given = make(case)
    check(lambda: run(case, given, x=1e300 * np.ones((T, B, F))), "x: expected finite", "inf")


@pytest.mark.parametrize("field", ["W_x", "W_h", "b"])
def test_parameters_that_do_not_fit_each_other(case: Case, given: Given, field: str) -> None:
    old = getattr(given.params, field)
    for wrong in (old[..., :-1], old[None], old[..., None]):
        check(
            lambda wrong=wrong: run(case, given, params=replace(given.params, **{field: wrong})),
            field,
            "expected",
            "got",
        )


@pytest.mark.parametrize("dtype", ["int64", "complex128", "O"])
def test_parameters_of_another_type_than_float(case: Case, given: Given, dtype: str) -> None:
    for field in ("W_x", "W_h", "b"):
        wrong = np.ones_like(getattr(given.params, field)).astype(dtype)
        check(
            lambda f=field, w=wrong: run(case, given, params=replace(given.params, **{f: w})),
            field,
            "expected",
            f"{wrong.dtype}",
        )


def test_parameters_of_mixed_types(case: Case, given: Given) -> None:
    mixed = given.params.W_h.astype("float32")
    check(
        lambda: run(case, given, params=replace(given.params, W_h=mixed)),
        "W_h",
        "expected",
        "float64",
        "got",
        "float32",
    )


@pytest.mark.parametrize("shape", [(B + 1, H), (B, H + 1), (H,), (1, B, H)])
def test_first_states_and_final_gradients_of_another_shape(case: Case, given: Given, shape: tuple[int, ...]) -> None:
    trace = run(case, given)
    for name in case.module.State._fields:
        initial = given.initial._replace(**{name: np.ones(shape)})
        check(
            lambda s=initial: run(case, given, initial=s),
            "initial",
            name,
            "expected",
            "batch=3",
            "hidden=4",
            f"got {shape}",
        )
        check(lambda s=initial: case.module.backward(trace, given.dh, s), "d_final", name, "expected", f"got {shape}")


def test_first_states_with_nan(case: Case, given: Given) -> None:
    for name in case.module.State._fields:
        initial = given.initial._replace(**{name: np.full((B, H), np.nan)})
        check(lambda s=initial: run(case, given, initial=s), "initial", "expected finite", "got nan")


@pytest.mark.parametrize("shape", [(T, B, H + 1), (T + 1, B, H), (B, H)])
def test_gradients_of_another_shape(case: Case, given: Given, shape: tuple[int, ...]) -> None:
    trace = run(case, given)
    check(
        lambda: case.module.backward(trace, np.ones(shape)),
        "dh",
        "expected",
        "time=5",
        "batch=3",
        "hidden=4",
        f"got {shape}",
    )


@pytest.mark.parametrize(
    "lengths, expected, got",
    [
        ([T, 0, 2], "1 to 5", "got 0"),
        ([T, -1, 2], "1 to 5", "got -1"),
        ([T, T + 1, 2], "1 to 5", "got 6"),
        ([5.0, 3.0, 2.0], "integers", "got float64"),
        ([True, True, True], "integers", "got bool"),
        (["5", "3", "2"], "integers", "got <U1"),
        ([5, 3], "(batch=3,)", "got (2,)"),
        ([[5, 3, 2]], "(batch=3,)", "got (1, 3)"),
        (5, "(batch=3,)", "got ()"),
    ],
)
def test_lengths_that_are_no_lengths(case: Case, given: Given, lengths: Any, expected: str, got: str) -> None:
    check(lambda: run(case, given, lengths=lengths), "lengths: expected", expected, got)


@pytest.mark.parametrize("signal", ["x", "C", "tanh_c", "q", "", "dh"])
def test_a_clamp_on_an_unknown_signal(case: Case, given: Given, signal: str) -> None:
    check(
        lambda: run(case, given, clamps=[Clamp(signal, 0.5)]),
        "clamp:",
        f"no signal {signal!r}",
        f"choose one of {ALL[case.cell]}",
    )


def test_the_message_of_the_style_guide() -> None:
    given = make(CELLS["gru"])
    with pytest.raises(ValueError, match=r"^clamp: a GRU has no signal 'o'; choose one of r, z, n, h$"):
        run(CELLS["gru"], given, clamps=[Clamp("o", 0.5)])


@pytest.mark.parametrize(
    "wrong, got",
    [
        ({"value": float("nan")}, "nan"),
        ({"value": float("inf")}, "inf"),
        ({"start": -1}, "-1"),
        ({"start": 3, "stop": 2}, "[3, 2)"),
        ({"start": T}, str(T)),
        ({"stop": T + 1}, str(T + 1)),
        ({"units": (H,)}, str(H)),
        ({"units": (-1,)}, "-1"),
        ({"layer": 1}, "layer 1"),
        ({"layer": -1}, "layer -1"),
        ({"direction": "backward"}, "backward"),
    ],
    ids=str,
)
def test_a_clamp_that_fits_nowhere(case: Case, given: Given, wrong: dict[str, Any], got: str) -> None:
    clamp = Clamp(**{"signal": "h", "value": 0.5, **wrong})
    check(lambda: run(case, given, clamps=[clamp]), "clamp: expected", "got", got)


def test_a_clamp_whose_value_is_too_large_for_the_type(case: Case) -> None:
    single = replace(case, dtype="float32")
    check(lambda: run(single, make(single), clamps=[Clamp("h", 1e300)]), "clamp: expected", "finite", "1e+300")


def test_a_forward_clamp_on_a_cell_that_reads_backwards(case: Case, given: Given) -> None:
    check(
        lambda: run(replace(case, reverse=True), given, clamps=[Clamp("h", 0.5)]),
        "clamp: expected",
        "backward",
        "got",
        "forward",
    )


@pytest.mark.parametrize(
    "features, hidden, name", [(0, H, "features"), (F, 0, "hidden"), (-2, H, "features"), (F, 1.5, "hidden")]
)
def test_sizes_below_one(case: Case, features: Any, hidden: Any, name: str) -> None:
    wrong = features if name == "features" else hidden
    check(lambda: case.module.init(np.random.default_rng(0), features, hidden), f"{name}: expected", f"got {wrong}")


def test_a_type_that_is_no_float(case: Case) -> None:
    check(lambda: case.module.init(np.random.default_rng(0), F, H, dtype=np.int64), "dtype", "expected", "int64")


def test_variants_that_do_not_exist() -> None:
    check(lambda: Variant(forget="coupled", input="none"), "coupled", "input", "got", "none")
    check(lambda: Variant(forget="sometimes"), "forget", "expected", "got 'sometimes'")
    check(lambda: Variant(input="coupled"), "input", "expected", "got 'coupled'")


def test_peepholes_are_given_exactly_when_the_variant_has_them() -> None:
    with_p, without = make(Case("lstm", variant=Variant(peephole=True))).params, make(CELLS["lstm"]).params
    check(lambda: replace(with_p, p=None), "p: expected", "peephole")
    check(lambda: replace(without, p=np.ones((3, H))), "p: expected", "peephole")
    check(lambda: replace(with_p, p=np.ones((H, 3))), "p: expected", "got (4, 3)")


def test_the_bias_of_a_gru_fits_its_reset_gate() -> None:
    before = make(Case("gru", reset_after=False)).params
    check(
        lambda: run(CELLS["gru"], make(CELLS["gru"]), params=replace(before, b=np.ones((2, 12)))),
        "b",
        "expected",
        "got (2, 12)",
    )


def test_an_activation_that_does_not_exist() -> None:
    params = make(CELLS["rnn"]).params
    check(lambda: replace(params, activation="sigmoid"), "activation", "expected", "tanh", "relu", "got 'sigmoid'")


@pytest.mark.parametrize("clamps", [Clamp("h", 0.5), ["h"], "h", [None]], ids=str)
@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_clamps_that_are_no_list_of_clamps(cell: str, clamps: object) -> None:
    layers = stack.init(np.random.default_rng(0), 2, [3], cell)
    for forward in (partial(stack.forward, layers), partial(stack.CELLS[cell].forward, layers[0].forward)):
        check(partial(forward, np.ones((4, 1, 2)), clamps=clamps), "clamps: expected a list or tuple of Clamp")
