"""How far the forecast of more steps can be trusted: cut runs, forecast, and look at what they did.

    python benchmarks/forecast.py FOLDER [--minimum 45]

FOLDER holds metrics of runs, one file each, in any format that ``rft advise`` reads. Each run is cut at 35, 50 and 65 % and the
half as many steps that follow are forecast. It *rose* when the later half of these lies above the last fifth before the cut,
and *clearly* when by two standard errors and a tenth of the range so far. No labels are needed.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rft_cli.advice.forecast import EXTRA, forecast  # noqa: E402  the checkout's, not an installed one
from rft_cli.curves.read import read  # noqa: E402
from rft_cli.curves.series import Series  # noqa: E402
from rft_cli.errors import RftError  # noqa: E402

CUTS = (0.35, 0.5, 0.65)


class Cut(NamedTuple):
    """One forecast and what came."""

    at: float
    fitted: float
    gain: float
    low: float
    high: float
    came: float
    clear: bool


def cut(series: Series, share: float) -> Cut | None:
    steps, rewards = series.at("reward_mean"), series.get("reward_mean")
    here = int(rewards.size * share)
    ahead = int(here * EXTRA)
    found = forecast(Series(steps[:here], {"reward_mean": rewards[:here]}, {}))
    future, past = rewards[here + ahead // 2 : here + ahead], rewards[here - max(here // 5, 1) : here]
    if found is None or not future.size:
        return None
    noise = float(np.std(np.diff(rewards[:here])) / math.sqrt(2))
    width = max(3, here // 10)
    covered = float(np.ptp(np.convolve(rewards[:here], np.ones(width) / width, "valid")))
    came = float(future.mean() - past.mean())
    clear = came >= 2 * noise * math.sqrt(1 / future.size + 1 / past.size) and came >= 0.1 * covered
    scale = max(covered, 1e-12)
    fitted = sum(term.weight * term.gain(EXTRA) for term in found.terms)
    return Cut(share, *(value / scale for value in (fitted, found.gain, found.low, found.high, came)), clear)


def area(scores: np.ndarray, truth: np.ndarray) -> float:
    """Chance that a run that rose clearly has a higher forecast than one that did not."""
    yes, no = scores[truth][:, None], scores[~truth][None]
    return float(np.mean(yes > no) + np.mean(yes == no) / 2) if yes.size and no.size else math.nan


def report(name: str, cuts: list[Cut]) -> None:
    gain, low, high, came = (
        np.array([getattr(one, key) for one in cuts]) for key in ("gain", "low", "high", "came")
    )
    clear = np.array([one.clear for one in cuts])
    sure = low > 0
    held = np.mean((low <= came) & (came <= high))
    print(
        f"| {name} | {len(cuts)} | {np.sum(came > 0)} | {clear.sum()} | {held:.2f} | {np.median(high - low):.2f} "
        f"| {sure.sum()} | {np.sum(sure & (came > 0))} | {np.sum(sure & clear)} | {area(gain, clear):.2f} |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minimum", type=int, default=45, help="points of the runs that are cut")
    options = parser.parse_args()
    runs = []
    for path in sorted(options.folder.iterdir()):
        try:
            series = read(path)
        except RftError as error:
            print(f"{path.name}: {error}", file=sys.stderr)
            continue
        if series.n_points >= options.minimum:
            runs.append(series)
    cuts = [found for series in runs for share in CUTS if (found := cut(series, share)) is not None]
    print(
        f"{len(runs)} runs of at least {options.minimum} points; gains in units of the range that the run covered so far.\n"
    )
    print(
        "| cut at | cuts | rose | rose clearly | interval held | its width | wholly above 0 | of these rose | clearly | AUC |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for share in CUTS:
        report(f"{share:.0%}", [one for one in cuts if one.at == share])
    report("50 % and later", [one for one in cuts if one.at >= 0.5])
    report("all", cuts)
    fitted, came = np.array([one.fitted for one in cuts]), np.array([one.came for one in cuts])
    print(
        f"\nSlope of what came on what was fitted, through the origin: {fitted @ came / (fitted @ fitted):.2f}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
