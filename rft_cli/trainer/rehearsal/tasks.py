"""The three built-in tasks: their problems, and the data files that ``rft init`` copies.

Run as ``python -m rft_cli.trainer.rehearsal.tasks`` to write the files, with ``--check`` to compare them. The base checkpoint is
pre-trained on problems of the same kinds (see ``corpus``), so these are what the rehearsal model can learn well.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

TRAIN_ROWS = 256
"""Chosen: with the default batch of 4 prompts a step this is 64 steps for one epoch."""
HELD_OUT_ROWS = 128
"""Chosen: a mean over 128 answers of 0 or 1 has a standard error of at most 0.045."""
DIRECTORY = Path(__file__).parents[2] / "templates" / "tasks"


class Problem(NamedTuple):
    """One question and what an answer is checked against."""

    prompt: str
    answer: str
    parts: tuple[str, ...]
    """What the question was made from: two numbers; the operation and the letters; name, age and city."""


_SUMS = ("what is {}+{}?", "add {} and {}", "{} plus {} is?", "compute {}+{}")
_ORDER_PROMPTS = ("{} the letters {}", "please {} {}")
_PEOPLE_PROMPTS = ("{}, {}, {}: as json", "write {}, {}, {} as json")
NAMES = (
    "ada", "ben", "cleo", "dan", "eva", "finn", "gus", "hana", "ivan", "june", "kai", "lena",
    "milo", "nora", "omar", "pia", "quinn", "rosa", "sam", "tess", "uma", "vera", "will", "zoe",
)  # fmt: skip
CITIES = (
    "accra", "berlin", "cairo", "delhi", "essen", "fargo", "genoa", "hanoi", "izmir", "jaipur", "kyoto", "lima",
    "malmo", "nice", "oslo", "paris", "quito", "rome", "seoul", "tunis", "utrecht", "vienna", "warsaw", "york",
)  # fmt: skip


def arithmetic(rng: random.Random) -> Problem:
    """The sum of two two-digit numbers."""
    a, b = rng.randint(10, 99), rng.randint(10, 99)
    return Problem(rng.choice(_SUMS).format(a, b), str(a + b), (str(a), str(b)))


def sorting(rng: random.Random) -> Problem:
    """Four different letters out of twelve, sorted or reversed; never letters that stay as they are."""
    while True:
        letters = "".join(rng.sample("abcdefghijkl", 4))
        operation = rng.choice(("sort", "reverse"))
        answer = "".join(sorted(letters)) if operation == "sort" else letters[::-1]
        if answer != letters:
            return Problem(
                rng.choice(_ORDER_PROMPTS).format(operation, letters), answer, (operation, letters)
            )


def formatting(rng: random.Random) -> Problem:
    """A person as a JSON object with the keys name, age and city."""
    name, age, city = rng.choice(NAMES), rng.randint(10, 99), rng.choice(CITIES)
    answer = json.dumps({"name": name, "age": age, "city": city})
    return Problem(rng.choice(_PEOPLE_PROMPTS).format(name, age, city), answer, (name, str(age), city))


TASKS: dict[str, Callable[[random.Random], Problem]] = {
    "arithmetic": arithmetic,
    "sorting": sorting,
    "format": formatting,
}
"""The folder of each task and what makes its problems."""


def files() -> Iterator[tuple[Path, str]]:
    """Path and text of every data file; no prompt stands in both files of a task."""
    for name, problem in TASKS.items():
        rng = random.Random(f"rehearsal {name}")  # noqa: S311 - a reproducible data set, not a secret
        seen: dict[str, Problem] = {}
        while len(seen) < TRAIN_ROWS + HELD_OUT_ROWS:
            made = problem(rng)
            seen.setdefault(made.prompt, made)
        rows = [_row(made) for made in seen.values()]
        yield DIRECTORY / name / "train.jsonl", "".join(rows[:TRAIN_ROWS])
        yield DIRECTORY / name / "held-out.jsonl", "".join(rows[TRAIN_ROWS:])


def _row(problem: Problem) -> str:
    record = {"messages": [{"role": "user", "content": problem.prompt}], "answer": problem.answer}
    return json.dumps(record) + "\n"


def main(arguments: list[str]) -> int:
    """Write the data files, or with ``--check`` report those that differ."""
    stale = [path for path, text in files() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" not in arguments:
        for path, text in files():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        return 0
    for path in stale:
        sys.stdout.write(f"stale: {path}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
