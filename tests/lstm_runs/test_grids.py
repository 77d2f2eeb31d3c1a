"""What a sweep comes to: which runs, in which order, and what is refused with what is allowed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_core.corpus import prepare
from lstm_core.sources import Source
from lstm_runs import grids
from lstm_runs.grids import VARIANTS, Between, Sweep, cost, expand, read_toml, seconds

OWN = Source("text", "mine", text="to be or not to be. " * 90)


def test_a_grid_has_every_combination_once_the_last_setting_and_the_seed_fastest() -> None:
    sweep = Sweep("first", over={"hidden": (3, 5), "lag": (4, 9, 7)}, seeds=(2, 0))
    found = [tuple(plan.settings.values()) for plan in expand(sweep)]
    assert found == list(itertools.product((3, 5), (4, 9, 7), (2, 0)))
    assert [plan.number for plan in expand(sweep)] == list(range(1, 13))
    last = expand(sweep)[-1]
    assert (last.config.hidden, last.lag, last.config.seed, last.name) == (5, 7, 0, "hidden=5, lag=7, seed=0")


def test_every_setting_of_a_sweep_reaches_its_run() -> None:
    base = {"hidden": 6, "optimizer": "momentum", "rate": 0.02}
    sweep = Sweep("order", 30, base, {"momentum": (0.5, 0.8), "clip": (0.0, 2.0)}, seeds=(7,))
    for plan, (momentum, clip) in zip(expand(sweep), itertools.product((0.5, 0.8), (0.0, 2.0)), strict=True):
        config = plan.config
        assert (config.hidden, config.optimizer, config.rate, config.seed) == (6, "momentum", 0.02, 7)
        assert (config.momentum, config.clip, plan.lag, config.task) == (momentum, clip, 30, "classifier")


def test_runs_that_come_to_the_same_are_made_once_and_say_so() -> None:
    over = {"cell": ("lstm", "gru", "rnn"), "forget_bias": (0.0, 3.0), "reset_after": (True, False)}
    found = [tuple(plan.settings.values())[:3] for plan in expand(Sweep("first", over=over))]
    assert found == [
        ("lstm", 0.0, None),
        ("lstm", 3.0, None),
        ("gru", None, True),
        ("gru", None, False),
        ("rnn", None, None),
    ]


def test_the_variants_are_those_that_published_comparisons_name() -> None:
    sweep = Sweep("adding", 20, over={"cell": ("lstm", "rnn"), "variant": tuple(VARIANTS)})
    plans = expand(sweep)
    gates = [(plan.config.input, plan.config.forget, plan.config.output, plan.config.peephole) for plan in plans]
    assert len(set(gates[:7])) == 7
    assert gates[1:4] == [
        ("none", "learned", "learned", False),
        ("learned", "none", "learned", False),
        ("learned", "learned", "none", False),
    ]
    assert gates[4:7] == [
        ("learned", "coupled", "learned", False),
        ("learned", "learned", "learned", True),
        ("learned", "coupled", "learned", True),
    ]
    assert len(plans) == 8
    assert plans[-1].settings["variant"] is None
    assert gates[7] == gates[0], "an RNN was given gates"


def test_chrono_is_left_out_where_there_is_no_gate_for_it() -> None:
    plans = expand(Sweep("first", over={"cell": ("gru", "rnn"), "chrono": (0, 40)}))
    assert [(plan.config.cell, plan.config.chrono) for plan in plans] == [("gru", 0), ("gru", 40), ("rnn", 0)]


def test_several_data_sets_can_be_swept_each_with_its_own_net() -> None:
    sweep = Sweep("mine", over={"data": ("mine", "reber", "adding")}, base={"hidden": 4, "steps": 3})
    plans = expand(sweep, {"mine": OWN})
    assert [plan.config.task for plan in plans] == ["language", "language", "regressor"]
    for plan in plans:
        prepare(grids.source(plan, {"mine": OWN}), plan.config)
    assert grids.source(plans[0], {"mine": OWN}).text == OWN.text
    assert (grids.source(plans[2]).task, grids.source(plans[2]).lag) == ("adding", 50)


def test_a_random_sweep_draws_in_its_ranges_and_a_longer_one_begins_with_the_same() -> None:
    over = {
        "rate": Between(1e-4, 1e-1, "log"),
        "hidden": Between(3, 9),
        "lag": Between(5, 200, "log"),
        "cell": ("lstm", "gru"),
        "dropout": Between(0.25, 0.5),
    }
    short, long = (expand(Sweep("first", over=over, mode="random", count=count, seeds=(0, 1))) for count in (20, 40))
    assert long[:40] == short
    assert len(long) == 80
    values = {name: [plan.settings[name] for plan in long[::2]] for name in over}
    assert all(1e-4 <= rate <= 1e-1 for rate in values["rate"])
    assert sum(rate < 3e-3 for rate in values["rate"]) in range(10, 31), "half of them below the middle of the scale"
    assert set(values["hidden"]) == set(range(3, 10))
    assert all(isinstance(lag, int) and 5 <= lag <= 200 for lag in values["lag"])
    assert all(0.25 <= dropout <= 0.5 for dropout in values["dropout"])
    other = expand(Sweep("first", over=over, mode="random", count=20, seeds=(0, 1), draw=1))
    assert other != short


def test_a_sweep_survives_being_written_down() -> None:
    over: dict[str, Any] = {"lag": (9, 5), "cell": ("rnn", "lstm"), "tied": (False,), "rate": Between(0.1, 1, "log")}
    sweep = Sweep("first", None, {"hidden": 5, "clip": 2.5}, over, (3, 1), "random", 6, 4, "Ärger 重")
    found = Sweep.from_bytes(sweep.to_bytes())
    assert found == sweep
    assert list(found.over) == list(sweep.over), "the order of the settings decides the order of the runs"
    assert found.to_bytes() == sweep.to_bytes()
    assert expand(found) == expand(sweep)


def test_the_digest_tells_sweeps_and_their_data_apart() -> None:
    sweep = Sweep("mine", over={"hidden": (3, 5)})
    told = {
        sweep.digest({"mine": "a"}),
        sweep.digest({"mine": "b"}),
        Sweep("mine", over={"hidden": (5, 3)}).digest({"mine": "a"}),
        Sweep("mine", over={"hidden": (3, 5)}, seeds=(1,)).digest({"mine": "a"}),
    }
    assert len(told) == 4
    assert sweep.digest({"mine": "a"}) == Sweep("mine", over={"hidden": (3, 5)}).digest({"mine": "a"})


def test_longer_and_larger_runs_cost_more_and_workers_share_them() -> None:
    plans = expand(
        Sweep("adding", over={"hidden": (4, 64), "lag": (20, 200)}, base={"batch": 16, "validation_tokens": 1})
    )
    small, long, wide, both = map(cost, plans)
    assert small < long < both
    assert small < wide < both
    assert 8 < long / small < 12
    assert seconds(plans, workers=2) < seconds(plans)
    twice = expand(Sweep("adding", over={"hidden": (4, 64), "lag": (20, 200)}, base={"batch": 16, "steps": 6_000}))
    assert 1.8 < seconds(twice) / seconds(plans) < 2.2
    assert seconds([]) == 0


def test_an_estimate_that_is_measured_asks_for_the_data_of_some_runs_only() -> None:
    asked = []
    plans = expand(Sweep("first", over={"lag": tuple(range(2, 30))}, base={"hidden": 3, "steps": 50}))

    def source(plan: grids.Plan) -> Source:
        asked.append(plan.number)
        return grids.source(plan)

    assert seconds(plans, source, 2) > 0
    assert 1 <= len(asked) <= 4


FILE = b"""
title = "lags"
data = "adding"
lag = 30
mode = "random"
count = 5
draw = 2
seeds = [4, 7]

[settings]
hidden = 6
reset_state = true

[over]
cell = ["lstm", "rnn"]
rate = { from = 0.001, to = 0.1, scale = "log" }
"""


def test_a_file_says_all_that_a_sweep_can() -> None:
    wanted = Sweep(
        "adding",
        30,
        {"hidden": 6, "reset_state": True},
        {"cell": ("lstm", "rnn"), "rate": Between(0.001, 0.1, "log")},
        (4, 7),
        "random",
        5,
        2,
        "lags",
    )
    assert read_toml(FILE) == wanted
    assert read_toml(b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n")) == wanted
    assert read_toml(b'data = "adding"\nseeds = 3').seeds == (0, 1, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('data = "adding"\nsteps = 5', "keys title, data, lag, mode, count, draw, seeds, settings, over, got 'steps'"),
        (
            'data = "adding"\n[settings]\nhiden = 5',
            r"\[settings\]: expected settings out of variant, task, .*got 'hiden'",
        ),
        (
            'data = "adding"\n[over]\nbatches = [5]',
            r"\[over\]: expected settings out of data, lag, .*dtype, got 'batches'",
        ),
        ("seeds = 3", 'data: expected the name of a task or of a file, got nothing; write data = "adding"'),
        ("data = 3", "data: expected a name in quotes, got 3"),
        ('data = "adding"\nlag = true', "lag: expected a whole number, got True"),
        (
            'data = "adding"\nseeds = "x"',
            r"seeds: expected a list of whole numbers, or how many from 1 to 2,000, got 'x'",
        ),
        ('data = "adding"\nseeds = [1, 1]', r"seeds: expected at least one and none twice, got \(1, 1\)"),
        ('data = "adding"\nseeds = [-1]', "seeds: expected whole numbers from 0 to .*, got -1"),
        ('data = "adding"\nmode = "all"', "mode: expected 'grid' or 'random', got 'all'"),
        ('data = "adding"\ncount = 3', "count: expected none in a grid, got 3"),
        ('data = "adding"\nmode = "random"', "count: expected a whole number of at least 1, got 0"),
        ('data = "adding"\nover = 3', r"over: expected a table, \[over\], got 3"),
        ('data = "adding"\n[over]\nhidden = 5', r"hidden: expected a list of values in \[over\], got 5; write \[5\]"),
        ('data = "adding"\n[over]\nhidden = []', r"hidden: expected at least one value, got \(\)"),
        ('data = "adding"\n[over]\nhidden = [[3]]', "hidden: expected words, numbers or true and false"),
        ('data = "adding"\n[over]\nhidden = [3, 3]', r"hidden: expected no value twice, got \(3, 3\)"),
        ('data = "adding"\n[settings]\nhidden = [3]', r"hidden: expected one value in \[settings\], got \[3\]"),
        (
            'data = "adding"\n[settings]\nlag = 3',
            r"\[settings\]: expected settings of the training, got 'lag'; give it beside",
        ),
        ('data = "adding"\n[over]\nseed = [3]', r"\[over\]: expected settings without 'seed', got it; give seeds"),
        (
            'data = "adding"\nlag = 3\n[over]\nlag = [4]',
            "lag: expected one value for all runs or several to vary, got both",
        ),
        ('data = "adding"\n[over]\nrate = {from=1, to=2}', "rate: expected a list of values in a grid, got a range"),
        (
            'data = "adding"\n[over]\nrate = {from=1, upto=2}',
            "rate: expected the keys from, to and scale .* got 'upto'",
        ),
        (
            'data = "adding"\n[over]\nrate = {from=1}',
            "rate: expected a range with from and to, got none of the name 'to'",
        ),
        ('data = "adding"\n[over]\nvariant = ["coupled"]\nforget = ["none"]', "variant: expected it without 'forget'"),
        ("data = \nlag = 3", "file: expected TOML, got something else: .*line 1"),
        ("a = " + "[" * 5_000, "file: expected TOML"),
        ('data = "adding"\n[settings]\nseed = 3', r"\[settings\]: expected settings without 'seed', got it"),
        (
            'data = "adding"\n[settings]\nhidden = 0x' + "f" * 5_000,
            "hidden: expected a number of 64 bits, got a number",
        ),
        ('data = "adding"\n[over]\nlag = [3, 0x' + "f" * 5_000 + "]", "lag: expected a number of 64 bits"),
        ('data = "adding"\n[over]\nlag = {from = 3, to = 0x' + "f" * 5_000 + "}", "lag: expected a number of 64 bits"),
        ('data = "adding"\ncount = 0x' + "f" * 5_000, "count: expected a number of 64 bits"),
        ('data = "adding"\nlag = ' + "9" * 5_000, "file: expected numbers of 64 bits, got one of thousands of digits"),
        ("data = 0x" + "f" * 5_000, "data: expected a name in quotes, got a number far beyond"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_what_is_allowed(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_toml(text.encode())


def test_bytes_that_are_no_text_and_files_that_are_too_long_are_refused() -> None:
    with pytest.raises(ValueError, match="save it as UTF-8"):
        read_toml(b'data = "\xff"')
    with pytest.raises(ValueError, match="at most 1 MB, got 1,048,578 bytes"):
        read_toml(b"#" * (2**20 + 2))


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (
            {"lag": (30, 5_000)},
            r"lag: expected 2 to 1,000 for adding, got 5,000; try 50 \(run 2 of the sweep: lag=5000",
        ),
        ({"data": ("adding", "nope")}, r"data: expected one of first, .*, mine, got 'nope'; .*\(run 2 "),
        ({"data": ("adding", "mine"), "lag": (20,)}, r"lag: expected none for 'mine', .* got 20.*\(run 2 "),
        ({"cell": ("lstm", "transformer")}, r"cell: expected one of .*'lstm', got 'transformer'; .*\(run 2 "),
        (
            {"hidden": (4, 0)},
            r"hidden: expected a whole number from 1 to 1,024, got 0; .*\(run 2 of the sweep: hidden=0, ",
        ),
        ({"hidden": (4, True)}, r"hidden: expected a whole number from 1 to 1,024, got True"),
        ({"variant": ("standard", "none")}, r"variant: expected one of 'standard', 'no input gate'.* got 'none'"),
        ({"lag": (30, 0)}, r"lag: expected 2 to 1,000 for adding, got 0; try 50 \(run 2 "),
        ({"lag": (30, -1)}, r"lag: expected 2 to 1,000 for adding, got -1; try 50"),
        ({"task": ("language",)}, r"task: expected 'regressor' for adding, got 'language'; choose 'regressor' \(run 1"),
        ({"lag": (2.5,)}, r"lag: expected a whole number, got 2.5"),
    ],
)
def test_a_combination_that_cannot_be_is_named_with_its_run(over: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        expand(Sweep("adding", over=over), {"mine": OWN})


def test_a_sweep_of_too_many_runs_is_refused_before_anything_is_made() -> None:
    over = {"hidden": tuple(range(1, 1_001)), "batch": tuple(range(1, 1_001))}
    with pytest.raises(
        ValueError, match=r"at most 2,000 runs, got 100,000,000 \(hidden 1,000 × batch 1,000 × seeds 100\)"
    ):
        Sweep("adding", over=over, seeds=tuple(range(100)))
    with pytest.raises(ValueError, match=r"at most 2,000 runs, got 2,001 \(count 2,001 × seeds 1\)"):
        Sweep("adding", over=over, mode="random", count=2_001)
    assert Sweep("adding", over={"hidden": tuple(range(1, 1_001))}, seeds=(0, 1)).size == 2_000


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_bytes_do_anything_but_become_a_sweep_or_a_message(data: bytes) -> None:
    try:
        read_toml(b'data = "first"\n[over]\n' + data)
    except ValueError as error:
        assert ": expected " in str(error)
