"""From what a user names to a run that has been read: run, config, record, or any tool's metrics. Writes nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.advice.change import Advice
from rft_cli.advice.history import Trial, Tried, tried
from rft_cli.advice.reading import Known, Reading, read_run
from rft_cli.compare.subject import Unusable
from rft_cli.config import load
from rft_cli.curves.points import from_points
from rft_cli.curves.read import read
from rft_cli.curves.series import Series
from rft_cli.errors import UsageError
from rft_cli.plan import tuned
from rft_cli.runs.exported import KIND as RECORD
from rft_cli.runs.exported import LARGEST_RECORD, Exported, read_record
from rft_cli.runs.frozen import KIND as PLAN
from rft_cli.runs.lookup import find_run
from rft_cli.worker import EVENTS_FILE, LOG_FILE
from rft_cli.workflow.prepare import plan_of, prepare

if TYPE_CHECKING:
    from rft_cli.plan import Plan
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.workflow.prepare import Prepared
    from rft_cli.workflow.project import Project

CONFIG_ENDINGS = frozenset({".yaml", ".yml"})
LOG_TAIL = 1 << 16
"""Bytes at the end of a worker's log in which the reason of its end stands. Chosen: a long traceback."""


class Base(NamedTuple):
    """What the next run's config can be made from."""

    config_path: str
    """As seen from the project root."""
    name: str
    run: str
    """The run that the next one is one change away from; empty where only a config is known."""
    values: Mapping[str, Any]
    """Of that run, resolved."""
    reference: str
    """What the next one can be compared with: that run, or its own reference where it has no result; empty: that of its scope."""


class Consulted(NamedTuple):
    """One source with its advice."""

    source: str
    advice: Advice
    reading: Reading | None = None
    """None: there is no run to read yet."""
    run: str = ""
    """The run that was read, where the ledger has it."""
    base: Base | None = None
    next_command: str = ""
    """What to do where there is no run yet."""
    notes: tuple[str, ...] = ()


def consult(
    project: Project, text: str, *, config: Path | None = None, goal: str = ""
) -> Consulted | Unusable:
    """Read what a text names, and ask what to change next.

    Args:
        project: whose ledger is asked.
        text: a run config, a run id or name, an exported record, or a file or folder of metrics.
        config: run config with the values of a run that only metrics are known of.
        goal: one of the seven; empty: the config's own.

    Raises:
        UsageError: there is nothing of that name, or it cannot be read.
        SetupError: the ledger cannot be used, or a format needs an extra.
    """
    path = Path(text)
    if not path.exists():
        with project.ledger() as ledger:
            return consult_run(project, ledger, _run_named(ledger, text), goal=goal)
    if path.suffix in CONFIG_ENDINGS and path.is_file():
        return _config(project, path, goal)
    if kind_of(path) == RECORD:
        return _record(text, read_record(path, text), goal)
    known, base = Known(), None
    if config is not None:
        loaded = load(config, root=project.root)
        if loaded.config is None:
            return Unusable(str(config), loaded.findings, loaded.sources)
        known = Known(loaded.config.values)
        base = Base(_from_root(project, config), loaded.config.name, "", loaded.config.values, "")
    reading = read_run(metrics_of(path), known, goal=goal)
    return Consulted(text, reading.advice, reading, base=base, notes=reading.series.notes)


def consult_run(project: Project, ledger: Ledger, run: Run, *, goal: str = "", source: str = "") -> Consulted:
    """Read a run of the ledger.

    Args:
        project: the ledger's.
        ledger: open.
        run: the run.
        goal: one of the seven; empty: the config's own.
        source: what the user named; default: the run's id.
    """
    series = series_of(project, ledger, run)
    reading = read_run(series, known_of(run), goal=goal, history=_history(ledger, run))
    notes = []
    if run.state.live:
        notes.append(f"{run.id} is still running: this is what it shows so far")
    elif run.failure:
        notes.append(f"{run.id} failed: {run.failure['message']}")
    reference = run.summary.reference if run.state.ended_without_result else run.id
    base = Base(run.record["config_path"], run.summary.name, run.id, run.config, reference)
    return Consulted(source or run.id, reading.advice, reading, run.id, base, notes=tuple(notes))


def known_of(run: Run) -> Known:
    """What is known of a run of the ledger besides its metrics."""
    schedule = run.record.get("schedule") or {}
    return Known(
        run.config,
        schedule.get("effective") or {},
        run.failure["message"] if run.failure else run.summary.reason,
        schedule.get("prompts_per_step"),
    )


def series_of(project: Project, ledger: Ledger, run: Run, *, until: float = math.inf) -> Series:
    """The metrics of a run of the ledger, up to a step."""
    return from_points(
        [{"step": point.step, **point.values} for point in ledger.points(run.id) if point.step <= until],
        evaluations=[each._asdict() for each in run.evaluations if each.step <= until],
        source=run.id,
        total_steps=run.summary.steps or None,
        log_text=_log_tail(project.place.run_folder(run.id) / LOG_FILE) if run.failure else "",
    )


def _log_tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - LOG_TAIL, 0))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _history(ledger: Ledger, run: Run) -> tuple[Tried, ...]:
    """What other runs of the scope have tried against this one."""
    others = [each.id for each in ledger.summaries() if each.scope == run.summary.scope and each.id != run.id]
    return tried(_trial(run), [_trial(ledger.run(other)) for other in others]) if others else ()


def _trial(run: Run) -> Trial:
    after = run.evaluation(before=False)
    return Trial(
        run.id, run.config, run.record["digests"], run.state, after.mean if after else None, run.summary.scope
    )


def _run_named(ledger: Ledger, text: str) -> Run:
    try:
        return find_run(ledger, text)
    except UsageError as error:
        raise UsageError(
            f"there is neither a file {text} here nor a run of that name", hint=error.hint
        ) from error


def _config(project: Project, path: Path, goal: str) -> Consulted | Unusable:
    """The latest run of a config, by its fingerprint or else by its name; without one, what to run first."""
    prepared = prepare(project, path)
    if prepared.config is None:
        return Unusable(str(path), prepared.findings, prepared.sources)
    plan = plan_of(project, prepared) if prepared.is_sound else None
    with project.ledger() as ledger:
        same = ledger.by_fingerprint(plan.fingerprint) if plan else ()
        if same:
            return consult_run(project, ledger, ledger.run(same[-1].id), goal=goal, source=str(path))
        latest = ledger.latest(prepared.config.name)
        if latest is None:
            return _first_run(path, prepared, plan, ledger)
        found = consult_run(project, ledger, ledger.run(latest), goal=goal, source=str(path))
    changed = f"{path} has changed since {latest} ran: this is about the values of {latest}"
    return found._replace(notes=(changed, *found.notes))


def _first_run(path: Path, prepared: Prepared, plan: Plan | None, ledger: Ledger) -> Consulted:
    """Nothing has run: the guide starts with a baseline, and advice starts with a curve."""
    assert prepared.config is not None
    needs_baseline = bool(tuned(prepared.config.get)) and (
        plan is None or ledger.baseline(plan.scope) is None
    )
    option = "--baseline " if needs_baseline else ""
    first = "its baseline comes first, with the defaults" if needs_baseline else "launch it"
    why = f"No run of {path} is known yet, and advice rests on metrics: {first} (ST1, ST5)."
    advice = Advice("not_enough_evidence", None, why, ("ST1", "ST5"))
    return Consulted(str(path), advice, next_command=f"rft launch {option}{path}")


def kind_of(path: Path) -> str:
    """What a JSON file says of itself, ``record`` or ``plan``; empty for anything else."""
    if path.suffix != ".json" or not path.is_file() or path.stat().st_size > LARGEST_RECORD:
        return ""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ""
    kind = document.get("kind") if isinstance(document, dict) else ""
    return kind if isinstance(kind, str) else ""


def metrics_of(path: Path) -> Series:
    """The metrics in a file or folder; those of a run folder are its events.

    Raises:
        UsageError: there are none.
        SetupError: the format needs an extra.
    """
    if kind_of(path) == PLAN:
        raise UsageError(
            f"{path} is a plan, which has no metrics", hint=f"launch it first: rft launch {path}"
        )
    events = path / EVENTS_FILE
    return read(events if events.is_file() else path)


def _record(text: str, record: Exported, goal: str) -> Consulted:
    reading = read_run(record_series(record), Known(record.config), goal=goal)
    note = f"{text} keeps the reward and the evaluations of {record.id} only: what else it showed is not known here"
    base = Base(record.document["config_path"], record.name, text, record.config, text)
    return Consulted(text, reading.advice, reading, base=base, notes=(note,))


def record_series(record: Exported) -> Series:
    """The curve that a record keeps."""
    curve = record.document.get("curve") or {}
    columns = {"step": "steps", "reward_mean": "values", "reward_mean_error": "errors"}
    known = {name: curve[key] for name, key in columns.items() if key in curve}
    points = [dict(zip(known, row, strict=True)) for row in zip(*known.values(), strict=False)]
    scores = record.document.get("evaluation") or {}
    evaluations = [score for end in ("before", "after") if (score := scores.get(end))]
    return from_points(points, evaluations=evaluations, source=record.path)


def _from_root(project: Project, path: Path) -> str:
    return project.place.shown(path.absolute())
