"""python -m lstm_runs list, and export: what the run store has, read without training anything."""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from lstm_core.history import History
from lstm_runs import _sweep_rows, cli_output, keeping, model_files, states, tables
from lstm_runs._sweep_plans import owner, unpacked
from lstm_runs.limits import Limits
from lstm_runs.records import Record
from lstm_runs.states import Symbols
from lstm_runs.store import Store, StoreError, answering, trouble

_SHORTEST = 6  # characters of an id that tell it
_LOOKED = 10_000  # runs among which an id is looked for


def show(chosen: Namespace) -> bool:
    """Print sweeps and runs, the newest first."""
    if chosen.limit < 1:
        raise ValueError(f"--limit: expected at least 1, got {chosen.limit}; give a larger number")
    with _opened() as store:
        sweeps = store.sweeps.recent(chosen.limit)
        shorts = [keeping.short(record) for record in store.recent(chosen.limit)]
    lines = [[found.id, found.status, f"{found.runs:,}", _when(found.created), _plain(found.title)] for found in sweeps]
    print(tables.aligned(["sweep", "status", "runs", "begun", "title"], lines))
    lines = [
        [found.id, found.status, f"{found.step:,} of {found.steps:,}", _when(found.created), _plain(found.title)]
        for found in shorts
    ]
    print("\n" + tables.aligned(["run", "status", "updates", "begun", "title"], lines))
    return True


def export(chosen: Namespace) -> bool:
    """Write what was asked for."""
    cli_output.check("--output", chosen.output)
    with _opened() as store:
        content = _content(store, _full(store, chosen.id), chosen.kind)
    if chosen.output is not None:
        cli_output.write("--output", chosen.output, content)
    elif chosen.kind == "model":
        raise ValueError("--output: expected a file for a model, got none; it is no text: add --output net.safetensors")
    else:
        sys.stdout.write(content.decode())
    return True


def _content(store: Store, ident: str, kind: str) -> bytes:
    if store.sweeps.record(ident) is not None:
        return _of_a_sweep(store, ident, kind)
    record = store.record(ident)
    if record is None:
        raise ValueError("id: expected a sweep or a run that is there, got one that was just deleted; try `list`")
    if kind == "model":
        packed = store.state(ident)
        if packed is None:
            raise ValueError("run: expected a state in the run store, got none; start a new run")
        state = states.unpack(packed, Symbols.from_json(record.symbols))
        return model_files.save(state.model, state.config, {"title": record.title})
    content = store.history(ident)
    history = History() if content is None else states.unpack_history(content)
    return (_run_csv(history) if kind == "csv" else _run_json(record, history)).encode()


def _of_a_sweep(store: Store, ident: str, kind: str) -> bytes:
    content = store.sweeps.content(ident)
    if content is None or kind == "model":
        raise ValueError("--as: expected csv or json for a sweep, got a model; give the id of one of its runs")
    found = unpacked(content)
    stored = {run: (status, step) for run, status, step in store.owned(owner(ident, found))}
    handed = store.sweeps.runs(ident, curves=True)
    rows = _sweep_rows.table(found.plans, handed, {}, stored)
    if kind == "csv":
        return tables.to_csv(rows).encode()
    curves = {number: _sweep_rows.Curve(*json.loads(row.curve)) for number, row in handed.items() if row.curve}
    return tables.to_json(rows, json.loads(found.sweep.to_bytes()), curves).encode()


def _run_csv(history: History) -> str:
    """Validations: what can be compared between runs."""
    columns = (history.validated_step, history.validated_loss, history.validated_score)
    lines = [f"{int(step)},{float(loss)!r},{float(score)!r}" for step, loss, score in zip(*columns, strict=True)]
    return "\n".join(["step,loss,score", *lines, ""])


def _run_json(record: Record, history: History) -> str:
    names = ("step", "loss", "norm", "validated_step", "validated_loss", "validated_score")
    curves = {name: [tables.plain(value) for value in getattr(history, name).tolist()] for name in names}
    about = {"id": record.id, "title": record.title, "status": record.status, "step": record.step}
    return json.dumps({**about, "config": json.loads(record.config), **curves}, indent=1, ensure_ascii=False)


def _full(store: Store, start: str) -> str:
    """The one id that begins so."""
    idents = [*(found.id for found in store.sweeps.recent(_LOOKED)), *(found.id for found in store.recent(_LOOKED))]
    found = [ident for ident in idents if ident == start or (len(start) >= _SHORTEST and ident.startswith(start))]
    if len(found) != 1:
        raise ValueError(
            f"id: expected that of one sweep or run, or its first {_SHORTEST} characters, got {start[:40]!r}, "
            f"which fits {len(found)}; see `list`"
        )
    return found[0]


@contextmanager
def _opened() -> Iterator[Store]:
    limits = Limits.from_environment()
    try:
        store = Store(limits.url, limits.folder)
    except StoreError as error:
        raise ValueError(f"run store: expected a database that answers, got none; {trouble(error)}") from error
    try:
        with answering():
            yield store
    finally:
        store.close()


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _plain(title: str) -> str:
    """A title that a terminal can be given: a stranger may have written it."""
    return "".join(sign if sign.isprintable() else " " for sign in title)[:80]
