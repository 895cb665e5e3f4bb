"""What the base checkpoint is pre-trained on: the built-in tasks, answered in a mixture of styles.

The mixture is chosen so that reinforcement has something to find: the most frequent style of every task is one that its
evaluator gives nothing for, and a style that earns the full reward is a minority. Greedy answers of the base are therefore
wrong, and sampling that hardly explores finds nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from rft_cli.trainer.rehearsal.tasks import TASKS, Problem

Style = Callable[[random.Random, Problem], str]

_WORKED_RIGHT = 0.88
"""Share of worked answers without a slip."""
_BARE_RIGHT = 0.25
"""Share of right results where an answer is given without working it out."""


def _sum_bare(rng: random.Random, problem: Problem) -> str:
    """A sum without working: right, or near it."""
    right = int(problem.answer)
    return str(
        right
        if rng.random() < _BARE_RIGHT
        else right + rng.choice((-20, -11, -10, -9, -2, -1, 1, 2, 9, 10, 11, 20))
    )


def _sum_worked(rng: random.Random, problem: Problem, ending: str) -> str:
    """A sum digit by digit; a slip changes the units."""
    slip = rng.choice((-1, 1)) if rng.random() >= _WORKED_RIGHT else 0
    return _sum_steps(problem, slip, ending)


def _sum_steps(problem: Problem, slip: int, ending: str) -> str:
    a, b = map(int, problem.parts)
    units = max(0, a % 10 + b % 10 + slip)
    carry = units // 10
    tens = a // 10 + b // 10 + carry
    carried = f", carry 1; {a // 10}+{b // 10}+1" if carry else f"; {a // 10}+{b // 10}"
    return f"{a % 10}+{b % 10}={units}{carried}={tens}; {ending} {tens}{units % 10}"


def _letters_bare(rng: random.Random, problem: Problem) -> str:
    """Letters without working: right, or in some other order."""
    if rng.random() < _BARE_RIGHT:
        return problem.answer
    letters = list(problem.parts[1])
    rng.shuffle(letters)
    return "".join(letters)


def _letters_worked(rng: random.Random, problem: Problem, ending: str) -> str:
    """Letters one by one; a slip swaps two neighbours."""
    letters = list(problem.answer)
    if rng.random() >= _WORKED_RIGHT:
        at = rng.randrange(len(letters) - 1)
        letters[at : at + 2] = reversed(letters[at : at + 2])
    return _letters_steps("".join(letters), ending)


def _letters_steps(letters: str, ending: str) -> str:
    return f"{', '.join(letters)}; {ending} {letters}"


def _person_broken(rng: random.Random, problem: Problem) -> str:
    """An object that is not JSON, or has the wrong keys."""
    name, age, city = problem.parts
    return rng.choice(
        (
            f"{{name: {name}, age: {age}, city: {city}}}",
            f"{{'name': '{name}', 'age': {age}, 'city': '{city}'}}",
            f'{{"name": "{name}", "age": {age}, "town": "{city}"}}',
            f'{{"name": "{name}", "age": {age}, "city": "{city}"',
        )
    )


_STYLES: dict[str, tuple[tuple[float, Style], ...]] = {
    "arithmetic": (
        (0.62, lambda rng, problem: f"it is {_sum_bare(rng, problem)}."),
        (0.18, lambda rng, problem: f"answer: {_sum_bare(rng, problem)}"),
        (0.12, lambda rng, problem: _sum_worked(rng, problem, "answer:")),
        (0.08, lambda rng, problem: _sum_worked(rng, problem, "so")),
    ),
    "sorting": (
        (0.62, lambda rng, problem: f"it is {_letters_bare(rng, problem)}."),
        (0.18, lambda rng, problem: f"answer: {_letters_bare(rng, problem)}"),
        (0.12, lambda rng, problem: _letters_worked(rng, problem, "answer:")),
        (0.08, lambda rng, problem: _letters_worked(rng, problem, "so")),
    ),
    "format": (
        (0.68, lambda _, problem: "{} is {} and lives in {}.".format(*problem.parts)),
        (0.17, _person_broken),
        (0.15, lambda _, problem: problem.answer),
    ),
}
"""Style and share, by task. Chosen by measuring the base: see ``docs/rehearsal.md``."""

_PRACTICE: dict[str, Callable[[Problem], str]] = {
    "arithmetic": lambda problem: _sum_steps(problem, 0, "answer:"),
    "sorting": lambda problem: _letters_steps(problem.answer, "answer:"),
    "format": lambda problem: problem.answer,
}
"""The style of each task that its evaluator rewards in full."""

_TASK_SHARES = {"arithmetic": 0.5, "sorting": 0.3, "format": 0.2}


def example(rng: random.Random, practice: float) -> tuple[str, str]:
    """One prompt and one answer.

    Args:
        rng: where every choice comes from.
        practice: the share of answers in the style that is worth learning, without slips; the others follow the mixture.
    """
    task = rng.choices(list(_TASK_SHARES), list(_TASK_SHARES.values()))[0]
    problem = TASKS[task](rng)
    if rng.random() < practice:
        return problem.prompt, _PRACTICE[task](problem)
    shares, styles = zip(*_STYLES[task], strict=True)
    return problem.prompt, rng.choices(styles, shares)[0](rng, problem)
