from __future__ import annotations

import pytest

from rft_cli.spec.goals import GOALS, Step, goal
from rft_cli.spec.parameters import PARAMETERS, parameter

DEFAULTS = {entry.path: entry.default for entry in PARAMETERS}


def sequence(name: str, **start: float) -> list[tuple[str, float]]:
    values = {**DEFAULTS, **{f"{parameter_path(key)}": value for key, value in start.items()}}
    taken = []
    for step in goal(name).steps:
        value = step.next_value(values[step.path])
        if value is not None:
            taken.append((step.path, value))
            values[step.path] = value
    return taken


def parameter_path(key: str) -> str:
    return next(entry.path for entry in PARAMETERS if entry.key == key)


@pytest.mark.covers("GO1", "GO2", "GO3", "GO4", "GO5", "GO6", "GO7", "NR2", "MT5", "RK2", "TE5", "TE6", "TP2")
@pytest.mark.parametrize(
    ("name", "steps"),
    [
        (
            "faster-convergence",
            [("training.epochs", 2), ("training.epochs", 3), ("training.learning_rate", 1.5e-4)],
        ),
        (
            "better-quality",
            [("rollout.temperature", 1.0), ("rollout.n", 6), ("rollout.n", 8), ("rollout.max_tokens", 4096)],
        ),
        (
            "safer",
            [
                ("rollout.temperature", 0.5),
                ("rollout.top_p", 0.5),
                ("rollout.top_k", 20),
                ("rollout.temperature", 0.3),
            ],
        ),
        ("more-creative", [("rollout.temperature", 1.0), ("rollout.top_p", 0.9)]),
        ("lower-cost", [("rollout.n", 2), ("rollout.max_tokens", 1024), ("training.batch_size", 16384)]),
        ("higher-capacity", [("training.lora_rank", 16), ("training.lora_rank", 32)]),
        ("prevent-overfitting", [("training.lora_rank", 4)]),
    ],
)
def test_the_steps_of_each_goal_from_the_defaults(name: str, steps: list[tuple[str, float]]) -> None:
    assert sequence(name) == steps


def test_the_seven_goals() -> None:
    assert [entry.name for entry in GOALS] == [
        "faster-convergence",
        "better-quality",
        "safer",
        "more-creative",
        "lower-cost",
        "higher-capacity",
        "prevent-overfitting",
    ]


@pytest.mark.parametrize(
    ("name", "start", "steps"),
    [
        ("faster-convergence", {"epochs": 3, "learning_rate": 2e-4}, []),
        ("faster-convergence", {"epochs": 10, "learning_rate": 1.5e-4}, []),
        ("better-quality", {"temperature": 1.2, "n": 8, "max_tokens": 16384}, []),
        (
            "better-quality",
            {"n": 7, "temperature": 1.0, "max_tokens": 8192},
            [("rollout.n", 8), ("rollout.max_tokens", 16384)],
        ),
        ("safer", {"temperature": 0.3, "top_p": 0.3, "top_k": 10}, []),
        ("safer", {"top_k": 0, "temperature": 0.2, "top_p": 0.5}, [("rollout.top_k", 20)]),
        (
            "lower-cost",
            {"n": 8},
            [("rollout.n", 4), ("rollout.max_tokens", 1024), ("training.batch_size", 16384)],
        ),
        ("lower-cost", {"n": 3, "max_tokens": 16, "batch_size": 1}, [("rollout.n", 2)]),
        ("higher-capacity", {"lora_rank": 128}, []),
        ("prevent-overfitting", {"epochs": 5, "lora_rank": 4}, [("training.epochs", 1)]),
    ],
)
def test_satisfied_steps_are_skipped(
    name: str, start: dict[str, float], steps: list[tuple[str, float]]
) -> None:
    assert sequence(name, **start) == steps


def test_no_step_goes_down_to_no_limit() -> None:
    down = Step("rollout.top_k", "times", 0.5, None, "", "down")
    assert [down.next_value(value) for value in (40, 2, 1)] == [20, 1, None]


@pytest.mark.covers("LR4", "GO1")
def test_every_step_stays_within_what_is_usual_for_its_goal() -> None:
    unusual = [
        (entry.name, path, value)
        for entry in GOALS
        for path, value in sequence(entry.name)
        if not parameter(path).is_usual(value, entry.name)
    ]
    assert unusual == []


def test_every_step_states_a_hypothesis_and_every_goal_what_to_watch() -> None:
    assert [step for entry in GOALS for step in entry.steps if not step.why] == []
    assert [
        entry.name for entry in GOALS if not (entry.watch.endswith(".") and entry.summary.endswith("."))
    ] == []


def test_an_unknown_goal_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        goal("fastest")
