"""Published results beside ours: the stored file, the README's table and the source say the same."""

from __future__ import annotations

import csv
import io
import re
import statistics
from pathlib import Path

import pytest

from lstm_core.reproductions import REPRODUCTIONS
from lstm_ui import frame, stored_sweeps, stored_view
from lstm_ui.experiments import published_values
from tests.checks import check_refused
from tests.pages.training import said, visit

README = Path(__file__).parents[2] / "README.md"
RESULTS = {found.name: found for found in published_values.results()[1]}


def test_every_result_is_there_and_the_words_are_those_of_the_source() -> None:
    shares = [name for name in RESULTS if name not in REPRODUCTIONS]
    assert [name for name in RESULTS if name in REPRODUCTIONS] == list(REPRODUCTIONS)
    assert shares == ["share-0", "share-1", "share-3"]
    for name, wanted in REPRODUCTIONS.items():
        found = RESULTS[name]
        assert (found.title, found.published, found.where) == (wanted.title, wanted.published, wanted.where)
        assert found.note == wanted.note and found.seeds == list(wanted.seeds)
        for setting, value in wanted.changes.items():
            assert f"{setting} {value}" in found.settings


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_what_is_said_to_hold_holds_for_the_stored_values(name: str) -> None:
    wanted, found = REPRODUCTIONS[name], RESULTS[name]
    assert len(found.values) == len(found.seeds)
    assert found.holds is wanted.held(found.values)
    kept = sum(map(wanted.kept, found.values))
    assert found.claim == f"{kept} of {len(found.values)} {wanted.side} {wanted.bound:g}"
    digits = ".2g" if published_values.measure(name) == "loss" else ".3f"
    assert published_values.ours(found).startswith(f"{statistics.median(found.values):{digits}} (")


def test_the_table_in_the_readme_is_the_one_of_the_stored_file() -> None:
    text = README.read_text(encoding="utf-8")
    assert published_values.put_in(text, published_values.markdown()) == text, "run python tools/publish_results.py"
    table = [line for line in published_values.markdown().splitlines() if line.startswith("| ")]
    assert len(table) == len(RESULTS) + 2 and len({line.count("|") for line in table}) == 1
    assert "/" not in "".join(found.settings for found in RESULTS.values())  # no path of any machine


def test_where_an_lstm_has_no_forget_gate_a_reader_is_told() -> None:
    bare = [name for name, wanted in REPRODUCTIONS.items() if wanted.changes.get("forget") == "none"]
    told = {name: f"{RESULTS[name].title} {RESULTS[name].note}" for name in bare if not name.endswith("-rnn")}
    assert set(told) == {"reber", "continual-no-forget", "order-lstm", "variant-no-forget"}
    assert all(re.search("no forget gate|without a forget gate", words) for words in told.values())
    assert "no forget gate" in stored_sweeps.open("reber-cells").about


def test_a_readme_without_its_marks_is_refused() -> None:
    begin, end = published_values.BEGIN, published_values.END
    assert published_values.put_in(f"a\n{begin}old{end}\nb", "new") == f"a\n{begin}\n\nnew\n\n{end}\nb"
    for text in ("", begin, end + begin, begin + begin + end):
        check_refused(lambda text=text: published_values.put_in(text, "new"), "README", "once each")


def test_the_page_shows_all_of_it_and_how_to_do_it_again() -> None:
    at = visit("pages/8_Experiments.py", view="published")
    shown = at.table[0].value
    assert list(shown["Result"]) == [frame.plain(found.title) for found in RESULTS.values()]
    assert list(shown["Published"]).count("none known") == sum(not found.published for found in RESULTS.values())
    held = sum(found.holds is True for found in RESULTS.values())
    words = said(at)
    assert f"{held} of {len(REPRODUCTIONS)} bounds are kept" in words
    assert all(found.note in words for found in RESULTS.values())
    assert at.code[0].value.splitlines()[0] == "python -m lstm_runs reproduce"


def test_the_file_to_take_away_has_a_line_for_each_with_its_settings() -> None:
    lines = list(csv.DictReader(io.StringIO(stored_view.csv(published_values.rows(whole=True)))))
    assert [line["Settings"] for line in lines] == [found.settings for found in RESULTS.values()]
