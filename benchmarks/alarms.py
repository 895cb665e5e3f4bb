"""What a live reading would have said of labelled runs: `python benchmarks/alarms.py CURVES_DIR`.

CURVES_DIR is that of `diagnosis.py`. Each run is read up to one step after the other, as `launch` and `watch` read it while it
trains, and the first confirmed alarm of each name is kept. Prints whom each alarm was for, and when it came.
"""

from __future__ import annotations

import sys
from pathlib import Path

from diagnosis import LabelledRun, load

from rft_cli.advice.alarm import ALARMS, Alarm, Watch, reading_steps, watch
from rft_cli.curves.series import Series
from rft_cli.curves.symptom import Context


def confirmed(series: Series) -> dict[Alarm, float]:
    """Alarm → the share of the run at which it would have been told."""
    logged = [int(step) for step in series.steps]
    planned = series.total_steps or logged[-1]
    told: dict[Alarm, float] = {}
    before: Watch | None = None
    for step in reading_steps(logged, planned):
        before = watch(_until(series, step), Context(), before)
        for name in before.confirmed - set(told):
            told[name] = step / planned
    return told


def _until(series: Series, step: int) -> Series:
    known = series.steps <= step
    return series._replace(
        steps=series.steps[known],
        values={name: column[known] for name, column in series.values.items()},
        errors={name: column[known] for name, column in series.errors.items()},
        rollouts=None if series.rollouts is None else series.rollouts[known],
    )


def report(runs: list[LabelledRun]) -> str:
    """Per alarm: told of runs that have the symptom, told of others, and when."""
    told = {run.file: confirmed(run.series) for run in runs}
    lines = [
        "| alarm | runs that have it | told | other runs | told | at share of the run |",
        "| --- " * 6 + "|",
    ]
    for name, symptom in ALARMS.items():
        having = [run.file for run in runs if symptom in run.labels]
        others = [run.file for run in runs if symptom not in run.labels]
        right = [told[file][name] for file in having if name in told[file]]
        wrong = [told[file][name] for file in others if name in told[file]]
        when = ", ".join(f"{share:.2f}" for share in sorted(right)) or "–"
        when += f"; others {', '.join(f'{share:.2f}' for share in sorted(wrong))}" if wrong else ""
        lines.append(f"| {name} | {len(having)} | {len(right)} | {len(others)} | {len(wrong)} | {when} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(report(load(Path(sys.argv[1]))))
