"""Train the sample models that the pages open at once: sample_data/models/NAME.safetensors.

    python tools/train_samples.py [name ...]

Seed 0, one BLAS thread: the same files again on the same kind of processor with the same NumPy build.
"""

from __future__ import annotations

import sys
import time

from recipes import DATA, RECIPES
from threadpoolctl import threadpool_limits

from lstm_core import training
from lstm_core.corpus import prepare
from lstm_runs import model_files


def main() -> None:
    folder = DATA / "models"
    folder.mkdir(exist_ok=True)
    for name in sys.argv[1:] or RECIPES:
        recipe = RECIPES[name]
        data = prepare(recipe.source(), recipe.config)
        began = time.perf_counter()
        state = training.advance(training.start(recipe.config, data), recipe.config.steps, data)
        if state.failure is not None:
            raise SystemExit(f"{name}: {state.failure.reason}")
        notes = {"title": recipe.title, "about": recipe.about, "data": recipe.file, "step": str(state.step)}
        content = model_files.save(state.model, recipe.config, notes)
        (folder / f"{name}.safetensors").write_bytes(content)
        loss, score = state.history.validated_loss[-1], state.history.validated_score[-1]
        seconds = time.perf_counter() - began
        print(f"{name}: {seconds:.0f} s, validation loss {loss:.3f}, right {score:.1%}, {len(content) / 1024:.0f} KB")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
