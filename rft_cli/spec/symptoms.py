"""The sixteen symptoms that a run can show. Data; `rft_cli.curves` finds them, `rft explain` tells them."""

from __future__ import annotations

from typing import NamedTuple


class SymptomKind(NamedTuple):
    """One thing that a run can show."""

    id: str
    summary: str
    """What the curve does, one sentence."""
    meaning: str
    """What it says about the run, and what it does not."""
    reads: tuple[str, ...]
    """Canonical metrics it is read from; any one that is logged is enough unless the meaning says otherwise."""


SYMPTOMS: tuple[SymptomKind, ...] = (
    SymptomKind(
        "healthy_rising_then_plateau",
        "The reward rose beyond its noise and is level at the end.",
        "The run did what it should. Nothing needs to change unless a goal asks for it.",
        ("reward_mean",),
    ),
    SymptomKind(
        "still_climbing_at_end",
        "The reward was still rising when the run ended.",
        "More steps would have been worth something; how much is a forecast, which is right about two times in three.",
        ("reward_mean",),
    ),
    SymptomKind(
        "plateaued_early_low",
        "The reward hardly moved, and was steady enough to show that it did not.",
        "The policy learns too slowly to matter. A KL to the reference that stays near zero says the same more surely.",
        ("reward_mean", "kl", "reward_std"),
    ),
    SymptomKind(
        "spike_then_collapse",
        "The reward rose, or began high, and then fell and stayed down.",
        "The steps were too large. Answers at the length limit and groups without variance that follow are its debris.",
        ("reward_mean",),
    ),
    SymptomKind(
        "flat_no_signal",
        "The answers of a group score the same, and the reward does not move.",
        "Policy optimisation compares the answers of one prompt: without differences nothing is learned. Either every "
        "answer fails, or the evaluator cannot tell answers apart.",
        ("zero_variance_group_fraction", "reward_std", "reward_mean"),
    ),
    SymptomKind(
        "truncation",
        "Many answers are cut at the length limit.",
        "A cut answer is scored without its end. Where nothing counts cut answers, lengths that pile up at one value stand in.",
        ("truncated_fraction", "completion_length_mean", "completion_length_max"),
    ),
    SymptomKind(
        "noisy_unstable",
        "The reward swings more from step to step than it changes over the run.",
        "Nothing finer can be told from this curve: more rollouts a step, or more steps, would tell.",
        ("reward_mean",),
    ),
    SymptomKind(
        "saturated_at_max",
        "The reward rose to where nearly every answer of a group scores the same.",
        "The task is used up: further steps teach little.",
        ("reward_mean", "zero_variance_group_fraction", "reward_std"),
    ),
    SymptomKind(
        "length_blowup",
        "The answers became much longer during the run.",
        "Longer answers are worth it only where the reward rises with them.",
        ("completion_length_mean",),
    ),
    SymptomKind(
        "kl_blowup",
        "The policy moved very far from its reference, at the end or in bursts.",
        "A warning sign next to others, never by itself a reason to change a parameter.",
        ("kl",),
    ),
    SymptomKind(
        "entropy_collapse",
        "The entropy of the policy fell to a small part of what it was.",
        "The policy hardly explores any more. Healthy while the reward rises, a warning sign when it does not.",
        ("entropy",),
    ),
    SymptomKind(
        "too_short_to_tell",
        "There are too few points, and they carry too few rollouts, to tell anything from their order.",
        "The evidence says how many more points are needed.",
        ("reward_mean",),
    ),
    SymptomKind(
        "overfitting",
        "The training reward holds or rises while the held-out reward falls.",
        "The policy learns the training rows by heart, or learns what only the training reward pays for.",
        ("reward_mean", "evaluation_reward"),
    ),
    SymptomKind(
        "out_of_memory",
        "The log or the reason of the failure says that memory ran out.",
        "Needs no curve.",
        (),
    ),
    SymptomKind(
        "memory_headroom",
        "The accelerators never used more than 70 % of their memory.",
        "A larger batch would fit; the guide speaks of it above 30 % of headroom.",
        ("memory_gib", "memory_fraction"),
    ),
    SymptomKind(
        "short_outputs",
        "Even the longest answers are far below the length limit.",
        "The limit could be lower without cutting anything. Needs the limit or a cap that is known.",
        ("completion_length_max", "completion_length_mean"),
    ),
)
"""The first twelve are read from the curve of the reward and its companions, the last four also from other sources."""

SYMPTOM_IDS = tuple(entry.id for entry in SYMPTOMS)


def symptom_kind(id_: str) -> SymptomKind:
    """The entry of an id.

    Raises:
        KeyError: no such symptom.
    """
    return _BY_ID[id_]


_BY_ID = {entry.id: entry for entry in SYMPTOMS}
