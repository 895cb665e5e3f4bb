"""The usual bands, written out, and the regions that effects speak of."""

from __future__ import annotations

from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import PARAMETERS

USUAL = {
    "training.learning_rate": [(5e-5, 2e-4, "")],
    "training.epochs": [(1, 1, ""), (2, 3, "faster-convergence")],
    "training.lora_rank": [(8, 16, ""), (16, 32, "higher-capacity"), (4, 4, "prevent-overfitting")],
    "training.batch_size": [
        (32768, 32768, ""),
        (8192, 32768, "lower-cost"),
        (32768, 131072, "faster-convergence"),
    ],
    "training.max_context_length": [],
    "rollout.temperature": [
        (0.5, 1.0, ""),
        (0.3, 0.5, "safer"),
        (1.0, 1.2, "more-creative"),
        (1.0, 1.2, "better-quality"),
    ],
    "rollout.top_p": [(0.9, 1.0, ""), (0.2, 0.5, "safer")],
    "rollout.top_k": [(2, 50, "")],
    "rollout.n": [(4, 8, ""), (2, 3, "lower-cost")],
    "rollout.max_tokens": [],
}


def test_usual_bands() -> None:
    assert {entry.path: list(map(tuple, entry.usual)) for entry in PARAMETERS} == USUAL


def test_a_region_in_words_is_the_region_in_numbers() -> None:
    regions = [(effect.when, effect.span) for entry in PARAMETERS for effect in entry.effects if effect.span]
    assert len(regions) == 8
    assert [when for when, _ in regions] == [f"{show(low)}–{show(high)}" for _, (low, high) in regions]


def test_a_parameter_with_few_values_ends_where_they_end() -> None:
    limits = {entry.path: (entry.low, entry.high, entry.choices) for entry in PARAMETERS if entry.choices}
    assert limits == {"training.lora_rank": (4, 128, (4, 8, 16, 32, 64, 128))}


def test_small_numbers_are_shown_with_an_exponent() -> None:
    assert [show(value) for value in (0.001, 0.000995, 1e-4, 1.5e-4)] == [
        "0.001",
        "9.95e-4",
        "1e-4",
        "1.5e-4",
    ]
