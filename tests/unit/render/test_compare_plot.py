from __future__ import annotations

from rft_cli.compare.outcome_statistics import Estimate
from rft_cli.render.compare_plot import intervals


def test_intervals_share_an_axis_with_zero_on_it() -> None:
    found = intervals(
        [
            ("faster.1", Estimate(0.2, 0.05, 0.1, 0.3, 0.14)),
            ("hotter.1", Estimate(-0.05, 0.05, -0.1, 0.0, 0.14)),
        ],
        width=50,
    )
    assert found == [
        "faster.1            ┊         ├────────●─────────┤",
        "hotter.1  ├────●────┤",
        "          -0.1      0                         +0.3",
    ]


def test_a_difference_without_any_error_is_a_point() -> None:
    assert intervals([("a", Estimate(0.0, 0.0, 0.0, 0.0, 0.0))], width=30)[0] == "a  ●"
