"""How far something is: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

from typing import TextIO

_WIDTH = 30
_STEP = 0.1  # of the work between two plain lines


class Progress:
    """Shows a share from 0 to 1 with a few words.

    Parameters
    ----------
    stream : text stream
        Standard error, usually.

    Examples
    --------
    >>> import io
    >>> stream = io.StringIO()
    >>> progress = Progress(stream)
    >>> for share in (0.0, 0.04, 0.5, 1.0):
    ...     progress.show(share, "of 8 runs")
    >>> progress.end()
    >>> print(stream.getvalue())
      0 %  of 8 runs
     50 %  of 8 runs
    100 %  of 8 runs
    <BLANKLINE>
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._terminal = stream, stream.isatty()
        self._next, self._longest = 0.0, 0

    def show(self, share: float, words: str) -> None:
        """It is so far now. Off a terminal only every tenth of the work is told."""
        if self._terminal:
            full = int(share * _WIDTH)
            line = f"[{'#' * full}{'.' * (_WIDTH - full)}] {_percent(share)} %  {words}"
            self._longest = max(self._longest, len(line))
            self._stream.write("\r" + line.ljust(self._longest))
            self._stream.flush()
        elif share >= self._next:
            while self._next <= share:
                self._next += _STEP
            self._stream.write(f"{_percent(share)} %  {words}\n")
            self._stream.flush()

    def end(self) -> None:
        """What follows stands on a line of its own."""
        if self._terminal and self._longest:
            self._stream.write("\n")
            self._stream.flush()


def runs_of(count: int) -> str:
    """So many runs.

    Examples
    --------
    >>> runs_of(1), runs_of(0), runs_of(1_200)
    ('1 run', '0 runs', '1,200 runs')
    """
    return f"{count:,} run" if count == 1 else f"{count:,} runs"


def span(seconds: float | None) -> str:
    """A time in words, no more exactly than anybody knows it.

    Examples
    --------
    >>> span(0.3), span(48.0), span(200.0), span(9_000.0), span(None)
    ('a second', '48 s', '3 min', '2.5 h', 'not known yet')
    """
    if seconds is None:
        return "not known yet"
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1.5 else "a second"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _percent(share: float) -> str:
    return f"{100 * min(1.0, share):3.0f}" if share >= 1 else f"{min(99, int(100 * share)):3d}"
