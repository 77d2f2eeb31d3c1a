"""Trainings from a shell.

    python -m lstm_runs sweep FILE.toml       all runs of a sweep, on all cores; the same command again goes on
    python -m lstm_runs train adding --lag 50 --set hidden=12
    python -m lstm_runs list
    python -m lstm_runs export ID --as csv
    python -m lstm_runs reproduce             published results, found again

Results go to standard output, everything else to standard error. Ends with 0 when all is well, 1 when something failed
or a result did not hold, 2 for what cannot be done as it was asked, 130 when it was interrupted: then nothing is lost,
and the same command goes on where it was. 141, without a word, when whoever read its output closed it, as `head` does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from lstm_runs import cli_reproduce, cli_stored, cli_sweep, cli_train
from lstm_runs.sweeps import NoSuchSweep
from lstm_runs.views import NoSuchRun

GOOD, FAILED, REFUSED, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say.

    Returns
    -------
    int
        The exit code; see the module.
    """
    chosen = _parser().parse_args(arguments)
    before = signal.signal(signal.SIGTERM, _interrupted)
    try:
        good: bool = chosen.work(chosen)
        sys.stdout.flush()  # here, where it is noticed that nobody reads it
    except BrokenPipeError:
        _leave_quietly()
        return UNREAD
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where this one was", file=sys.stderr)
        return INTERRUPTED
    except (ValueError, NoSuchRun, NoSuchSweep, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED
    finally:
        signal.signal(signal.SIGTERM, before)
    return GOOD if good else FAILED


def _leave_quietly() -> None:
    """What is still to be written goes nowhere; else Python would complain once more when it ends."""
    with contextlib.suppress(OSError), Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lstm_runs",
        description="Train recurrent nets from a shell. Runs go into the run store that the app uses too.",
        epilog="The environment variables of the app hold here too: GATESCOPE_DATA is the folder of the run store.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_sweep, _add_train, _add_list, _add_export, _add_reproduce):
        add(commands)
    return parser


_Commands = argparse._SubParsersAction  # argparse has no other name for it


def _add_sweep(commands: _Commands[argparse.ArgumentParser]) -> None:
    found = commands.add_parser("sweep", help="train all runs of a TOML file; go on with what is not finished")
    found.add_argument("file", type=Path, metavar="FILE.toml")
    found.add_argument("--plan", action="store_true", help="only say how many runs there are and how long they take")
    found.add_argument("--csv", type=Path, metavar="FILE", help="write all runs as CSV in the end")
    found.add_argument("--json", type=Path, metavar="FILE", help="write all runs and curves as JSON in the end")
    found.add_argument("--measure", default="", help="what the table shows: loss, best_loss, score or best_score")
    _add_workers(found)
    found.set_defaults(work=cli_sweep.work)


def _add_train(commands: _Commands[argparse.ArgumentParser]) -> None:
    found = commands.add_parser("train", help="train one net")
    found.add_argument("data", help="a synthetic task, digits, or a file of texts, labels, tags or numbers")
    found.add_argument("--lag", type=int, help="of a synthetic task")
    found.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting; may be repeated")
    found.add_argument("--title", default="", help="what to call the run")
    found.add_argument("--model", type=Path, metavar="FILE", help="write the trained net as a safetensors file")
    found.set_defaults(work=cli_train.work)


def _add_list(commands: _Commands[argparse.ArgumentParser]) -> None:
    found = commands.add_parser("list", help="sweeps and runs of the run store, the newest first")
    found.add_argument("--limit", type=int, default=20, help="so many of each at most (20)")
    found.set_defaults(work=cli_stored.show)


def _add_export(commands: _Commands[argparse.ArgumentParser]) -> None:
    found = commands.add_parser("export", help="write a sweep or a run to standard output or a file")
    found.add_argument("id", help="of a sweep or a run; its beginning is enough")
    found.add_argument("--as", dest="kind", choices=("csv", "json", "model"), default="csv", help="(csv)")
    found.add_argument("--output", type=Path, metavar="FILE", help="instead of standard output")
    found.set_defaults(work=cli_stored.export)


def _add_reproduce(commands: _Commands[argparse.ArgumentParser]) -> None:
    found = commands.add_parser("reproduce", help="train the published results again, and hold them against ours")
    found.add_argument("names", nargs="*", metavar="NAME", help="only these (all)")
    found.add_argument("--quick", action="store_true", help="one seed of each")
    found.add_argument("--fresh", action="store_true", help="forget what was trained before")
    found.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON")
    _add_workers(found)
    found.set_defaults(work=cli_reproduce.work)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, help="processes (all cores)")
