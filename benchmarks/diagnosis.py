"""How well the symptoms of labelled runs are named: `python benchmarks/diagnosis.py CURVES_DIR`.

CURVES_DIR holds `labels.jsonl` (one object a run: `file`, `labels`, `acceptable_actions`, `source` whose first two parts are
the repository) and the logs in `dev/`. Prints a confusion table, F1, the share of acceptable changes, all of it again with
cross-validation by repository (the tuned thresholds are chosen without the runs that are scored), and what 25 % up or down
of each threshold does. Labels and logs stay where they are.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from rft_cli.advice.change import Advice
from rft_cli.advice.reading import Known, read_run
from rft_cli.curves.diagnose import diagnose
from rft_cli.curves.read import read
from rft_cli.curves.series import Series
from rft_cli.curves.thresholds import THRESHOLDS, Thresholds
from rft_cli.curves.trend import trend
from rft_cli.spec.symptoms import SYMPTOM_IDS

LABELS = SYMPTOM_IDS[:12]
"""The twelve symptoms that the labels know."""

SHAPES = (
    "too_short_to_tell",
    "spike_then_collapse",
    "flat_no_signal",
    "still_climbing_at_end",
    "healthy_rising_then_plateau",
    "plateaued_early_low",
    "noisy_unstable",
)
"""One shape a run, the first that it has."""

GRID: dict[str, tuple[float, ...]] = {
    "climbing": (0.035, 0.045, 0.06),
    "flat": (1.0, 1.25, 1.5),
    "noise_of_gain": (0.5, 0.6, 0.75),
    "truncated": (0.15, 0.22, 0.3),
    "length_growth": (1.5, 1.8),
    "saturated_reach": (0.8, 0.9),
}
"""The thresholds that were looked at while choosing; the others are conventions."""

STEP = 0.25


class LabelledRun(NamedTuple):
    """One run with what a labeller saw in it."""

    series: Series
    labels: frozenset[str]
    acceptable: frozenset[str]
    repository: str
    file: str


class Score(NamedTuple):
    """Agreement with the labels."""

    hits: Counter[str]
    false: Counter[str]
    missed: Counter[str]
    exact: int
    runs: int

    @property
    def micro_f1(self) -> float:
        """Twice the hits over all that was given or found, all labels pooled."""
        return _f1(self.hits.total(), self.false.total(), self.missed.total())


def load(folder: Path) -> list[LabelledRun]:
    """The labelled runs of a folder."""
    runs = []
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        runs.append(
            LabelledRun(
                series=read(folder / "dev" / entry["file"]),
                labels=frozenset(entry["labels"]),
                acceptable=frozenset(entry["acceptable_actions"]),
                repository="/".join(entry["source"].split("/")[:2]),
                file=entry["file"],
            )
        )
    return runs


def found_in(run: LabelledRun, thresholds: Thresholds) -> frozenset[str]:
    """The labels that the diagnosis gives a run."""
    return frozenset(entry.id for entry in diagnose(run.series, thresholds=thresholds)).intersection(LABELS)


def score(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> Score:
    """Count agreement over pairs of given and found labels."""
    hits, false, missed = Counter[str](), Counter[str](), Counter[str]()
    exact = runs = 0
    for gold, found in pairs:
        hits.update(gold & found)
        false.update(found - gold)
        missed.update(gold - found)
        exact += gold == found
        runs += 1
    return Score(hits, false, missed, exact, runs)


def cross_validated(runs: list[LabelledRun]) -> tuple[float, float, float]:
    """Micro F1 with each repository scored under thresholds chosen on the others.

    Several settings are usually equally good on the others. Returns the mean over them, the worst and the best.
    """
    settings = [
        THRESHOLDS._replace(**dict(zip(GRID, values, strict=True)))
        for values in itertools.product(*GRID.values())
    ]
    found = [[found_in(run, setting) for run in runs] for setting in settings]
    by_repository: list[list[Score]] = []
    for repository in sorted({run.repository for run in runs}):
        inside = [place for place, run in enumerate(runs) if run.repository == repository]
        outside = [place for place in range(len(runs)) if place not in inside]
        chosen_on = [_score_of(runs, found[choice], outside).micro_f1 for choice in range(len(settings))]
        best = [choice for choice, value in enumerate(chosen_on) if value == max(chosen_on)]
        by_repository.append([_score_of(runs, found[choice], inside) for choice in best])
    means = [
        [sum(_counts(one)[part] for one in tied) / len(tied) for part in range(3)] for tied in by_repository
    ]
    worst = [_counts(min(tied, key=lambda one: one.micro_f1)) for tied in by_repository]
    finest = [_counts(max(tied, key=lambda one: one.micro_f1)) for tied in by_repository]
    mean, low, high = (
        _f1(*(sum(parts) for parts in zip(*rows, strict=True))) for rows in (means, worst, finest)
    )
    return mean, low, high


def _score_of(runs: list[LabelledRun], found: list[frozenset[str]], places: list[int]) -> Score:
    return score((runs[place].labels, found[place]) for place in places)


def _counts(one: Score) -> tuple[float, float, float]:
    return one.hits.total(), one.false.total(), one.missed.total()


ACTIONS = {
    "none": "none",
    "not_enough_evidence": "none_yet",
    "fix_reward_or_data": "fix_reward_or_data",
}
OPPOSITE = {"up": "down", "down": "up"}


def action(advice: Advice) -> str:
    """The advice as the labels write it: ``max_tokens:up``, ``none``, ``none_yet``."""
    if advice.change is None:
        return ACTIONS[advice.verdict]
    return f"{advice.change.parameter.rpartition('.')[2]}:{advice.change.direction}"


def is_opposite(taken: str, acceptable: frozenset[str]) -> bool:
    """Whether the labels ask for the same parameter in the other direction."""
    parameter, _, direction = taken.partition(":")
    return taken not in acceptable and f"{parameter}:{OPPOSITE.get(direction, '')}" in acceptable


def shape(labels: frozenset[str]) -> str:
    """The one shape of a set of labels."""
    return next((name for name in SHAPES if name in labels), "other")


def _f1(hits: float, false: float, missed: float) -> float:
    return 2 * hits / max(2 * hits + false + missed, 1)


def print_score(title: str, result: Score) -> None:
    print(f"\n{title}: micro F1 {result.micro_f1:.3f}, exact set {result.exact}/{result.runs}")
    print(f"{'symptom':<30}{'TP':>4}{'FP':>4}{'FN':>4}{'F1':>7}")
    for name in LABELS:
        counts = result.hits[name], result.false[name], result.missed[name]
        if any(counts):
            print(f"{name:<30}{counts[0]:>4}{counts[1]:>4}{counts[2]:>4}{_f1(*counts):>7.2f}")


def print_confusion(pairs: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    table = Counter((shape(gold), shape(found)) for gold, found in pairs)
    names = [name for name in (*SHAPES, "other") if any(name in pair for pair in table)]
    print("\nshape: rows labelled, columns found")
    print(" " * 30 + "".join(f"{name[:9]:>10}" for name in names))
    for row in names:
        print(f"{row:<30}" + "".join(f"{table[row, column] or '':>10}" for column in names))


def print_actions(runs: list[LabelledRun]) -> None:
    """Advice without a config, as for a foreign log: which of it a labeller would have accepted."""
    taken = [action(read_run(run.series, Known()).advice) for run in runs]
    right = sum(one in run.acceptable for one, run in zip(taken, runs, strict=True))
    wrong = sum(is_opposite(one, run.acceptable) for one, run in zip(taken, runs, strict=True))
    print(f"\nacceptable change {right}/{len(runs)} = {right / len(runs):.3f}, opposite direction {wrong}")
    for one, run in zip(taken, runs, strict=True):
        if one not in run.acceptable:
            print(f"  {run.file}: {one}, accepted {', '.join(sorted(run.acceptable))}")


CUTS = (0.35, 0.5, 0.65)
LONG_ENOUGH = 45
CLEAR = 2.0


def print_prefixes(runs: list[LabelledRun]) -> None:
    """Cut long runs, and see whether those called climbing went on: later half of the next 50 %, against the last fifth.

    Needs no labels. A run went on when that difference is two of its standard errors and a tenth of the range so far.
    """
    print("\ncut at   called climbing: went on / not    not called: went on / not")
    for cut in CUTS:
        table = Counter[tuple[bool, bool]]()
        for run in runs:
            rewards, steps = run.series.get("reward_mean"), run.series.at("reward_mean")
            length = int(len(rewards) * cut)
            after = rewards[int(1.25 * length) : int(1.5 * length)]
            if len(rewards) < LONG_ENOUGH or len(after) < 3:
                continue
            until = run.series.steps <= steps[length - 1]
            prefix = run.series._replace(
                steps=run.series.steps[until],
                values={name: column[until] for name, column in run.series.values.items()},
            )
            called = any(entry.id == "still_climbing_at_end" for entry in diagnose(prefix))
            course = trend(rewards[:length])
            last = rewards[:length][-max(1, length // 5) :]
            rise = float(after.mean() - last.mean())
            error = course.noise * (1 / len(after) + 1 / len(last)) ** 0.5
            table[called, rise >= CLEAR * error and rise >= course.course_range / 10] += 1
        print(
            f"{cut:>6.0%}{table[True, True]:>20} /{table[True, False]:>3}{table[False, True]:>23} /{table[False, False]:>3}"
        )


def print_sensitivity(runs: list[LabelledRun]) -> None:
    print(f"\n{'threshold':<24}{'value':>9}{'F1 −25 %':>10}{'F1 +25 %':>10}")
    for name, value in THRESHOLDS._asdict().items():
        scores = [
            score((run.labels, found_in(run, THRESHOLDS._replace(**{name: value * factor}))) for run in runs)
            for factor in (1 - STEP, 1 + STEP)
        ]
        print(f"{name:<24}{value:>9g}" + "".join(f"{entry.micro_f1:>10.3f}" for entry in scores))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--errors", action="store_true", help="show the runs whose labels are not met")
    options = parser.parse_args()
    runs = load(options.folder)
    pairs = [(run.labels, found_in(run, THRESHOLDS)) for run in runs]
    print_score("all runs", score(pairs))
    print_confusion(pairs)
    print_actions(runs)
    mean, low, high = cross_validated(runs)
    print(
        f"\ncross-validated by repository: micro F1 {mean:.3f} (equally good settings: {low:.3f} to {high:.3f})"
    )
    print_prefixes(runs)
    print_sensitivity(runs)
    if options.errors:
        for run, (gold, found) in zip(runs, pairs, strict=True):
            if gold != found:
                print(run.file, "missed:", *sorted(gold - found), "| false:", *sorted(found - gold))


if __name__ == "__main__":
    sys.exit(main())
