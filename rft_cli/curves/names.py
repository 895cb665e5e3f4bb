"""What each framework calls a metric, as one table, and the look-up from a logged name to the canonical one.

Two families of names look right and are not: the share of *probability ratios* that PPO clips is no truncated answer, and the
KL between two policies of one run (new and old, trainer and sampler) is no KL to the reference. They are listed to be refused.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from rft_cli.worker import METRICS

Form = Literal["as logged", "one minus", "bytes", "percent"]


class Name(NamedTuple):
    """One logged name."""

    logged: str
    canonical: str
    frameworks: str
    form: Form = "as logged"


class Family(NamedTuple):
    """Logged names with a free part: the name of an environment, of an agent, of a device."""

    pattern: re.Pattern[str]
    canonical: str
    frameworks: str
    form: Form = "as logged"


class Match(NamedTuple):
    """What a logged name means."""

    canonical: str
    form: Form
    rank: int
    """Place in the tables: where several names of one metric are logged, the lowest is read."""


STEP_NAMES = (
    "train/global_step",
    "global_step",
    "training/global_step",
    "step",
    "rollout/step",
    "progress/batch",
    "train/step",
    "training_step",
    "iteration",
    "iter",
    "batch",
    "_step",
)
"""Names of the step, best first. W&B's own ``_step`` counts its calls, not the trainer's steps, and comes last."""

EXTRA_CANONICAL = (
    "all_good_fraction",
    "all_bad_fraction",
    "evaluation_reward",
    "memory_gib",
    "memory_fraction",
)
"""Canonical metrics that rft's own trainers do not log each step."""

CANONICAL = (*(metric.canonical for metric in METRICS), *EXTRA_CANONICAL)

NAMES: tuple[Name, ...] = (
    *(Name(metric.name, metric.canonical, "TRL, Unsloth, ms-swift, rft") for metric in METRICS),
    *(Name(name, name, "rft") for name in CANONICAL),
    # Reward: the task's score before any penalty, where a framework logs both.
    Name("critic/score/mean", "reward_mean", "verl"),
    Name("critic/rewards/mean", "reward_mean", "verl, with the KL penalty taken off"),
    Name("rollout/reward_mean", "reward_mean", "OpenRLHF"),
    Name("rollout/raw_reward", "reward_mean", "Fireworks cookbook"),
    Name("env/all/reward/total", "reward_mean", "tinker-cookbook"),
    Name("reward/all/mean", "reward_mean", "prime-rl"),
    Name("reward/mean", "reward_mean", "prime-rl"),
    Name("rewards/mean", "reward_mean", "own loops"),
    Name("/train_mean_reward", "reward_mean", "GCP"),
    Name("Score", "reward_mean", "Fireworks"),
    Name("objective/scores", "reward_mean", "TRL PPO"),
    Name("mean_reward", "reward_mean", "own loops"),
    Name("avg_reward", "reward_mean", "own loops"),
    Name("rollout/filtered_reward", "reward_mean", "Fireworks cookbook, after dropping groups"),
    # Spread of reward.
    Name("rollout/reward_std", "reward_std", "OpenRLHF"),
    Name("group_reward_std", "reward_std", "OpenRLHF"),
    Name("reward_std_dev", "reward_std", "ART"),
    Name("std_reward", "reward_std", "own loops"),
    Name("reward/all/std", "reward_std", "prime-rl"),
    # Groups that teach nothing.
    Name("by_group/frac_mixed", "zero_variance_group_fraction", "tinker-cookbook", "one minus"),
    Name("env/all/by_group/frac_mixed", "zero_variance_group_fraction", "tinker-cookbook", "one minus"),
    Name("rollout/filter_ratio", "zero_variance_group_fraction", "Fireworks cookbook"),
    Name("dynamic_filtering_pass_rate", "zero_variance_group_fraction", "OpenRLHF", "one minus"),
    Name("rollout/dynamic_filtering_pass_rate", "zero_variance_group_fraction", "OpenRLHF", "one minus"),
    Name("zero_variance_fraction", "zero_variance_group_fraction", "own loops"),
    Name("zero_std_frac", "zero_variance_group_fraction", "own loops"),
    Name("by_group/frac_all_good", "all_good_fraction", "tinker-cookbook"),
    Name("by_group/frac_all_bad", "all_bad_fraction", "tinker-cookbook"),
    Name("env/all/by_group/frac_all_good", "all_good_fraction", "tinker-cookbook"),
    Name("env/all/by_group/frac_all_bad", "all_bad_fraction", "tinker-cookbook"),
    # Answers cut at the limit.
    Name("response_length/clip_ratio", "truncated_fraction", "verl"),
    Name("rollout/truncated_rate", "truncated_fraction", "OpenRLHF"),
    Name("truncated_rate", "truncated_fraction", "OpenRLHF"),
    Name("response_clip_ratio", "truncated_fraction", "OpenRLHF"),
    Name("is_truncated/all/mean", "truncated_fraction", "prime-rl"),
    Name("is_truncated/mean", "truncated_fraction", "prime-rl"),
    Name("clipped_ratio", "truncated_fraction", "own loops"),
    Name("truncation_rate", "truncated_fraction", "own loops"),
    Name("truncated_ratio", "truncated_fraction", "own loops"),
    Name("frac_truncated", "truncated_fraction", "own loops"),
    # Length of answers.
    Name("completion_length", "completion_length_mean", "TRL before 0.16, Unsloth"),
    Name("response_length/mean", "completion_length_mean", "verl"),
    Name("response_length/max", "completion_length_max", "verl"),
    Name("response_length/min", "completion_length_min", "verl"),
    Name("rollout/response_length_mean", "completion_length_mean", "OpenRLHF"),
    Name("response_length", "completion_length_mean", "OpenRLHF"),
    Name("seq_len/all/mean", "completion_length_mean", "prime-rl, prompt included"),
    Name("seq_len/mean", "completion_length_mean", "prime-rl, prompt included"),
    Name("/train_generation_length", "completion_length_mean", "GCP"),
    Name("env/all/ac_tokens_per_turn", "completion_length_mean", "tinker-cookbook"),
    Name("seq_len_mean", "completion_length_mean", "own loops"),
    Name("avg_gen_tokens", "completion_length_mean", "own loops"),
    Name("completion_len", "completion_length_mean", "own loops"),
    # KL to the reference.
    Name("actor/kl_loss", "kl", "verl"),
    Name("actor/reward_kl_penalty", "kl", "verl"),
    Name("loss/kl_div", "kl", "ART"),
    Name("objective/kl", "kl", "TRL PPO"),
    Name("kl_div", "kl", "own loops"),
    Name("kl_mean", "kl", "own loops"),
    Name("mean_kl", "kl", "own loops"),
    Name("kl_divergence", "kl", "own loops"),
    Name("kl_loss", "kl", "own loops"),
    Name("kl_ref", "kl", "own loops"),
    # Entropy.
    Name("actor/entropy", "entropy", "verl"),
    Name("actor/entropy_loss", "entropy", "verl before 0.4"),
    Name("entropy_loss", "entropy", "OpenRLHF"),
    Name("entropy/all/mean", "entropy", "prime-rl"),
    Name("entropy/mean", "entropy", "prime-rl"),
    Name("loss/entropy", "entropy", "ART"),
    Name("optim/entropy", "entropy", "tinker-cookbook"),
    Name("mean_entropy", "entropy", "own loops"),
    Name("policy_entropy", "entropy", "own loops"),
    # Optimiser.
    Name("actor/lr", "learning_rate", "verl"),
    Name("actor_lr", "learning_rate", "OpenRLHF"),
    Name("optim/lr", "learning_rate", "prime-rl, tinker-cookbook"),
    Name("loss/learning_rate", "learning_rate", "ART"),
    Name("train/lr", "learning_rate", "Fireworks cookbook"),
    Name("lr", "learning_rate", "own loops"),
    Name("actor/grad_norm", "grad_norm", "verl"),
    Name("actor_grad_norm", "grad_norm", "OpenRLHF"),
    Name("optim/grad_norm", "grad_norm", "prime-rl"),
    Name("loss/grad_norm", "grad_norm", "ART"),
    Name("Training Loss", "loss", "notebook tables"),
    Name("actor/pg_loss", "loss", "verl"),
    Name("policy_loss", "loss", "OpenRLHF"),
    Name("loss/mean", "loss", "prime-rl"),
    # Progress.
    Name("training/epoch", "epoch", "verl"),
    Name("progress/epoch", "epoch", "tinker-cookbook"),
    # Held-out reward.
    Name("eval_reward", "evaluation_reward", "TRL, ms-swift"),
    Name("eval/reward", "evaluation_reward", "TRL in W&B and TensorBoard"),
    Name("val/reward", "evaluation_reward", "ART"),
    Name("test/env/all/reward/total", "evaluation_reward", "tinker-cookbook"),
    Name("/eval_mean_reward", "evaluation_reward", "GCP"),
    Name("eval/mean_reward", "evaluation_reward", "own loops"),
    Name("eval_reward_mean", "evaluation_reward", "own loops"),
    Name("val_reward", "evaluation_reward", "own loops"),
    # Memory of one accelerator.
    Name("perf/max_memory_reserved_gb", "memory_gib", "verl"),
    Name("perf/max_memory_allocated_gb", "memory_gib", "verl"),
    Name("perf/peak_memory", "memory_gib", "prime-rl"),
    Name("memory(GiB)", "memory_gib", "ms-swift"),
)
"""Exact names, best first where one framework logs several for the same metric. ``train/`` in front of a name changes nothing."""

FAMILIES: tuple[Family, ...] = (
    Family(re.compile(r"reward/[^/]+/mean"), "reward_mean", "prime-rl, one environment"),
    Family(re.compile(r"env/[^/]+/reward/total"), "reward_mean", "tinker-cookbook, one environment"),
    Family(re.compile(r"effective/[^/]+/is_truncated/mean"), "truncated_fraction", "prime-rl, one agent"),
    Family(re.compile(r"is_truncated/[^/]+/mean"), "truncated_fraction", "prime-rl, one environment"),
    Family(re.compile(r"test/env/[^/]+/reward/total"), "evaluation_reward", "tinker-cookbook"),
    Family(re.compile(r"val-core/.+/reward/mean@\d+"), "evaluation_reward", "verl"),
    Family(re.compile(r"val/test_score/.+"), "evaluation_reward", "verl before 0.4"),
    Family(
        re.compile(r"system[./]gpu[./]\d+[./]memoryAllocated"),
        "memory_fraction",
        "W&B system metrics",
        "percent",
    ),
    Family(
        re.compile(r"system[./]gpu[./]\d+[./]memoryAllocatedBytes"),
        "memory_gib",
        "W&B system metrics",
        "bytes",
    ),
    Family(re.compile(r"rewards/[^/]+(?:/mean)?"), "reward_part", "TRL: one reward function"),
)
"""Names with a free part. ``reward_part`` stands in for the reward where a log has a single part and no total."""

REFUSED = re.compile(
    r"(?:^|/)(?:clip_ratio|pg_clipfrac|clip_?frac|ppo_clip_ratio|policy_clip)"  # clipped probability ratios
    r"|(?:^|/)(?:ppo_kl|approx_?kl|mismatch_kl|vllm_kl|kl_sample_train)",  # KL within the run
    re.IGNORECASE,
)
"""Names that must not be taken for what they resemble; truncation of verl (``response_length/clip_ratio``) is an exact name."""

_MEAN = frozenset(["mean", "avg", "average", "train", "training", "rollout"])
_REWARD_CORE = frozenset(["reward", "rewards", "score", "scores", "return", "returns"])
_REWARD_WORDS = (
    _REWARD_CORE | _MEAN | frozenset(["total", "all", "overall", "raw", "episode", "batch", "step"])
)
_LENGTH_CORE = frozenset(["length", "lengths", "len", "tokens"])
_ANSWER = frozenset(
    [
        "completion",
        "completions",
        "response",
        "responses",
        "generation",
        "gen",
        "generated",
        "output",
        "answer",
        "seq",
        "sequence",
    ]
)
_LENGTH_WORDS = _LENGTH_CORE | _ANSWER | _MEAN
"""Words of own loops: a name of these words only is read as the metric that they spell."""

_EXACT = {entry.logged.lower(): (entry, rank) for rank, entry in reversed(list(enumerate(NAMES)))}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SLASH = re.compile(r"\s*/\s*")
_WORDS = re.compile(r"[a-z]+")


def normalised(name: str) -> str:
    """A logged name without colour, without spaces around its slashes, as notebook tables write them."""
    return _SLASH.sub("/", _ANSI.sub("", name)).strip()


@lru_cache(maxsize=4096)
def match(logged: str) -> Match | None:
    """What a logged name means; None for a name that is not read, or must not be."""
    name = normalised(logged)
    for candidate in (name, name.removeprefix("train/")):
        if (found := _EXACT.get(candidate.lower())) is not None:
            return Match(found[0].canonical, found[0].form, found[1])
    if REFUSED.search(name):
        return None
    short = name.removeprefix("train/")
    for place, family in enumerate(FAMILIES):
        if family.pattern.fullmatch(short):
            return Match(family.canonical, family.form, len(NAMES) + place)
    return _spelt_out(name.lower())


def _spelt_out(name: str) -> Match | None:
    words = set(_WORDS.findall(name.replace("_", " ")))
    last = len(NAMES) + len(FAMILIES)
    if words and words <= _REWARD_WORDS and words & _REWARD_CORE:
        return Match("reward_mean", "as logged", last)
    if words <= _LENGTH_WORDS and words & _LENGTH_CORE and words & _ANSWER:
        return Match("completion_length_mean", "as logged", last)
    return None


def formed(value: float, form: Form) -> float:
    """A logged value in the unit of its canonical metric."""
    if form == "one minus":
        return 1 - value
    if form == "bytes":
        return value / 2**30
    return value / 100 if form == "percent" else value
