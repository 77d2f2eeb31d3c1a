"""What the repository promises a newcomer: two commands, and versions that stay within bounds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = ("pip install -r requirements.txt && streamlit run app.py", "pip install -r requirements-dev.txt && pytest")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_gives_the_command_on_a_line_of_its_own(command: str) -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    assert lines.count(command) == 1


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert f"'{COMMANDS[1]}'" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "bench/requirements.txt"])
def test_every_requirement_has_an_upper_bound(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [line.split("#")[0].strip() for line in lines]
    loose = [line for line in wanted if line and not line.startswith("-r") and "<" not in line and "==" not in line]
    assert not loose


def test_the_code_in_the_readme_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    assert names["trace"].f.shape == (20, 1, 4)
    assert names["state"].history.validated_loss[-1] < 0.7 * names["state"].history.validated_loss[0]
