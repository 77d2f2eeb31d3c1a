"""python -m lstm_runs train DATA: a sweep of a single run, so it goes on as one."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from lstm_core.config import LIMITS
from lstm_runs import cli_data, cli_output, grids, model_files, tables
from lstm_runs._sweep_values import check_setting, shown
from lstm_runs.cli_sweep import begun, shell_limits, watch
from lstm_runs.grids import Sweep, Value
from lstm_runs.service import Service
from lstm_runs.sweeps import Row

_ELSEWHERE = {"data": "it stands behind the word train", "lag": "write --lag instead"}


def work(chosen: Namespace) -> bool:
    """Train one net to its end; whether it got there."""
    cli_output.check("--model", chosen.model)
    settings = dict(_setting(text) for text in chosen.set)
    seed = _seed(settings.pop("seed", 0))
    for name in settings:
        _check_name(name)
    sources = cli_data.sources([chosen.data], Path.cwd(), str(settings.get("task", "")))
    title = chosen.title or f"{Path(chosen.data).name}, seed {seed}"
    sweep = Sweep(chosen.data, chosen.lag, settings, seeds=(seed,), title=title)
    plans, limits = grids.expand(sweep, sources), shell_limits(1)
    service = Service(limits)
    try:
        ident = begun(service, sweep, sources, grids.seconds(plans))
        watch(service, ident)
        row = service.sweeps.rows(ident)[0]
        try:
            _tell(row)
        finally:  # whoever was to read it may have gone: | head -1
            if chosen.model is not None and row.status == "finished":
                state = service.state(row.run)
                content = model_files.save(state.model, state.config, {"title": title})
                cli_output.write("--model", chosen.model, content)
    finally:
        service.close()
    if row.status != "finished":
        raise ValueError(row.reason or f"run: expected one that finishes, got one that is {row.status}")
    return True


def _tell(row: Row) -> None:
    figures = {"loss": row.loss, "best loss": row.best_loss, "score": row.score, "seconds": row.seconds}
    told = {name: tables.figure(value) for name, value in figures.items() if value is not None}
    lines = {"run": row.run, "status": row.status, "updates": f"{row.step:,}", **told}
    print("\n".join(f"{name:<10}{value}" for name, value in lines.items()))


def _seed(value: Value) -> int:
    least, most = LIMITS["seed"]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"seed: expected a whole number from 0 to {most:,}, got {shown(value)}; correct it")
    return value


def _check_name(name: str) -> None:
    if name in _ELSEWHERE:
        raise ValueError(f"--set: expected a setting of the training, got {name!r}; {_ELSEWHERE[name]}")
    check_setting(name, "--set", fixed=True)


def _setting(text: str) -> tuple[str, Value]:
    """NAME=VALUE; a number, true or false is one, everything else is a word."""
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise ValueError(f"--set: expected NAME=VALUE, got {text[:60]!r}; write for example --set hidden=12")
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return name, value
    return name, found if isinstance(found, int | float) else value
