from __future__ import annotations

import math

import pytest

from rft_cli.spec.goals import GOAL_NAMES
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import NOT_FROM_GUIDE, PARAMETERS, is_parameter, parameter

LR = "training.learning_rate"
EPOCHS = "training.epochs"
RANK = "training.lora_rank"
BATCH = "training.batch_size"
CONTEXT = "training.max_context_length"
TEMPERATURE = "rollout.temperature"
TOP_P = "rollout.top_p"
TOP_K = "rollout.top_k"
N = "rollout.n"
MAX_TOKENS = "rollout.max_tokens"


@pytest.mark.covers("LR1", "EP1", "RK1", "BS1", "TE1", "TP1", "TK1", "NR1", "MT1")
def test_the_ten_defaults_in_the_order_in_which_a_config_writes_them() -> None:
    assert [(entry.path, entry.default, entry.unit) for entry in PARAMETERS] == [
        (LR, 1e-4, ""),
        (EPOCHS, 1, ""),
        (RANK, 8, ""),
        (BATCH, 32768, "tokens"),
        (CONTEXT, 8192, "tokens"),
        (TEMPERATURE, 0.7, ""),
        (TOP_P, 1.0, ""),
        (TOP_K, 40, ""),
        (N, 4, ""),
        (MAX_TOKENS, 2048, "tokens"),
    ]


def test_a_baseline_resets_the_guides_nine_and_keeps_the_context_length() -> None:
    assert {CONTEXT} == NOT_FROM_GUIDE


@pytest.mark.covers("LR1", "EP1", "RK1", "BS1", "BS5", "TE1", "TP1", "TK1", "NR1", "NR5", "MT1")
@pytest.mark.parametrize(
    ("path", "legal", "illegal"),
    [
        (LR, (1e-5, 1e-4, 5e-4), (0.99e-5, 5.01e-4, 0, -1e-4, 1)),
        (EPOCHS, (1, 2, 10, 2.0), (0, 11, 1.5, -1)),
        (RANK, (4, 8, 16, 32, 64, 128, 8.0), (0, 2, 3, 12, 100, 127, 256, 8.5)),
        (BATCH, (1, 32768, 10**9, 4096.0), (0, -1, 0.5)),
        (CONTEXT, (16, 32, 8192, 8192.0), (0, 15, 17, 8191, -16)),
        (TEMPERATURE, (0.1, 0.7, 1, 2, 2.0), (0, 0.09, 2.01, -0.7)),
        (TOP_P, (0, 0.5, 1, 1.0), (-0.1, 1.01)),
        (TOP_K, (0, 1, 40, 100), (-1, 101, 0.5)),
        (N, (2, 4, 8), (0, 1, 9, 4.5)),
        (MAX_TOKENS, (16, 2048, 16384), (15, 16385, 0, 20.5)),
    ],
)
def test_legal_values_end_where_the_guide_says(
    path: str, legal: tuple[float, ...], illegal: tuple[float, ...]
) -> None:
    entry = parameter(path)
    assert [value for value in legal if not entry.accepts(value)] == []
    assert [value for value in illegal if entry.accepts(value)] == []


@pytest.mark.parametrize("value", [True, False, None, "1e-4", "", [8], {}, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("entry", PARAMETERS, ids=lambda entry: entry.key)
def test_what_is_no_finite_number_is_illegal(entry: object, value: object) -> None:
    assert not entry.accepts(value)  # type: ignore[attr-defined]


@pytest.mark.covers(
    "LR4", "EP7", "RK7", "BS5", "TE3", "TE5", "TE6", "TP2", "TK2", "NR4", "GO1", "GO2", "GO3", "GO6", "GO7"
)
@pytest.mark.parametrize(
    ("path", "goal", "usual", "unusual"),
    [
        (LR, "", (5e-5, 1e-4, 2e-4), (4.9e-5, 2.1e-4)),
        (LR, "faster-convergence", (2e-4,), (2.1e-4,)),
        (EPOCHS, "", (1,), (2, 10)),
        (EPOCHS, "faster-convergence", (1, 2, 3), (4,)),
        (RANK, "", (8, 16), (4, 32, 64, 128)),
        (RANK, "higher-capacity", (8, 16, 32), (4, 64)),
        (RANK, "prevent-overfitting", (4, 8), (32,)),
        (BATCH, "", (32768,), (32767, 32769, 65536)),
        (BATCH, "lower-cost", (8192, 16384, 32768), (8191, 65536)),
        (BATCH, "faster-convergence", (65536, 131072), (16384, 131073)),
        (CONTEXT, "", (16, 8192, 131072), ()),
        (TEMPERATURE, "", (0.5, 0.7, 1.0), (0.1, 0.49, 1.01, 2.0)),
        (TEMPERATURE, "safer", (0.3, 0.5, 1.0), (0.29, 1.01)),
        (TEMPERATURE, "more-creative", (0.7, 1.0, 1.2), (0.3, 1.21)),
        (TEMPERATURE, "better-quality", (1.0, 1.2), (1.21,)),
        (TOP_P, "", (0.9, 1.0), (0.89, 0.5, 0)),
        (TOP_P, "safer", (0.2, 0.5, 0.9), (0.19, 0.51, 0.89)),
        (TOP_K, "", (2, 40, 50), (0, 1, 51, 100)),
        (N, "", (4, 6, 8), (2, 3)),
        (N, "lower-cost", (2, 3, 4), ()),
        (MAX_TOKENS, "", (16, 2048, 16384), ()),
    ],
)
def test_usual_values_by_goal(
    path: str, goal: str, usual: tuple[float, ...], unusual: tuple[float, ...]
) -> None:
    entry = parameter(path)
    assert [value for value in usual if not entry.is_usual(value, goal)] == []
    assert [value for value in unusual if entry.is_usual(value, goal)] == []


@pytest.mark.parametrize(
    ("path", "value", "goals"),
    [
        (TEMPERATURE, 1.1, ("more-creative", "better-quality")),
        (TEMPERATURE, 0.4, ("safer",)),
        (TOP_P, 0.5, ("safer",)),
        (RANK, 32, ("higher-capacity",)),
        (EPOCHS, 2, ("faster-convergence",)),
        (N, 2, ("lower-cost",)),
        (LR, 4e-4, ()),
    ],
)
def test_a_value_names_the_goals_that_would_make_it_usual(
    path: str, value: float, goals: tuple[str, ...]
) -> None:
    assert parameter(path).goals_for(value) == goals


def test_bands_name_goals_that_exist_and_lie_inside_the_legal_values() -> None:
    bands = [(entry, band) for entry in PARAMETERS for band in entry.usual]
    assert [band.goal for _, band in bands if band.goal and band.goal not in GOAL_NAMES] == []
    assert [band for entry, band in bands if not (entry.accepts(band.low) and entry.accepts(band.high))] == []


def test_defaults_are_legal_and_usual_without_any_goal() -> None:
    assert [entry.path for entry in PARAMETERS if not entry.accepts(entry.default)] == []
    assert [entry.path for entry in PARAMETERS if not entry.is_usual(entry.default)] == []


@pytest.mark.covers("TK1", "TK4")
def test_no_limit_ranks_above_the_highest_limit() -> None:
    order = parameter(TOP_K).order
    assert order(0) > order(100) > order(40) > order(1)


def test_zero_is_the_least_share_of_probability() -> None:
    assert parameter(TOP_P).order(0) < parameter(TOP_P).order(0.1)


def test_order_takes_any_whole_number_that_yaml_can_hold() -> None:
    assert parameter(BATCH).order(10**400) > parameter(BATCH).order(10**399)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (LR, "a number from 1e-5 to 5e-4"),
        (EPOCHS, "a whole number from 1 to 10"),
        (RANK, "one of 4, 8, 16, 32, 64, 128"),
        (BATCH, "a whole number of tokens, at least 1"),
        (CONTEXT, "a whole number of tokens, at least 16, a multiple of 16"),
        (MAX_TOKENS, "a whole number of tokens from 16 to 16384"),
    ],
)
def test_limits_in_words(path: str, words: str) -> None:
    assert parameter(path).limits() == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e-4, "1e-4"),
        (1.5e-4, "1.5e-4"),
        (5e-5, "5e-5"),
        (1.2345e-5, "1.2345e-5"),
        (0.001, "0.001"),
        (-2e-4, "-2e-4"),
        (0.0, "0.0"),
        (0.7, "0.7"),
        (1.0, "1.0"),
        (32768, "32768"),
        (True, "true"),
        (None, "null"),
        ("text", "text"),
    ],
)
def test_values_are_shown_as_people_write_them(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize(
    ("path", "value", "normal"), [(EPOCHS, 2.0, 2), (TEMPERATURE, 1, 1.0), (RANK, 8.0, 8)]
)
def test_whole_parameters_are_normalised_to_whole_numbers(path: str, value: float, normal: float) -> None:
    assert repr(parameter(path).normal(value)) == repr(normal)


def test_an_unknown_path_is_no_parameter() -> None:
    assert not is_parameter("training.lora_rnak")
    with pytest.raises(KeyError):
        parameter("training.lora_rnak")


def test_names_of_other_tools_are_unique_and_none_of_ours() -> None:
    names = [name for entry in PARAMETERS for name in entry.other_names]
    assert len(names) == len(set(names))
    assert set(names).isdisjoint({entry.key for entry in PARAMETERS})
