from __future__ import annotations

import pytest

from rft_cli.compare.difference import Change, ratio
from rft_cli.compare.guide import guidance
from rft_cli.estimate import relative_cost
from rft_cli.spec.parameters import PARAMETERS


def change(path: str, old: float, new: float) -> Change:
    return Change(path, old, new, ratio(old, new))


def test_a_raised_rate_gets_the_reasons_for_raising_and_the_risk_of_it() -> None:
    found = guidance(change("training.learning_rate", 1e-4, 2e-4))
    assert found is not None
    assert (found.verb, [move.source for move in found.when], found.is_usual, found.cost) == (
        "raise",
        ["LR3", "LR6"],
        True,
        None,
    )
    assert [effect.when for effect in found.effects] == ["too high"]
    assert found.goals == ("faster-convergence",)


def test_a_lowered_rate_gets_the_reason_for_lowering() -> None:
    found = guidance(change("training.learning_rate", 1e-4, 2e-5))
    assert found is not None
    assert (found.verb, [move.source for move in found.when], found.is_usual) == ("lower", ["LR2"], False)
    assert [effect.when for effect in found.effects] == ["too low"]


@pytest.mark.parametrize(
    ("path", "old", "new", "effects", "usual_with", "cost"),
    [
        ("training.lora_rank", 8, 32, ["32–128"], ("higher-capacity",), None),
        ("rollout.temperature", 0.7, 1.1, ["above 1.2"], ("more-creative", "better-quality"), None),
        ("rollout.temperature", 0.7, 0.9, ["0.5–1.0", "above 1.2"], (), None),
        ("rollout.top_p", 1.0, 0.3, ["0.2–0.5"], ("safer",), None),
        ("rollout.top_k", 40, 0, ["higher"], (), None),
        ("rollout.n", 4, 8, ["4–8"], (), 2.0),
        ("rollout.n", 4, 2, ["2–4"], ("lower-cost",), 0.5),
        ("rollout.max_tokens", 2048, 4096, ["longer"], (), 2.0),
        ("training.epochs", 1, 2, ["too many"], ("faster-convergence",), 2.0),
    ],
)
def test_effects_goals_and_cost_are_those_of_the_new_value(
    *, path: str, old: float, new: float, effects: list[str], usual_with: tuple[str, ...], cost: float | None
) -> None:
    found = guidance(change(path, old, new))
    assert found is not None
    assert [effect.when for effect in found.effects] == effects
    assert (found.usual_with, found.cost) == (usual_with, cost)


@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_every_parameter_has_something_to_say_both_ways(entry, direction: str) -> None:
    steps = entry.choices or (entry.default, entry.default * 2 if entry.high != entry.default else 0.5)
    pair = tuple(sorted(steps[:2]))
    found = guidance(change(entry.path, *(pair if direction == "up" else pair[::-1])))
    assert found is not None
    assert found.direction == direction
    assert found.when != ()


def test_the_guide_does_not_know_settings_of_a_backend() -> None:
    assert guidance(Change("trl.loss", "grpo", "dapo", None)) is None


@pytest.mark.covers("NR3", "MT4", "EP6")
def test_cost_is_linear_in_rollouts_tokens_and_epochs() -> None:
    old = {"training": {"epochs": 1}, "rollout": {"n": 4, "max_tokens": 2048}}
    new = {"training": {"epochs": 3}, "rollout": {"n": 8, "max_tokens": 1024}}
    assert relative_cost(old, new) == 3.0
    assert relative_cost({}, new) == 3.0
    assert relative_cost(new, new) == 1.0
