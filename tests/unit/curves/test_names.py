"""What a logged name means, and what it must not be taken for."""

from __future__ import annotations

import pytest

from rft_cli.curves.names import CANONICAL, FAMILIES, NAMES, formed, match
from rft_cli.worker import METRICS


@pytest.mark.parametrize(
    ("logged", "canonical"),
    [
        ("reward", "reward_mean"),
        ("train/reward", "reward_mean"),
        ("critic/score/mean", "reward_mean"),
        ("rollout/reward_mean", "reward_mean"),
        ("env/all/reward/total", "reward_mean"),
        ("env/math/reward/total", "reward_mean"),
        ("reward/gsm8k/mean", "reward_mean"),
        ("rollout/raw_reward", "reward_mean"),
        ("/train_mean_reward", "reward_mean"),
        ("Average Reward", "reward_mean"),
        ("mean_episode_reward", "reward_mean"),
        ("completions / clipped_ratio", "truncated_fraction"),
        ("train/completions/clipped_ratio", "truncated_fraction"),
        ("response_length/clip_ratio", "truncated_fraction"),
        ("effective/solver/is_truncated/mean", "truncated_fraction"),
        ("completion_length", "completion_length_mean"),
        ("avg_response_tokens", "completion_length_mean"),
        ("frac_reward_zero_std", "zero_variance_group_fraction"),
        ("actor/kl_loss", "kl"),
        ("objective/kl", "kl"),
        ("optim/entropy", "entropy"),
        ("lr", "learning_rate"),
        ("Training Loss", "loss"),
        ("eval/reward", "evaluation_reward"),
        ("test/env/all/reward/total", "evaluation_reward"),
        ("val-core/openai/gsm8k/reward/mean@8", "evaluation_reward"),
        ("system/gpu.0.memoryAllocated", "memory_fraction"),
        ("system.gpu.0.memoryAllocated", "memory_fraction"),
        ("memory(GiB)", "memory_gib"),
    ],
)
def test_names_of_every_framework_mean_one_metric(logged, canonical) -> None:
    found = match(logged)
    assert (found.canonical if found else None) == canonical


@pytest.mark.parametrize(
    "logged",
    [
        "clip_ratio",
        "clip_ratio/high_mean",
        "train/clip_ratio/region_mean",
        "actor/pg_clipfrac",
        "ppo_clip_ratio",
        "clip_frac",
        "actor/ppo_kl",
        "ppo_kl",
        "approx_kl",
        "policy/approxkl_avg",
        "mismatch_kl/mean",
        "vllm_kl",
        "optim/kl_sample_train_v1",
        "num_tokens_total",
        "reward_weights",
        "rewards/format/std",
        "",
    ],
)
def test_what_only_resembles_a_metric_is_not_read(logged) -> None:
    assert match(logged) is None


def test_one_reward_function_is_a_part_not_the_reward() -> None:
    assert match("rewards/correctness/mean") == match("rewards / correctness / mean")
    found = match("rewards/correctness/mean")
    assert found is not None
    assert found.canonical == "reward_part"


def test_the_raw_score_is_preferred_to_the_reward_after_its_penalty() -> None:
    raw, penalised = match("critic/score/mean"), match("critic/rewards/mean")
    assert raw is not None
    assert penalised is not None
    assert raw.rank < penalised.rank


def test_every_metric_of_our_own_trainers_is_read_under_both_of_its_names() -> None:
    for metric in METRICS:
        assert {metric.canonical} == {
            found.canonical for found in (match(metric.name), match(metric.canonical)) if found
        }


def test_the_tables_lead_to_canonical_names_only() -> None:
    known = {*CANONICAL, "reward_part"}
    assert {entry.canonical for entry in (*NAMES, *FAMILIES)} <= known


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [(0.3, "as logged", 0.3), (0.25, "one minus", 0.75), (50.0, "percent", 0.5), (2.0**31, "bytes", 2.0)],
)
def test_values_are_brought_to_the_unit_of_their_metric(value, form, expected) -> None:
    assert formed(value, form) == expected
