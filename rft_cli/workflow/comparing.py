"""From what a user names to outcomes that can be compared: runs, exported records, metrics of any tool. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rft_cli.compare.difference import Side
from rft_cli.compare.outcome import Evaluated, Outcome
from rft_cli.compare.outcome_report import Report, report
from rft_cli.curves.series import Array, Series
from rft_cli.errors import UsageError
from rft_cli.plan import tuned
from rft_cli.runs.exported import KIND as RECORD
from rft_cli.runs.exported import Exported, read_record
from rft_cli.runs.lookup import find_run
from rft_cli.runs.record import Evaluation
from rft_cli.workflow.advising import CONFIG_ENDINGS, kind_of, metrics_of, record_series, series_of
from rft_cli.workflow.choice import own_run

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.workflow.project import Project

REWARD = "reward_mean"
"""The canonical series of training rewards."""


def compare_outcomes(project: Project, names: Sequence[str]) -> Report:
    """Compare what runs came to with the first one named; one alone with its reference.

    Args:
        project: whose ledger is asked.
        names: run ids or names, exported records, files or folders of metrics.

    Raises:
        UsageError: there is nothing of a name, it has no outcome, or there is nothing to compare with.
        SetupError: the ledger cannot be used, or a format needs an extra.
    """
    with project.ledger() as ledger:
        if len(names) == 1:
            names = (_reference(project, ledger, names[0]), names[0])
        outcomes = [_outcome(project, ledger, name) for name in names]
    twice = {each.label for each in outcomes if [one.label for one in outcomes].count(each.label) > 1}
    if twice:
        raise UsageError(
            f"{', '.join(sorted(twice))} is named twice", hint="name each run once; `rft runs` lists them"
        )
    return report(outcomes)


def _reference(project: Project, ledger: Ledger, name: str) -> str:
    """What one run alone is compared with."""
    if Path(name).exists():
        raise UsageError(f"there is nothing to compare {name} with", hint=f"rft compare OTHER {name}")
    run = find_run(ledger, name)
    own = own_run(ledger, run.summary.scope, is_default=not tuned(run.get))
    reference = run.summary.reference or own
    if not reference or reference == run.id:
        raise UsageError(
            f"{run.id} has no reference, so there is nothing to compare it with",
            hint=f"name both: rft compare OTHER {run.id}",
        )
    known = ledger.has(reference) or not (project.root / reference).exists()
    return reference if known else str(project.root / reference)


def _outcome(project: Project, ledger: Ledger, name: str) -> Outcome:
    path = Path(name)
    if not path.exists():
        return _of_run(project, ledger, find_run(ledger, name))
    if path.suffix in CONFIG_ENDINGS:
        raise UsageError(
            f"{name} is a run config, which has no outcome", hint="name its run; `rft runs` lists them"
        )
    if kind_of(path) == RECORD:
        return _of_record(read_record(path, name))
    series = metrics_of(path)
    # A held-out score of another tool does not say how many rows it is of, so nothing can be told from it.
    return Outcome(name, None, *_curve(series), None, errors=series.error(REWARD))


def _of_run(project: Project, ledger: Ledger, run: Run) -> Outcome:
    after = run.evaluation(before=False)
    schedule = run.record.get("schedule") or {}
    series = series_of(project, ledger, run)
    return Outcome(
        run.id,
        Side(run.id, run.config, run.record["digests"], run.summary.scope),
        *_curve(series),
        _evaluated(after) if after is not None else None,
        schedule.get("prompts_per_step"),
        str(run.state),
        _errors(series, run.get("rollout.n")),
    )


def _of_record(record: Exported) -> Outcome:
    document, series = record.document, record_series(record)
    after = (document.get("evaluation") or {}).get("after")
    return Outcome(
        f"{record.id} in {record.path}",
        Side(record.path, record.config, record.digests, record.scope),
        *_curve(series),
        _evaluated(Evaluation(**after)) if after else None,
        (document.get("schedule") or {}).get("prompts_per_step"),
        str(document["state"]),
        series.error(REWARD),
    )


def _curve(series: Series) -> tuple[Array, Array]:
    """Steps and mean training rewards."""
    return series.at(REWARD), series.get(REWARD)


def _errors(series: Series, n: int) -> Array | None:
    """Standard errors of the rewards, where the points carry their own.

    Where nobody has seen the answers, whose groups count, an error takes all answers for independent; the answers to one
    prompt are not, so the error is widened as if they were all alike.
    """
    errors = series.error(REWARD)
    is_counted_by_group = bool(series.get("zero_variance_group_fraction").size)
    return errors if errors is None or is_counted_by_group else errors * n**0.5


def _evaluated(evaluation: Evaluation) -> Evaluated:
    return Evaluated(evaluation.mean, evaluation.standard_error, evaluation.n, evaluation.on_training_rows)
