"""The layers of the house: import-linter for the packages, and a look at the imports that it cannot see."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]

# What each layer may import besides the standard library. NumPy is in every layer's hands: they all pass arrays on.
CORE = {"numpy", "lstm_core"}
RUNS = {*CORE, "lstm_runs", "sqlalchemy", "safetensors", "threadpoolctl", "loky", "distributed"}
PLOTS = {*CORE, "lstm_plots", "plotly", "pandas"}
UI = {*CORE, "lstm_runs", "lstm_plots", "lstm_ui", "streamlit"}
MAY_IMPORT = {"lstm_core": CORE, "lstm_runs": RUNS, "lstm_plots": PLOTS, "lstm_ui": UI, "pages": UI, "app.py": UI}

ONLY_PAGES_RUN = {"lstm_core.sampling", "lstm_core.attribution", "lstm_core.gradcheck"}  # they run nets
EXCEPT = {"lstm_runs/slices.py": {"lstm_core.sampling"}}  # the sample of a checkpoint is written in the worker


def imported(path: Path) -> set[str]:
    """Every module that a file imports, `from a import b` as both `a` and `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import; write the whole name"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def files(place: str) -> list[Path]:
    """The Python files of a package, a folder, or the one file."""
    path = ROOT / place
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def test_the_contracts_in_pyproject_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_a_layer_imports_only_what_it_may(place: str) -> None:
    assert files(place), f"{place}: nothing to check"
    for path in files(place):
        outside = {name.split(".")[0] for name in imported(path)} - sys.stdlib_module_names
        assert outside <= MAY_IMPORT[place], f"{path.relative_to(ROOT)} imports {sorted(outside - MAY_IMPORT[place])}"


@pytest.mark.parametrize("place", ["lstm_runs", "lstm_plots", "lstm_ui"])
def test_what_runs_nets_is_used_by_pages_alone(place: str) -> None:
    for path in files(place):
        name = path.relative_to(ROOT).as_posix()
        used = {
            module for module in ONLY_PAGES_RUN if any(f"{found}.".startswith(f"{module}.") for found in imported(path))
        }
        assert used <= EXCEPT.get(name, set()), name


def test_pages_have_no_package_around_them() -> None:
    assert not (ROOT / "pages" / "__init__.py").exists(), "pages could import each other"
