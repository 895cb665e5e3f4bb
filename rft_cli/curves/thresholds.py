"""Every threshold of the diagnosis, with its reason. ``docs/diagnosis.md`` shows what 25 % up or down does to each.

Where scales differ between runs, a threshold compares a run with itself: with its own noise, gain, start or limit.
"""

from __future__ import annotations

from typing import NamedTuple


class Thresholds(NamedTuple):
    """Where each symptom begins. *Noise* is the standard deviation of one point about the trend."""

    fewest_points: float = 15
    """Points below which order says little. A fifth of the run is then three points, and the test for a rise sees a gain of two
    noises less than one time in three."""

    risen: float = 3.0
    """Gain from the first to the last fifth, in its standard errors. Three: one false rise in 700 flat runs where the noise is
    known, more in short ones."""
    risen_climbing: float = 2.0
    """The same where the late part is steep: two kinds of evidence together need less of each."""
    risen_early: float = 6.0
    """Gain from the first twentieth to the second half, in its standard errors, for a rise that is over within the first fifth.
    Twice `risen`: so few first points are easily unlucky."""
    climbing: float = 0.045
    """Gain expected of half as many steps again, as a share of the range so far. A saturating curve whose last third brings just
    under a tenth of its range expects this much."""

    collapse_drop: float = 0.40
    """Fall from the best earlier fifth to the last, as a share of the range of fifths: most of what was gained is lost."""
    collapse_errors: float = 2.5
    """The same fall in its standard errors; fewer than `risen`, as a missed collapse costs more than a look at the curve."""
    collapse_of_peak: float = 0.10
    """The same fall as a share of the best level, so that a ripple on a flat high curve is no collapse."""

    flat: float = 1.25
    """Largest size of the gain, two standard errors included, in noises, for a flatness that is shown rather than assumed."""
    low_level: float = 0.50
    """Level between *declared* bounds below which a rise that ended early is too low rather than finished."""
    early: float = 0.50
    """Share of the run before which a plateau is early: as many steps again were spent on nothing."""
    flat_of_level: float = 0.35
    """The same over the level (or the declared width) of the reward, for few points that are steady: whatever they hide is
    smaller than a third of what the run has anyway."""
    kl_still: float = 2e-3
    """KL to the reference, nats per token, median of the second half, below which a policy has not moved. Chosen; it counts only
    where the reward has not risen either."""

    noise_of_gain: float = 0.6
    """Noise over the gain (or half the range): with more, a single point says nothing about where the curve is."""
    noise_of_level: float = 0.30
    """Noise over the mean level: keeps a steady reward with a small gain from being called unstable."""

    no_variance: float = 0.80
    """Share of groups that teach nothing, mean of the second half: four of five rollouts are thrown away."""
    no_spread: float = 0.02
    """Median standard deviation of reward over its scale: below it the differences are rounding or formatting."""

    saturated_variance: float = 0.85
    """Share of groups without variance in the last fifth, after a rise."""
    saturated_spread: float = 0.25
    """Standard deviation of reward in the last fifth over that of the first, after a rise."""
    saturated_reach: float = 0.90
    """Where the last fifth stands between the first fifth and the best single point: groups that agree below what single steps
    reach have settled, not arrived."""
    saturated_level: float = 0.95
    """Level of the last fifth between the bounds of the reward: what is left is what an evaluator gets wrong."""

    truncated: float = 0.22
    """Share of answers cut at the limit: more than one in five, from where cut answers move the mean reward."""
    capped_mean: float = 0.90
    """Mean length over the largest, where nothing counts cut answers: a mean this near to the largest needs a pile-up."""
    capped_rows: float = 0.05
    """Share of points at that same largest length; a natural maximum is reached once."""

    length_growth: float = 1.8
    """Mean length of the last fifth over that of the first tenth. Less than twice, as the first tenth already holds some of a
    quick growth."""
    entropy_left: float = 0.30
    """Entropy of the last tenth over that of the first twentieth. Relative, as healthy runs lie anywhere from 0.02 to 0.5."""
    kl_burst: float = 30.0
    """Largest KL: nats per token that no useful policy is away from its reference."""
    kl_high: float = 1.0
    """KL of the last fifth, nats per token …"""
    kl_growth: float = 1.5
    """… and over that of the first tenth, as a run against another reference starts high and stays there."""

    held_out_errors: float = 2.0
    """Fall of the held-out reward from its best, in standard errors of the difference."""
    held_out_fall: float = 0.05
    """The same fall over the scale of the reward: the smallest that is worth acting on."""

    headroom: float = 0.30
    """Share of accelerator memory never used. Source: the guide, BS3."""
    short: float = 0.50
    """Longest answer over the limit: halving the limit, the goal's own step, would cut nothing."""

    own_errors: float = 4.0
    """For points that carry their own errors: difference in standard errors. More than `risen`, as rollouts of one prompt are
    alike and their error is too small."""
    own_gain: float = 0.10
    """For the same: difference as a share of the scale of the reward."""


THRESHOLDS = Thresholds()
