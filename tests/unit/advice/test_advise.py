from __future__ import annotations

from typing import Any

import pytest

from rft_cli.advice.advise import advise
from rft_cli.advice.case import CONDITIONS, Facts
from rft_cli.advice.change import Advised, Companion
from rft_cli.advice.forecast import Forecast, Term
from rft_cli.advice.history import Tried
from rft_cli.advice.playbook import PLAYBOOK
from rft_cli.curves.symptom import Context, Symptom
from rft_cli.spec.coverage import COMMANDS
from rft_cli.spec.goals import GOAL_NAMES
from rft_cli.spec.parameters import PARAMETERS
from rft_cli.spec.symptoms import SYMPTOM_IDS

DEFAULTS = {entry.path: entry.default for entry in PARAMETERS}
RATE, EPOCHS, RANK, BATCH = (
    "training.learning_rate",
    "training.epochs",
    "training.lora_rank",
    "training.batch_size",
)
CONTEXT, TEMPERATURE, TOP_P, TOP_K, N, TOKENS = (
    "training.max_context_length",
    "rollout.temperature",
    "rollout.top_p",
    "rollout.top_k",
    "rollout.n",
    "rollout.max_tokens",
)


def symptom(id_: str, onset: int = 1, **evidence: Any) -> Symptom:
    return Symptom(id_, onset, 0.9, evidence)


def context(**values: Any) -> Context:
    """A run config at its defaults but for the named keys (``n=2``)."""
    keys = {entry.key: entry.path for entry in PARAMETERS}
    return Context(parameters=DEFAULTS | {keys[key]: value for key, value in values.items()})


def change_of(*symptoms: Symptom | str, known: Context | None = None, **options: Any) -> Advised | None:
    shown = [symptom(each) if isinstance(each, str) else each for each in symptoms]
    return advise(shown, context() if known is None else known, **options).change


COLLAPSE, PLATEAU, CLIMBING = "spike_then_collapse", "plateaued_early_low", "still_climbing_at_end"
FLAT, TRUNCATION, OVERFITTING = "flat_no_signal", "truncation", "overfitting"
HEALTHY, NOISY, SATURATED = "healthy_rising_then_plateau", "noisy_unstable", "saturated_at_max"


@pytest.mark.covers("LR2", "LR3", "EP2", "EP3", "RK2", "BS2", "BS4", "TE2", "TE4", "TE6", "NR2", "MT2", "GO7")
@pytest.mark.parametrize(
    ("shown", "values", "expected"),
    [
        (COLLAPSE, {}, (RATE, "down", 1e-4, 5e-5)),
        (COLLAPSE, {"learning_rate": 5e-5, "epochs": 4}, (EPOCHS, "down", 4, 2)),
        ("out_of_memory", {}, (BATCH, "down", 32768, 16384)),
        (TRUNCATION, {}, (TOKENS, "up", 2048, 4096)),
        (TRUNCATION, {"max_context_length": 2048}, (CONTEXT, "up", 2048, 4096)),
        (FLAT, {}, (TEMPERATURE, "up", 0.7, 1.0)),
        (FLAT, {"temperature": 0.3}, (TEMPERATURE, "up", 0.3, 0.7)),
        (FLAT, {"top_p": 0.4}, (TOP_P, "up", 0.4, 1.0)),
        (FLAT, {"top_k": 2}, (TOP_K, "up", 2, 40)),
        (FLAT, {"top_k": 0}, (TEMPERATURE, "up", 0.7, 1.0)),
        (FLAT, {"temperature": 1.2}, (N, "up", 4, 6)),
        (PLATEAU, {"temperature": 1.5}, (TEMPERATURE, "down", 1.5, 0.7)),
        (NOISY, {"temperature": 2.0}, (TEMPERATURE, "down", 2.0, 0.7)),
        (CLIMBING, {"temperature": 2.0}, (EPOCHS, "up", 1, 2)),
        (OVERFITTING, {"epochs": 3}, (EPOCHS, "down", 3, 1)),
        (OVERFITTING, {}, (RANK, "down", 8, 4)),
        ("kl_blowup", {}, (RATE, "down", 1e-4, 5e-5)),
        ("length_blowup", {}, (RATE, "down", 1e-4, 5e-5)),
        ("entropy_collapse", {}, (RATE, "down", 1e-4, 5e-5)),
        (CLIMBING, {}, (EPOCHS, "up", 1, 2)),
        (PLATEAU, {}, (RATE, "up", 1e-4, 2e-4)),
        (PLATEAU, {"learning_rate": 2e-4}, (RANK, "up", 8, 16)),
        (PLATEAU, {"learning_rate": 2e-4, "lora_rank": 128}, (N, "up", 4, 6)),
        (NOISY, {}, (N, "up", 4, 6)),
        (NOISY, {"n": 6}, (N, "up", 6, 8)),
        (NOISY, {"n": 8}, (RATE, "down", 1e-4, 5e-5)),
    ],
)
def test_each_symptom_asks_for_its_change(
    shown: str, values: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert change_of(shown, known=context(**values)) == Advised(*expected)


@pytest.mark.covers("LR4")
@pytest.mark.parametrize(
    ("shown", "rate", "expected"),
    [
        (COLLAPSE, 5e-4, 2e-4),
        (COLLAPSE, 2e-4, 1e-4),
        (COLLAPSE, 8e-5, 5e-5),
        (PLATEAU, 1e-5, 5e-5),
        (PLATEAU, 7e-5, 1.4e-4),
        (PLATEAU, 1.5e-4, 2e-4),
    ],
)
def test_a_rate_goes_at_most_by_two_and_never_leaves_its_band(
    shown: str, rate: float, expected: float
) -> None:
    change = change_of(shown, known=context(learning_rate=rate))
    assert change is not None
    assert (change.parameter, change.new) == (RATE, expected)


@pytest.mark.parametrize(
    ("symptoms", "expected"),
    [
        (
            [symptom(COLLAPSE, 20), symptom(TRUNCATION, 30), symptom(FLAT, 40)],
            (RATE, "down"),
        ),
        ([symptom(COLLAPSE, 20), symptom(TRUNCATION, 12)], (TOKENS, "up")),
        # Answers that were cut from the start have not begun the fall.
        ([symptom(TRUNCATION, 1), symptom(COLLAPSE, 20)], (RATE, "down")),
        ([symptom("length_blowup", 6), symptom(COLLAPSE, 20)], (RATE, "down")),
        ([symptom(FLAT), symptom(TRUNCATION)], (TOKENS, "up")),
        ([symptom(PLATEAU), symptom(NOISY)], (RATE, "up")),
        ([symptom(CLIMBING), symptom(NOISY)], (EPOCHS, "up")),
        ([symptom(CLIMBING), symptom("entropy_collapse")], (EPOCHS, "up")),
        ([symptom(NOISY), symptom("length_blowup")], (RATE, "down")),
        ([symptom("too_short_to_tell"), symptom("out_of_memory")], (BATCH, "down")),
    ],
)
def test_of_several_symptoms_the_cause_is_treated(symptoms: list[Symptom], expected: tuple[str, str]) -> None:
    change = advise(symptoms, context()).change
    assert change is not None
    assert (change.parameter, change.direction) == expected


def test_debris_is_named_and_not_treated() -> None:
    found = advise(
        [
            symptom(COLLAPSE, 20),
            symptom(TRUNCATION, 25, explained_by=COLLAPSE),
            symptom(FLAT, 30, explained_by=COLLAPSE),
        ],
        context(),
    )
    assert found.change is not None
    assert found.change.parameter == RATE
    reasons = {each.parameter: each.why for each in found.rejected}
    assert reasons[TOKENS] == "truncation only follows the spike then collapse"


@pytest.mark.covers("LR5", "EP5", "ST5")
@pytest.mark.parametrize(
    "symptoms",
    [
        [HEALTHY],
        [SATURATED],
        [HEALTHY, NOISY],
        [HEALTHY, "kl_blowup"],
        [HEALTHY, "entropy_collapse", "length_blowup"],
        [HEALTHY, "short_outputs"],
        [HEALTHY, "memory_headroom"],
        [],
    ],
)
def test_a_sound_run_is_left_alone(symptoms: list[str]) -> None:
    found = advise([symptom(each) for each in symptoms], context())
    assert (found.verdict, found.change) == ("none", None)


def test_points_with_errors_say_how_much_the_reward_moved() -> None:
    seen = symptom("too_short_to_tell", points_needed=8, gain=0.16, gain_in_standard_errors=2.8)
    found = advise([seen], context())
    assert "moved by +0.16, 2.8 standard errors" in found.why


def test_too_little_evidence_names_how_much_more_is_needed() -> None:
    found = advise([symptom("too_short_to_tell", points_needed=7), symptom(TRUNCATION)], context())
    assert (found.verdict, found.change, found.more_points) == ("not_enough_evidence", None, 7)
    assert "About 7 more" in found.why
    assert "max_tokens" in found.why


def test_a_reward_that_says_nothing_is_no_matter_of_parameters() -> None:
    found = advise([symptom(FLAT, identical_points=1)], context())
    assert (found.verdict, found.change) == ("fix_reward_or_data", None)


def test_answers_that_a_tight_sampler_makes_alike_are_no_fault_of_the_evaluator() -> None:
    found = advise([symptom(FLAT, identical_points=1)], context(top_p=0.2))
    assert found.change == Advised(TOP_P, "up", 0.2, 1.0)


def test_a_task_that_is_solved_from_the_start_asks_for_harder_prompts() -> None:
    found = advise([symptom(SATURATED, how="level from the start")], context())
    assert (found.verdict, found.change) == ("none", None)
    assert "harder prompts" in found.why


@pytest.mark.covers("MT2")
def test_a_limit_that_taught_the_policy_to_be_short_is_raised() -> None:
    cut = Facts(cut_at_first=0.12)
    assert change_of(PLATEAU, facts=cut) == Advised(TOKENS, "up", 2048, 4096)
    assert change_of(PLATEAU, facts=Facts(cut_at_first=0.01)) == Advised(RATE, "up", 1e-4, 2e-4)
    assert change_of(HEALTHY, facts=cut) is None


def test_a_limit_that_does_not_act_is_not_raised() -> None:
    found = advise([symptom(TRUNCATION)], context(), facts=Facts(effective={TOKENS: 256}))
    assert (found.verdict, found.change) == ("none", None)
    assert found.rejected[-1].why == "this engine acts on 256 at most, whatever is configured"


def test_when_every_change_is_used_up_the_reward_or_the_data_is_left() -> None:
    known = context(learning_rate=2e-4, lora_rank=128, n=8)
    assert advise([symptom(PLATEAU)], known).verdict == "fix_reward_or_data"
    assert advise([symptom(COLLAPSE)], context(learning_rate=5e-5)).verdict == "fix_reward_or_data"


@pytest.mark.covers("MT2")
def test_a_context_that_is_too_short_rises_with_the_answers() -> None:
    found = advise([symptom(TRUNCATION)], context(max_tokens=4096))
    assert found.change == Advised(TOKENS, "up", 4096, 8192, Companion(CONTEXT, 8192, 12288))
    assert "max_context_length" in found.why


@pytest.mark.covers("BS3")
@pytest.mark.parametrize(
    ("symptoms", "options", "expected"),
    [
        (["memory_headroom"], {"goal": "faster-convergence"}, (BATCH, "up")),
        (["memory_headroom"], {}, None),
        ([NOISY, "memory_headroom"], {"known": context(n=8)}, (BATCH, "up")),
        ([NOISY], {"known": context(n=8), "facts": Facts(is_managed=True)}, (BATCH, "up")),
    ],
)
def test_a_larger_batch_needs_memory_that_is_known_to_be_free(
    symptoms: list[str], options: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    change = change_of(*symptoms, **options)
    assert (change and (change.parameter, change.direction)) == expected


@pytest.mark.covers("MT3", "MT5")
def test_a_limit_is_lowered_for_cost_only_and_never_below_the_longest_answers() -> None:
    short = [HEALTHY, "short_outputs"]
    cheap = {"goal": "lower-cost"}
    assert change_of(*short, **cheap, facts=Facts(longest_answer=700)) == Advised(TOKENS, "down", 2048, 1024)
    assert change_of(*short, **cheap, facts=Facts(longest_answer=1300)) == Advised(N, "down", 4, 2)
    better = context(temperature=1.0, n=8)
    assert change_of(HEALTHY, known=better, goal="better-quality") == Advised(TOKENS, "up", 2048, 4096)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("faster-convergence", (EPOCHS, "up", 1, 2)),
        ("better-quality", (TEMPERATURE, "up", 0.7, 1.0)),
        ("safer", (TEMPERATURE, "down", 0.7, 0.5)),
        ("more-creative", (TEMPERATURE, "up", 0.7, 1.0)),
        ("lower-cost", (N, "down", 4, 2)),
        ("higher-capacity", (RANK, "up", 8, 16)),
        ("prevent-overfitting", (RANK, "down", 8, 4)),
    ],
)
def test_a_sound_run_with_a_goal_takes_its_next_step(goal: str, expected: tuple[Any, ...]) -> None:
    assert change_of(HEALTHY, goal=goal) == Advised(*expected)


def test_a_goal_does_not_outrank_what_the_curve_says() -> None:
    found = advise([symptom(COLLAPSE)], context(), goal="faster-convergence")
    assert found.change is not None
    assert (found.change.parameter, found.change.direction) == (RATE, "down")


@pytest.mark.parametrize("outcome", ["no better", "failed"])
@pytest.mark.parametrize("new", [1.5e-4, 2e-4])
def test_a_change_that_was_tried_in_vain_is_not_advised_again(outcome: Any, new: float) -> None:
    earlier = Tried(RATE, "up", new, "faster.1", outcome, "held-out 0.6 → 0.5")
    found = advise([symptom(PLATEAU)], context(), history=[earlier])
    assert found.change == Advised(RANK, "up", 8, 16)
    assert [each.parameter for each in found.rejected] == [RATE, N]
    assert found.rejected[0].why == f"faster.1 has tried it: {outcome} (held-out 0.6 → 0.5)"


def test_what_went_too_far_says_nothing_about_a_smaller_change() -> None:
    earlier = Tried(RATE, "up", 5e-4, "bold.1", "failed", "it stopped early")
    assert change_of(PLATEAU, history=[earlier]) == Advised(RATE, "up", 1e-4, 2e-4)


@pytest.mark.parametrize(
    ("new", "follow", "words"),
    [
        (2e-4, "other.1", "other.1 has made this change and is better (held-out 0 → 1): go on from it."),
        (1e-4, "", "other.1 went this way, to 1e-4, and is better (held-out 0 → 1): go on from it."),
    ],
)
def test_a_run_that_went_the_same_way_and_is_better_is_named(new: float, follow: str, words: str) -> None:
    earlier = Tried(RATE, "down", new, "other.1", "better", "held-out 0 → 1")
    found = advise([symptom(COLLAPSE)], context(learning_rate=5e-4), history=[earlier])
    assert found.change == Advised(RATE, "down", 5e-4, 2e-4)
    assert found.follow == follow
    assert words in found.why


def test_a_goal_does_not_act_on_a_run_whose_trouble_has_no_change_left() -> None:
    found = advise([symptom(COLLAPSE)], context(learning_rate=5e-5), goal="faster-convergence")
    assert (found.verdict, found.change) == ("fix_reward_or_data", None)
    assert advise([], context(), goal="safer").change == Advised(TEMPERATURE, "down", 0.7, 0.5)


def rising(gain: float, rate: float, level: float = 0.3) -> Forecast:
    term = Term(1.0, gain, rate)
    found = Forecast(level, 0.0, 0.01, 1.0, (term,))
    return found._replace(gain=found.gain_after(0.5))


@pytest.mark.covers("EP4")
def test_two_more_epochs_need_a_forecast_that_supports_them() -> None:
    assert change_of(CLIMBING, forecast=rising(0.4, 0.0)) == Advised(EPOCHS, "up", 1, 3)
    assert change_of(CLIMBING, forecast=rising(0.4, 5.0)) == Advised(EPOCHS, "up", 1, 2)
    assert change_of(CLIMBING, known=context(epochs=10)) is None


@pytest.mark.covers("LR6")
def test_a_climb_that_epochs_cannot_finish_asks_for_a_larger_step() -> None:
    bounded = context()._replace(reward_range=(0.0, 1.0))
    assert change_of(CLIMBING, known=bounded, forecast=rising(0.05, 0.0)) == Advised(RATE, "up", 1e-4, 2e-4)
    hot = context(temperature=2.0)._replace(reward_range=(0.0, 1.0))
    assert change_of(CLIMBING, known=hot, forecast=rising(0.05, 0.0)) == Advised(
        TEMPERATURE, "down", 2.0, 0.7
    )
    assert change_of(CLIMBING, known=bounded, forecast=rising(1.0, 0.0)) == Advised(EPOCHS, "up", 1, 3)
    assert change_of(CLIMBING, forecast=rising(0.05, 0.0)) == Advised(EPOCHS, "up", 1, 3)


@pytest.mark.parametrize(
    ("shown", "facts", "known", "expected"),
    [
        (COLLAPSE, Facts(), {}, Advised(RATE, "down", None, None)),
        (COLLAPSE, Facts(logged_rate=5e-6), {}, Advised(RATE, "down", 5e-6, None)),
        (COLLAPSE, Facts(logged_rate=2e-5), {}, Advised(RATE, "down", 2e-5, None)),
        (COLLAPSE, Facts(logged_rate=2e-4), {}, Advised(RATE, "down", 2e-4, 1e-4)),
        (PLATEAU, Facts(logged_rate=2e-5), {}, Advised(RATE, "up", 2e-5, 5e-5)),
        (PLATEAU, Facts(logged_rate=1e-6), {}, Advised(RATE, "up", 1e-6, None)),
        (PLATEAU, Facts(logged_rate=1e-4), {}, Advised(RATE, "up", 1e-4, 2e-4)),
        (TRUNCATION, Facts(), {}, Advised(TOKENS, "up", None, None)),
        (NOISY, Facts(), {N: 16}, Advised(RATE, "down", None, None)),
        (FLAT, Facts(), {TEMPERATURE: 0.9}, Advised(TEMPERATURE, "up", 0.9, 1.0)),
    ],
)
def test_a_run_of_another_tool_is_told_the_direction(
    shown: str, facts: Facts, known: dict[str, float], expected: Advised
) -> None:
    assert change_of(shown, known=Context(parameters=known), facts=facts) == expected


def test_runners_up_are_named_with_the_reason() -> None:
    found = advise([symptom(PLATEAU), symptom(NOISY)], context())
    assert {each.parameter: each.why for each in found.rejected} == {
        RANK: "comes after training.learning_rate: one change at a time (ST3)",
        N: "comes after training.learning_rate: one change at a time (ST3)",
        BATCH: "low plateau comes first: one change at a time (ST3)",
    }


def test_the_reason_cites_the_guide() -> None:
    found = advise([symptom(COLLAPSE, 12, peak=0.8, end=0.1)], context())
    assert found.why == ("The reward rose and then collapsed: the steps overshoot. Source: LR2, LR4.")
    assert found.sources == ("LR2", "LR4")
    assert found.hypothesis == (
        "the reward rose, or began high, and then fell and stayed down (from step 12): "
        "smaller steps should keep what the run gains"
    )


def test_the_playbook_names_only_what_exists() -> None:
    conditions = {name for row in PLAYBOOK for name in row.when}
    conditions |= {name for row in PLAYBOOK for move in row.moves for name in move.needs}
    sources = {id_ for row in PLAYBOOK for id_ in row.sources}
    sources |= {id_ for row in PLAYBOOK for move in row.moves for id_ in move.sources}
    shown = {id_ for row in PLAYBOOK for id_ in (*row.symptoms, *row.unless)}
    assert conditions | {"shorter answers are enough"} == set(CONDITIONS)
    assert sources - set(dict(COMMANDS)["advise"]) == set()
    assert shown == set(SYMPTOM_IDS)
    assert len({row.id for row in PLAYBOOK}) == len(PLAYBOOK)


def test_every_symptom_alone_and_with_every_goal_has_an_answer() -> None:
    for id_ in SYMPTOM_IDS:
        for goal in ("", *GOAL_NAMES):
            found = advise([symptom(id_)], context(), goal=goal)
            assert found.why
            assert (found.verdict == "change") == (found.change is not None)
