"""Curves of known shape show the symptoms that they were made with."""

from __future__ import annotations

import numpy as np
import pytest
from support.curves import climb, collapse, find, ids, late_rise, level, run, saturating

from rft_cli.curves.diagnose import diagnose
from rft_cli.curves.points import from_points
from rft_cli.curves.symptom import Context
from rft_cli.spec.symptoms import SYMPTOM_IDS

SEEDS = range(5)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (saturating(), "healthy_rising_then_plateau"),
        (saturating(constant=0.02), "healthy_rising_then_plateau"),
        (climb(), "still_climbing_at_end"),
        (late_rise(), "still_climbing_at_end"),
        (level(), "plateaued_early_low"),
        (collapse(), "spike_then_collapse"),
        (collapse(at=0.9), "spike_then_collapse"),
    ],
)
def test_the_shape_of_a_reward_is_named(shape, expected, seed) -> None:
    assert ids(run(shape, seed=seed)) == {expected}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rise_smaller_than_the_noise_of_few_points_cannot_be_told(seed) -> None:
    assert ids(run(climb(0.0, 0.1), points=20, noise=0.5, seed=seed)) == {"noisy_unstable"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_climb_under_heavy_noise_is_both(seed) -> None:
    assert ids(run(climb(), points=300, noise=0.5, seed=seed)) == {"noisy_unstable", "still_climbing_at_end"}


def test_noise_beside_a_shape_asks_for_no_more_points() -> None:
    assert "points_needed" not in find(run(level(0.0), points=300, noise=0.5), "noisy_unstable").evidence


def test_the_noisy_curve_says_how_many_more_points_would_mostly_tell() -> None:
    told, asked = 0, 0
    for seed in range(20):
        few = run(level(0.0), points=20, noise=0.5, seed=seed)
        if ids(few) == {"noisy_unstable"}:
            needed = int(find(few, "noisy_unstable").evidence["points_needed"])
            more = run(level(0.0), points=20 + needed, noise=0.5, seed=100 + seed)
            told += "plateaued_early_low" in ids(more)
            asked += 1
    assert asked >= 15
    assert told >= 0.6 * asked


def test_noise_that_lasts_is_no_collapse_more_often_than_one_time_in_ten() -> None:
    false = sum(
        "spike_then_collapse" in ids(run(level(), points=300, noise=0.1, lasting=0.5, seed=seed))
        for seed in range(40)
    )
    assert false <= 4


@pytest.mark.parametrize("points", range(15))
def test_too_few_points_say_how_many_are_missing(points) -> None:
    short = find(run(climb(), points=points), "too_short_to_tell")
    assert (short.evidence["points"], short.evidence["points_needed"]) == (points, 15 - points)


def test_cut_answers_are_truncation() -> None:
    assert "truncation" in ids(run(saturating(), truncated_fraction=0.5))
    assert "truncation" not in ids(run(saturating(), truncated_fraction=0.1))


def test_lengths_that_pile_up_stand_in_for_a_count_of_cut_answers() -> None:
    piled = run(saturating(), completion_length_mean=lambda time: np.where(time > 0.3, 512.0, 300.0))
    free = run(saturating(), completion_length_mean=lambda time: 400 + 100 * np.sin(40 * time))
    assert "truncation" in ids(piled)
    assert "truncation" not in ids(free)


def test_a_known_limit_tells_a_pile_from_a_habit() -> None:
    series = run(saturating(), completion_length_mean=lambda time: np.full_like(time, 300.0))
    assert "truncation" in ids(series)
    assert "truncation" not in ids(series, Context(parameters={"rollout.max_tokens": 2048}))


def test_a_collapse_explains_the_cut_answers_and_silent_groups_that_follow() -> None:
    after = lambda time: (time > 0.5).astype(float)  # noqa: E731
    series = run(
        collapse(),
        truncated_fraction=after,
        zero_variance_group_fraction=after,
        completion_length_mean=lambda time: np.where(time > 0.5, 512.0, 100.0),
    )
    found = {symptom.id: symptom.explained_by for symptom in diagnose(series)}
    assert found == {
        "spike_then_collapse": "",
        "truncation": "spike_then_collapse",
        "flat_no_signal": "spike_then_collapse",
        "length_blowup": "spike_then_collapse",
    }


def test_cut_answers_that_were_there_before_a_collapse_stand_for_themselves() -> None:
    found = find(run(collapse(), truncated_fraction=1.0), "truncation")
    assert (found.onset_step, found.explained_by) == (1, "")


def test_symptoms_come_in_the_order_of_their_onset() -> None:
    series = run(collapse(at=0.4), truncated_fraction=lambda time: (time > 0.7).astype(float))
    onsets = [symptom.onset_step for symptom in diagnose(series)]
    assert onsets == sorted(onsets)
    assert len(onsets) == 2


@pytest.mark.parametrize(
    ("height", "good", "kind"),
    [(0.0, 0.0, "all_fail"), (0.5, None, "alike")],
)
def test_groups_that_are_alike_are_told_apart_by_where_the_reward_is(height, good, kind) -> None:
    series = run(level(height), noise=0.0, zero_variance_group_fraction=1.0)
    silent = find(series, "flat_no_signal", Context(reward_range=(0, 1)))
    assert silent.evidence["kind"] == kind


def test_groups_that_all_succeed_are_saturated_not_silent() -> None:
    series = run(level(0.99), noise=0.002, zero_variance_group_fraction=0.95)
    assert ids(series, Context(reward_range=(0, 1))) == {"saturated_at_max"}


def test_counts_of_good_and_bad_groups_decide_before_the_level_does() -> None:
    series = run(
        level(3.0),
        noise=0.0,
        zero_variance_group_fraction=0.9,
        all_good_fraction=0.1,
        all_bad_fraction=0.8,
    )
    assert find(series, "flat_no_signal").evidence["kind"] == "all_fail"


def test_a_reward_that_never_changes_is_identical_and_certain() -> None:
    silent = find(run(level(0.3), noise=0.0), "flat_no_signal")
    assert (silent.evidence["identical_points"], silent.confidence) == (1, 1.0)


def test_a_rise_to_groups_without_variance_is_saturated() -> None:
    series = run(
        saturating(), noise=0.01, zero_variance_group_fraction=lambda time: np.minimum(2 * time, 0.95)
    )
    assert ids(series) == {"healthy_rising_then_plateau", "saturated_at_max"}


def test_a_rise_to_the_declared_bound_is_saturated() -> None:
    series = run(saturating(0.1, 9.9), noise=0.1)
    assert "saturated_at_max" in ids(series, Context(reward_range=(0, 10)))
    assert "saturated_at_max" not in ids(series, Context(reward_range=(0, 20)))


def test_a_rise_that_ended_early_and_low_between_declared_bounds_is_a_low_plateau() -> None:
    series = run(saturating(0.05, 0.3, constant=0.05), noise=0.01)
    assert ids(series) == {"healthy_rising_then_plateau"}
    assert ids(series, Context(reward_range=(0, 1))) == {"plateaued_early_low"}
    assert ids(series, Context(reward_range=(0, 0.4))) == {"healthy_rising_then_plateau"}


def test_a_plateau_that_the_schedule_made_is_not_called_early() -> None:
    series = run(
        saturating(0.05, 0.3, constant=0.05),
        noise=0.01,
        learning_rate=lambda time: 1e-4 * np.maximum(1 - 8 * time, 0.01),
    )
    assert ids(series, Context(reward_range=(0, 1))) == {"healthy_rising_then_plateau"}


def test_the_end_of_the_learning_rate_is_evidence_beside_a_plateau() -> None:
    spent = find(run(level(), learning_rate=lambda time: 1e-4 * (1 - time)), "plateaued_early_low")
    held = find(run(level(), learning_rate=1e-4), "plateaued_early_low")
    assert (spent.evidence["rate_ends_at_zero"], held.evidence["rate_ends_at_zero"]) == (1, 0)


def test_a_kl_near_zero_shows_a_plateau_that_noise_hides() -> None:
    noisy = {"points": 20, "noise": 0.5}
    assert ids(run(level(0.0), **noisy)) == {"noisy_unstable"}
    still = run(level(0.0), kl=2e-4, **noisy)
    assert find(still, "plateaued_early_low").evidence["policy_moved"] == "no"
    assert "plateaued_early_low" not in ids(run(level(0.0), kl=0.2, **noisy))
    assert "plateaued_early_low" not in ids(run(level(0.0), kl=0.0, **noisy))


@pytest.mark.parametrize(
    ("metric", "values", "symptom"),
    [
        ("completion_length_mean", lambda time: 100 + 300 * time, "length_blowup"),
        ("kl", lambda time: np.where(np.abs(time - 0.5) < 0.01, 900.0, 0.1), "kl_blowup"),
        ("kl", lambda time: 0.01 + 3 * time, "kl_blowup"),
        ("entropy", lambda time: 0.4 * np.exp(-4 * time), "entropy_collapse"),
    ],
)
def test_companions_are_compared_with_their_own_start(metric, values, symptom) -> None:
    assert symptom in ids(run(saturating(), **{metric: values}))


@pytest.mark.parametrize(
    ("metric", "values"),
    [
        ("completion_length_mean", lambda time: 100 + 40 * time + 5 * np.sin(90 * time)),
        ("kl", lambda time: np.full_like(time, 1.5)),
        ("entropy", lambda time: 0.02 + 0.01 * np.cos(9 * time)),
    ],
)
def test_a_low_entropy_a_high_kl_and_longer_answers_are_not_symptoms_by_themselves(metric, values) -> None:
    assert ids(run(saturating(), **{metric: values})) == {"healthy_rising_then_plateau"}


def test_memory_that_was_never_used_is_headroom() -> None:
    series = run(saturating(), memory_gib=40.0)
    assert find(series, "memory_headroom", Context(memory_limit_gib=80)).evidence["headroom"] == 0.5
    assert "memory_headroom" not in ids(series, Context(memory_limit_gib=50))
    assert "memory_headroom" not in ids(series)
    assert "memory_headroom" in ids(run(saturating(), memory_fraction=0.5))


def test_answers_far_below_a_known_limit_are_short() -> None:
    series = run(saturating(), completion_length_max=200.0)
    assert "short_outputs" in ids(series, Context(parameters={"rollout.max_tokens": 2048}))
    assert "short_outputs" not in ids(series, Context(parameters={"rollout.max_tokens": 256}))
    assert "short_outputs" not in ids(series)


def evaluated(*means: float, error: float = 0.02):
    rows = [{"step": step + 1, "reward": 0.2 + 0.005 * step + 0.01 * (step % 2)} for step in range(100)]
    steps = np.linspace(0, 100, len(means)).astype(int)
    return from_points(
        rows,
        evaluations=[
            {"step": int(step), "mean": mean, "standard_error": error}
            for step, mean in zip(steps, means, strict=True)
        ],
    )


def test_a_held_out_reward_that_falls_while_training_rises_is_overfitting() -> None:
    found = find(evaluated(0.3, 0.6, 0.4), "overfitting")
    assert (found.onset_step, found.evidence["best"], found.evidence["end"]) == (50, 0.6, 0.4)


@pytest.mark.parametrize("means", [(0.3, 0.6, 0.58), (0.3, 0.4, 0.5), (0.5,)])
def test_a_held_out_reward_that_holds_is_not(means) -> None:
    assert "overfitting" not in ids(evaluated(*means))


def test_a_held_out_fall_that_the_samples_cannot_show_is_not_overfitting() -> None:
    assert "overfitting" not in ids(evaluated(0.3, 0.6, 0.4, error=0.2))


@pytest.mark.parametrize(
    "text",
    [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "RuntimeError: HIP out of memory",
        "RESOURCE_EXHAUSTED: failed to allocate memory",
        "kernel: oom-kill:constraint=CONSTRAINT_NONE",
        "Last State: Terminated, Reason: OOMKilled",
        "MemoryError",
    ],
)
def test_a_log_says_that_memory_ran_out_without_any_curve(text) -> None:
    series = from_points([], log_text=f"step 1\n{text}\nend")
    assert find(series, "out_of_memory").evidence["line"] == text
    assert "out_of_memory" in ids(from_points([]), Context(failure=text))


def test_a_log_about_rooms_is_not_about_memory() -> None:
    assert "out_of_memory" not in ids(from_points([], log_text="BLOOM-7b in the room; memory 12 GiB free"))


def chunks(*means: float, error: float = 0.01):
    return from_points(
        [
            {"step": place + 1, "reward_mean": mean, "reward_mean_error": error, "rollouts": 1600}
            for place, mean in enumerate(means)
        ]
    )


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ((0.2, 0.35, 0.5), "still_climbing_at_end"),
        ((0.2, 0.5, 0.51), "healthy_rising_then_plateau"),
        ((0.4, 0.5, 0.1), "spike_then_collapse"),
        ((0.4, 0.41, 0.4), "too_short_to_tell"),
        ((0.2, 0.5), "too_short_to_tell"),
    ],
)
def test_three_chunks_of_a_managed_job_can_show_a_rise_or_a_collapse(means, expected) -> None:
    assert ids(chunks(*means)) == {expected}


def test_the_same_three_points_without_errors_show_nothing() -> None:
    rows = [{"step": step, "reward": reward} for step, reward in ((1, 0.2), (2, 0.35), (3, 0.5))]
    assert ids(from_points(rows)) == {"too_short_to_tell"}


def test_the_prompts_behind_a_step_give_its_points_an_error() -> None:
    rows = [
        {"step": step, "reward": reward, "reward_std": 0.4}
        for step, reward in ((1, 0.2), (2, 0.35), (3, 0.5))
    ]
    assert ids(from_points(rows), Context(prompts_per_step=100)) == {"still_climbing_at_end"}
    assert ids(from_points(rows), Context(prompts_per_step=4)) == {"too_short_to_tell"}


def test_three_chunks_of_few_rollouts_show_nothing() -> None:
    assert ids(chunks(0.2, 0.35, 0.5, error=0.2)) == {"too_short_to_tell"}


def test_every_symptom_is_found_by_some_curve_and_explained() -> None:
    found = set()
    for series, context in (
        (run(saturating()), Context()),
        (run(climb()), Context()),
        (run(level()), Context()),
        (run(level(0.0), points=20, noise=0.5), Context()),
        (run(climb(), points=3), Context(failure="out of memory")),
        (
            run(
                collapse(),
                truncated_fraction=1.0,
                zero_variance_group_fraction=1.0,
                completion_length_mean=lambda time: 1 + 9 * time,
                completion_length_max=10.0,
                kl=lambda time: 40 * time,
                entropy=lambda time: 1.01 - time,
                memory_fraction=0.1,
            ),
            Context(parameters={"rollout.max_tokens": 2048}),
        ),
        (run(level(1.0), noise=0.0), Context(reward_range=(0, 1))),
        (evaluated(0.3, 0.6, 0.4), Context()),
    ):
        found |= ids(series, context)
    assert found == set(SYMPTOM_IDS)
