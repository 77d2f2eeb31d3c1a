"""Files that a command writes in the end: looked at before anything is trained, and named by their option."""

from __future__ import annotations

import os
from pathlib import Path


def check(option: str, path: Path | None) -> None:
    """Refuse a file that could not be written in the end; nothing is made or changed.

    Parameters
    ----------
    option : str
        As it was given: "--csv".
    path : path, optional
        None: the option was not given.

    Raises
    ------
    ValueError
        Its folder is not there, or is closed to us; a folder, or a file that nobody may write.

    Examples
    --------
    >>> check("--csv", Path("nowhere/rows.csv"))
    Traceback (most recent call last):
    ValueError: --csv: expected a file that can be written, got 'nowhere/rows.csv' (no folder 'nowhere'); make it first
    """
    if path is None:
        return
    if not path.parent.is_dir():
        raise _refused(option, path, f"no folder {str(path.parent)!r}", "make it first")
    if path.is_dir():
        raise _refused(option, path, "a folder", "add the name of a file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise _refused(option, path, "not permitted", "choose another place")


def write(option: str, path: Path | None, content: str | bytes) -> None:
    """Write it, if the option was given.

    Raises
    ------
    ValueError
        What the system refuses, with the option's name.
    """
    if path is None:
        return
    try:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _refused(option, path, why, "give the command again with another file") from None


def _refused(option: str, path: Path, why: str, remedy: str) -> ValueError:
    return ValueError(f"{option}: expected a file that can be written, got {str(path)!r} ({why}); {remedy}")
