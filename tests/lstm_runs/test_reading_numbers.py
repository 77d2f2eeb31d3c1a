"""Series of numbers from files."""

from __future__ import annotations

import numpy as np
import pytest

from lstm_runs.reading import read_series

VALUES = [[1.5, -2], [2.5, -1], [0.25, 1e-3]]
FORMS = {
    "a table": "high,low\n1.5,-2\n2.5,-1\n0.25,1e-3\n",
    "a table with dates": "day,high,low\n2024-01-01,1.5,-2\n2024-01-02,2.5,-1\n2024-01-03,0.25,1e-3\n",
    "a table with decimal commas": "high;low\n1,5;-2\n2,5;-1\n0,25;0,001\n",
    "a table with TABs and decimal commas": "high\tlow\n1,5\t\u22122\n2,5\t-1\n0,25\t0,001\n",
    "lines of numbers": "1.5 -2\n2.5 -1\n0.25 0.001",
    "lines with commas": "1.5,-2\r\n2.5,-1\r\n0.25,0.001\r\n",
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_series_are_read_with_a_header_or_without(text, encoding):
    found = read_series(text.encode(encoding), "weather.csv")
    assert (found.kind, found.name, found.values.dtype) == ("series", "weather.csv", np.float64)
    np.testing.assert_array_equal(found.values, VALUES)
    assert ("Columns without numbers are left out: day." in found.notes) == ("day" in text)
    assert any("UTF-16" in note for note in found.notes) == (encoding == "utf-16")


def test_one_column_is_one_channel():
    assert read_series("temperature\n1\n2\n3\n").values.shape == read_series("1\n2\n3\n").values.shape == (3, 1)


BAD = {
    "words": ("hello\nyou\n", "my.csv: expected a column of numbers, got none; write numbers"),
    "a header alone": ("a,b\n", "my.csv: expected rows of a table, got the header alone; add rows"),
    "a missing value": ("a,b\n1,2\n3,\n", "expected a number from -1e6 to 1e6 for 'b' in line 3, got ''; correct"),
    "a word among numbers": ("a\n1\nx\n", "expected a number .* for 'a' in line 3, got 'x'; correct"),
    "NaN in a table": ("a\n1\nnan\n", "for 'a' in line 3, got 'nan'; correct"),
    "infinity in a table": ("a\n1\n-inf\n", "for 'a' in line 3, got '-inf'; correct"),
    "a huge number in a table": ("a\n1\n1e7\n", "for 'a' in line 3, got '1e7'; correct"),
    "an underscore": ("a\n1\n1_000\n", "for 'a' in line 3, got '1_000'; correct"),
    "NaN": ("1 2 nan\n", "series: expected a finite number at entry 3 .* got 'nan'; write"),
    "a huge number": ("1\n2e6\n", "series: expected numbers from -1e6 to 1e6, got '2e6' .*; scale"),
    "lines of different length": ("1 2\n3\n", "series: expected 2 numbers on every line, .* got 1 on line 2; write"),
    "50,001 steps": ("1\n" * 50_001, "my.csv: expected at most 50,000 steps, got 50,001; shorten"),
    "50,001 numbers on a line": ("1 " * 50_001, "series: expected at most 50000 steps, got 50001; shorten"),
    "65 channels": (
        ("1 " * 65 + "\n") * 2,
        "my.csv: expected at most 64 numbers a line, got 65; write one step a line",
    ),
    "a quote": ('a,b\n1,"2\n', "double quotes in pairs .* in line 2"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_what_is_no_series_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_series(text, "my.csv")
