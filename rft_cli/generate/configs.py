"""Run configs to start from: the defaults, the quick start, and the goals as chains of single changes."""

from __future__ import annotations

from typing import NamedTuple

from rft_cli.spec.goals import GOALS, Goal, Step
from rft_cli.spec.parameter import Number, show
from rft_cli.spec.parameters import PARAMETERS, parameter
from rft_cli.spec.run_yaml import comment, modeline, render_run_yaml, scalar
from rft_cli.templates.project import REWARD_RANGE, run_files

BASELINE = "baseline"
_SCHEMA = "schemas/run-config.schema.json"
_BASELINE_INTRODUCTION = (
    "The defaults of the tuning guide. The goals under goals/ build on this file, one change at a time;",
    "data and evaluator are those of the quick start, so that it trains as it is.",
)


class GoalStep(NamedTuple):
    """One step of a goal that changes something, taken after all the steps before it."""

    number: int
    """From 1, counting only steps that change something."""
    step: Step
    present: Number
    value: Number

    @property
    def key(self) -> str:
        """The parameter's key as a part of names."""
        return parameter(self.step.path).key.replace("_", "-")


def config_files() -> dict[str, str]:
    """Relative path → text of everything under configs/."""
    quickstart = run_files("arithmetic", schema_path=f"../../{_SCHEMA}")
    goals = {path: text for goal in GOALS for path, text in goal_files(goal).items()}
    return {
        "configs/baseline.yaml": _baseline(),
        **{f"configs/quickstart/{path}": text for path, text in quickstart.items()},
        **goals,
    }


def goal_steps(goal: Goal) -> tuple[GoalStep, ...]:
    """The steps of a goal from the defaults on; those that the defaults satisfy are left out."""
    values: dict[str, Number] = {entry.path: entry.default for entry in PARAMETERS}
    taken: list[GoalStep] = []
    for step in goal.steps:
        value = step.next_value(values[step.path])
        if value is not None:
            taken.append(GoalStep(len(taken) + 1, step, values[step.path], value))
            values[step.path] = value
    return tuple(taken)


def goal_files(goal: Goal) -> dict[str, str]:
    """Relative path → text of the configs of a goal, each one change away from the one before."""
    files: dict[str, str] = {}
    base, reference = "../../baseline.yaml", BASELINE
    steps = goal_steps(goal)
    for taken in steps:
        file = f"{taken.number}-{taken.key}.yaml"
        name = f"{goal.name}-{taken.number}-{taken.key}"
        head = modeline(f"../../../{_SCHEMA}") + comment(_goal_introduction(goal, taken, len(steps)))
        lines = [
            "version: 1",
            f"name: {name}",
            f"extends: {base}",
            *_change(taken),
            *_experiment(goal, taken.step, reference),
        ]
        files[f"configs/goals/{goal.name}/{file}"] = head + "".join(f"{line}\n" for line in lines)
        base, reference = file, name
    return files


def _baseline() -> str:
    return render_run_yaml(
        BASELINE,
        backend="local",
        model="rehearsal",
        dataset="quickstart/data/arithmetic.jsonl",
        evaluator="quickstart/evaluators/arithmetic.py:evaluate",
        evaluation_dataset="quickstart/data/held-out.jsonl",
        schema_path=f"../{_SCHEMA}",
        reward_range=REWARD_RANGE,
        introduction=_BASELINE_INTRODUCTION,
    )


def _goal_introduction(goal: Goal, taken: GoalStep, of: int) -> tuple[str, ...]:
    change = f"{taken.step.path} from {show(taken.present)} to {show(taken.value)}"
    return f"{goal.title}, step {taken.number} of {of}: {change}.", f"Watch: {goal.watch}"


def _change(taken: GoalStep) -> list[str]:
    entry = parameter(taken.step.path)
    return [f"{entry.section}:", f"  {entry.key}: {show(taken.value)}"]


def _experiment(goal: Goal, step: Step, reference: str) -> list[str]:
    return [
        "experiment:",
        f"  reference: {reference}",
        f"  goal: {goal.name}",
        f"  hypothesis: {scalar(step.why)}",
    ]
