"""More faults for tools/mutants.py: in the synthetic tasks (what is wrong, right text, wrong)."""

from __future__ import annotations

FAULTS: dict[str, list[tuple[str, str, str]]] = {
    "_tasks_memory.py": [
        ("the colon comes a step late", "x[LENGTH + lag - 1] = COPIED + 1", "x[LENGTH + lag] = COPIED + 1"),
        (
            "a symbol of the list is a trial with all others",
            "trials[-LENGTH:] = np.arange(LENGTH * batch).reshape(LENGTH, batch)",
            "trials[-LENGTH:] = np.arange(batch)",
        ),
        (
            "the noise has the answers in it",
            "rng.integers(CLASSES, CLASSES + NOISE, (lag, batch))",
            "rng.integers(0, CLASSES + NOISE, (lag, batch))",
        ),
    ],
    "_tasks_adding.py": [
        ("both marks may stand in one half", "rng.integers(half, lag, batch)", "rng.integers(0, lag, batch)"),
    ],
    "_tasks_order.py": [
        ("the order is told backwards", "2 * signs[0] + signs[1]", "2 * signs[1] + signs[0]"),
        (
            "the longest sequences are never drawn",
            "rng.integers(lag, lag + lag // 10 + 1, batch)",
            "rng.integers(lag, lag + lag // 10, batch) if lag > 29 else rng.integers(lag, lag + 1, batch)",
        ),
    ],
    "_tasks_counting.py": [
        ("a string ends before its last b", "lengths = 2 * n + 1", "lengths = 2 * n"),
        ("the last a is asked", "(t[:-1] > n)", "(t[:-1] >= n)"),
    ],
    "_tasks_agreement.py": [
        ("the last noun decides", "return Drawn(x, plural[0])", "return Drawn(x, plural[-1])"),
    ],
    "_tasks_reber.py": [
        ("the automaton has a wrong way out", '(("X", 3), ("S", 6))', '(("X", 2), ("S", 6))'),
        (
            "the frame's second letter is free",
            "[*places, (frame, (frame,)), (_E, (_E,))]",
            "[*places, (frame, (_T, _P)), (_E, (_E,))]",
        ),
        ("strings run into one another's trials", "[next(trial)] * len(string)", "[next(trial)] * len(string[1:])+[0]"),
        ("what is legal is a step late", "enumerate(places[1:])", "enumerate(places[:-1])"),
    ],
    "_data.py": [
        ("all parts draw the same", "PARTS.index(self.part), number]", "0, number]"),
        ("the seed does not count", "np.random.default_rng([self.seed, _DRAWN", "np.random.default_rng([0, _DRAWN"),
    ],
    "_made.py": [
        (
            "a reset state is not held",
            "return number == 0 or config.reset_state or not made.problem.carried",
            "return number == 0 or not made.problem.carried",
        ),
        (
            "the first batch is not fresh",
            "return number == 0 or config.reset_state or not made.problem.carried",
            "return config.reset_state or not made.problem.carried",
        ),
        ("the first string of a stream is asked", "np.where(numbers == numbers[0], -1, numbers)", "numbers"),
        (
            "a validation reads more than allowed",
            "        if tokens <= config.validation_tokens:\n            batches",
            "        if True:\n            batches",
        ),
    ],
    "batches.py": [
        (
            "a sequence weighs as much as it is long",
            "batch.tokens if by_token else batch.x.shape[1] for",
            "batch.tokens for",
        ),
    ],
    "trials.py": [
        ("one legal symbol is enough", "np.where(legal, logits, np.inf).min", "np.where(legal, logits, -np.inf).max"),
        ("a tie is right", "return np.asarray(least > other)", "return np.asarray(least >= other)"),
        ("a trial is right where it is wrong", "numbers[asked & ~hits]", "numbers[asked & hits]"),
        ("trials that are not there count", "int(there.sum())", "int(there.size)"),
    ],
    "tasks.py": [
        ("a measure forgets the state", "None if fresh else carried, lengths", "None, lengths"),
        ("a measure divides by batches", "loss / sum(whole.weights)", "loss / len(whole.weights)"),
    ],
    "sources.py": [
        ("other sources are written with a lag", 'if name not in ("task", "lag"))', 'if name not in ("task",))'),
        (
            "a lag may be True",
            "if isinstance(value, bool) or not isinstance(value, int):",
            "if not isinstance(value, int):",
        ),
    ],
    "corpus.py": [
        ("a regressor of every step may add", 'if config.task == "regressor" and config.every_step:', "if False:"),
        ("a lag is not checked", "    problem.check_lag(source.lag)\n", ""),
    ],
    "initial.py": [
        ("the biases go to the forget gate", "b[:H], b[2 * H : 3 * H] = i, o", "b[:H], b[H : 2 * H] = i, o"),
    ],
    "_model_values.py": [
        ("numbers are divided by 16", "/ (max(numbers) or 1.0)", "/ 16"),
        ("adding answers with two numbers", "train.problem.sizes if", "(2, 2) if"),
    ],
    "optim.py": [
        ("the rate is halved early", "0.5 ** (step // halve_every)", "0.5 ** ((step + 1) // halve_every)"),
    ],
    "_updates.py": [
        ("the halving has its own step", ", config.steps, config.halve_every)", ", config.steps)"),
    ],
}
