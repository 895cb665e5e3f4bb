"""The seven goals of the guide as sequences of single changes. Data; `Step.next_value` is the one interpreter."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rft_cli.spec.parameter import Number
from rft_cli.spec.parameters import parameter


class Step(NamedTuple):
    """One change towards a goal."""

    path: str
    move: Literal["to", "add", "times"]
    """``to`` a value, ``add`` to the present value, or ``times`` a factor."""
    amount: Number
    limit: Number | None = None
    """The furthest value that repeated steps may reach."""
    why: str = ""
    """The hypothesis that a run config of this step states."""
    direction: Literal["up", "down"] = "up"

    def next_value(self, present: Number) -> Number | None:
        """The value that this step moves to; None when the present value satisfies it already.

        Raises nothing: the result is always legal, because steps stop at the parameter's ends.
        """
        target = parameter(self.path)
        if self.move == "to":
            value: Number = self.amount
        elif self.move == "add":
            value = present + self.amount
        else:
            value = target.normal(present * self.amount)
        if self.limit is not None and self._beyond(value, self.limit):
            value = self.limit
        moved = target.order(value) > target.order(present)
        if value == present or moved != (self.direction == "up") or not target.accepts(value):
            return None
        return target.normal(value)

    def _beyond(self, value: Number, limit: Number) -> bool:
        order = parameter(self.path).order
        return order(value) > order(limit) if self.direction == "up" else order(value) < order(limit)


class Goal(NamedTuple):
    """What a team may want of a run, and the changes that lead there, one run each."""

    name: str
    title: str
    summary: str
    steps: tuple[Step, ...]
    watch: str
    """What to look at while the steps are taken."""
    source: str


GOALS: tuple[Goal, ...] = (
    Goal(
        "faster-convergence",
        "Faster convergence",
        "Reach the same reward in fewer runs: more passes first, then a slightly larger step.",
        (
            Step(
                "training.epochs",
                "add",
                1,
                2,
                "a second pass gives the model the exposure that one pass did not",
            ),
            Step(
                "training.epochs",
                "add",
                1,
                3,
                "a third pass still pays when the reward climbed to the end of the second",
            ),
            Step(
                "training.learning_rate",
                "to",
                1.5e-4,
                None,
                "a step half as large again climbs sooner and stays within twice the default",
            ),
        ),
        "The end of the curve: once it is level, further epochs only cost. A spike means that the rate is too high.",
        "GO1",
    ),
    Goal(
        "better-quality",
        "Better quality",
        "A stronger final model when cost matters less: more diverse exploration and more candidates to compare.",
        (
            Step(
                "rollout.temperature",
                "to",
                1.0,
                None,
                "more diverse answers let the policy find better ones than its habit",
            ),
            Step(
                "rollout.n", "to", 6, None, "six candidates a prompt give a clearer learning signal than four"
            ),
            Step("rollout.n", "to", 8, None, "eight candidates are the most that still pay for themselves"),
            Step(
                "rollout.max_tokens",
                "times",
                2,
                None,
                "longer answers leave room for reasoning that is now cut short",
            ),
        ),
        "Held-out evaluation, not training reward: the reward is measured at the run's own temperature.",
        "GO2",
    ),
    Goal(
        "safer",
        "Safer, less toxic",
        "Precise and factual answers: sample nearer to what the model is sure of.",
        (
            Step(
                "rollout.temperature",
                "to",
                0.5,
                None,
                "less randomness keeps answers to what the model is sure of",
                "down",
            ),
            Step(
                "rollout.top_p",
                "to",
                0.5,
                None,
                "cutting the improbable tail removes the tokens that hallucinations are made of",
                "down",
            ),
            Step(
                "rollout.top_k",
                "to",
                20,
                None,
                "half the candidates a token keep the answers to the point",
                "down",
            ),
            Step("rollout.temperature", "to", 0.3, None, "the lowest randomness that still explores", "down"),
        ),
        "The share of groups without any difference in reward: when it grows, exploration is gone.",
        "GO3",
    ),
    Goal(
        "more-creative",
        "More creative",
        "Varied answers for stories and ideas: more randomness with the nonsense cut off.",
        (
            Step("rollout.temperature", "to", 1.0, None, "more randomness gives more varied answers"),
            Step(
                "rollout.top_p",
                "to",
                0.9,
                None,
                "a nucleus of 0.9 keeps the variety and drops the improbable tail",
                "down",
            ),
        ),
        "Read the rollouts: above a temperature of 1.2 answers fall apart.",
        "GO4",
    ),
    Goal(
        "lower-cost",
        "Lower cost",
        "Cheaper runs: fewer candidates, shorter answers, smaller batches.",
        (
            Step(
                "rollout.n",
                "times",
                0.5,
                2,
                "half the candidates cost half; two are the least that can be compared",
                "down",
            ),
            Step(
                "rollout.max_tokens",
                "times",
                0.5,
                None,
                "answers far below the limit do not need the room",
                "down",
            ),
            Step(
                "training.batch_size",
                "times",
                0.5,
                None,
                "a smaller batch needs less memory at the price of noisier updates",
                "down",
            ),
        ),
        "Truncated answers after the limit was lowered, and noise after the batch was.",
        "GO5",
    ),
    Goal(
        "higher-capacity",
        "Higher capacity",
        "More room in the adapter for a task that the default rank cannot hold.",
        (
            Step(
                "training.lora_rank",
                "to",
                16,
                None,
                "twice the rank gives a complex task room that rank 8 lacks",
            ),
            Step("training.lora_rank", "to", 32, None, "rank 32 is for tasks that still level off low at 16"),
        ),
        "GPU memory, and the gap between training and held-out reward.",
        "GO6",
    ),
    Goal(
        "prevent-overfitting",
        "Prevent overfitting",
        "Generalise rather than memorise: one pass, and a smaller adapter.",
        (
            Step("training.epochs", "to", 1, None, "one pass cannot memorise what it sees once", "down"),
            Step(
                "training.lora_rank",
                "times",
                0.5,
                None,
                "a smaller adapter has less room to memorise",
                "down",
            ),
        ),
        "Held-out reward beside training reward: the gap is the overfitting.",
        "GO7",
    ),
)

_BY_NAME = {goal.name: goal for goal in GOALS}
GOAL_NAMES = tuple(_BY_NAME)


def goal(name: str) -> Goal:
    """The goal of that name; KeyError when there is none."""
    return _BY_NAME[name]
