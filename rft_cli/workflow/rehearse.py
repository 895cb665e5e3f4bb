"""A rehearsal: what can be learned of a config's data and evaluator on this machine, before a run is paid for.

Nothing of it enters the ledger, so it can never be a baseline or a reference; its folder is removed at the end.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.backends.base import Backend, Handle, Poll, ref_of
from rft_cli.backends.local.prober import prober
from rft_cli.config import Config, load
from rft_cli.config.root import SERVICE_NAME_PREFIX
from rft_cli.diagnostics import Finding, Location, Severity, by_place
from rft_cli.errors import ExitCode, SetupError, UsageError
from rft_cli.rules.engine import check_config
from rft_cli.rules.files import UNUSABLE_EVALUATOR, check_files
from rft_cli.rules.rehearsal import SERVICE, judge_held_out, judge_probe, judge_rows, room_for_prompt
from rft_cli.rules.rule import facts_of, found
from rft_cli.rules.suppression import unsuppressed
from rft_cli.runs.frozen import is_plan
from rft_cli.task import probe
from rft_cli.task.carve import held_out_size
from rft_cli.task.data import BAD_DATASET, scan_rows
from rft_cli.task.entry import EvaluatorSpec
from rft_cli.task.locate import find_function
from rft_cli.task.row import Row
from rft_cli.task.survey import Survey, digest_of, rows_in_place
from rft_cli.worker import JOB_FILE, EventKind, Failure, Rollout, Schedule, now, read_json
from rft_cli.workflow.prepare import require_file
from rft_cli.workflow.variables import require_variables

if TYPE_CHECKING:
    from rft_cli.workflow.project import Project

FOLDER = "rehearsals"
"""Below the project's own folder; each rehearsal has one of its own in it."""

REHEARSED_STEPS, FEW_STEPS = 4, 2
"""Steps on the rehearsal engine. Chosen: enough to see rewards differ; with a slow evaluator half as many."""

FEW_ROWS = 8
"""Rows that a slow evaluator is asked about. Chosen: `FEW_STEPS` steps of the default size take so many."""

SERVICE_AT_ONCE = 96
"""Answers that the service scores at once unless it is told. Source: the default of eval-protocol's `evaluation_test`."""

SLOW_CALL_SECONDS = 0.25
"""From here on an evaluator is slow. Chosen: the 150 calls of a whole rehearsal would take more than half a minute."""

WAIT_SECONDS = 0.02
"""Between two looks at a worker. Chosen: below what a person notices."""

FORCED = "; going on because --force was given"
"""How the engine ends a note on an evaluator that cannot tell the base model's answers apart."""

LEFT_OUT_ROWS = "with an assistant's answer"
"""In the finding on answers that this engine leaves out; the service does not, and has a finding of its own."""


class Step(NamedTuple):
    """One step on the rehearsal engine."""

    step: int
    values: Mapping[str, float]
    """As the worker names them."""


class Taken(NamedTuple):
    """What came of the steps on the rehearsal engine."""

    steps: tuple[Step, ...]
    outcomes: tuple[probe.Outcome, ...]
    """The model's answers, with their rewards."""
    notes: tuple[str, ...]
    failure: Failure | None


class Stage(NamedTuple):
    """Where something is tried."""

    project: Project
    config: Config
    folder: Path
    tell: Callable[[str], None]


class Rehearsal(NamedTuple):
    """What a rehearsal showed."""

    config: Config | None
    """None when it cannot be resolved."""
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]
    """Shown path → text, for excerpts."""
    rows: int = 0
    """Rows of the data set; 0 where it could not be read."""
    outcomes: tuple[probe.Outcome, ...] = ()
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    calls: int = 0
    """How often a whole run would call the evaluator while it trains."""
    step_calls: int = 0
    """How often a step of it would; 0 where this version does not count the steps of the backend."""
    seconds: float = 0.0
    """Since the beginning."""

    @property
    def call_seconds(self) -> float:
        """What one call takes."""
        return _call_seconds(self.outcomes)

    @property
    def at_once(self) -> int:
        """How many calls the run would have under way."""
        if self.config is None:
            return 1
        if self.config.get("backend") == SERVICE:
            return int(self.config.get("fireworks.max_concurrent_evaluations") or SERVICE_AT_ONCE)
        return EvaluatorSpec.from_config(self.config.get("evaluator")).concurrency

    def scoring_seconds(self, calls: int) -> float:
        """What so many calls would take, with as many of them under way as the run would have."""
        return calls * self.call_seconds / min(self.at_once, max(calls, 1))

    @property
    def slowest_seconds(self) -> float:
        """What the slowest call took."""
        return max((outcome.seconds for outcome in self.outcomes), default=0.0)


def rehearse(
    project: Project, path: Path, overrides: Sequence[str] = (), tell: Callable[[str], None] = lambda _: None
) -> Rehearsal:
    """Rehearse a run config, whatever its backend, on this machine. Runs the user's evaluator in a process of its own.

    Args:
        project: whose files the config names.
        path: the run config.
        overrides: ``path=value`` entries of the command line.
        tell: gets a line for a person when something takes a while.

    Raises:
        UsageError: there is no such config, or its data or evaluator lie elsewhere.
        SetupError: a variable that the evaluator needs is not set, or no process can be started.
    """
    began = time.monotonic()
    require_file(path)
    if is_plan(path):
        raise UsageError(f"{path} is a plan", hint="rehearse the config that it was made of")
    loaded = load(path, root=project.root, overrides=overrides, environment=os.environ, thorough=True)
    config = loaded.config
    if config is None:
        return Rehearsal(None, loaded.findings, loaded.sources)
    _require_local_files(config)
    require_variables(config.get("evaluator"), project.root)
    findings = [*loaded.findings, *_preflight(project, config), *_missing_files(project, config)]

    def result(**known: Any) -> Rehearsal:
        kept = unsuppressed(by_place(findings), config.documents)
        notes = (*_left_out(config), *known.pop("notes", ()))
        return Rehearsal(config, kept, loaded.sources, notes=notes, seconds=time.monotonic() - began, **known)

    if _is_barred(findings):
        findings += check_config(config)
        return result()
    tell(f"reading {config.get('dataset')}")
    survey, about_rows = _survey(project, config)
    # Now that there are rows to count, the backend may have more to say.
    more = [
        entry
        for entry in _preflight(project, config, _trained_rows(config, survey.rows))
        if entry not in findings
    ]
    findings += [*about_rows, *more, *check_config(config, facts_of(survey.rows))]
    if _is_barred(about_rows) or not survey.rows:
        return result(rows=survey.rows)
    trained = _trained_rows(config, survey.rows)
    counted = {
        "calls": trained * config.get("rollout.n") * config.get("training.epochs"),
        "step_calls": _step_calls(project, config, trained),
    }
    rows = survey.sample()
    if not rows:
        note = "no row is text alone: the evaluator and the steps were left out, since the rehearsal model reads nothing else"
        return result(rows=survey.rows, notes=(note,), **counted)
    with _folder(project) as folder:
        stage = Stage(project, config, folder, tell)
        outcomes, failure = _probe(stage, rows)
        if failure is not None:
            findings += [*judge_probe(config, outcomes), _unusable(config, failure)]
            return result(rows=survey.rows, outcomes=outcomes, **counted)
        # Also a call that fails takes its time, until the limit for example.
        usual = statistics.median(outcome.seconds for outcome in outcomes)
        taken = _train(stage, rows, is_slow=usual > SLOW_CALL_SECONDS)
    outcomes += taken.outcomes
    # Judged together: an evaluator that wants a form of its own may still tell the model's answers apart.
    findings += judge_probe(config, outcomes)
    if taken.failure is not None and not any(outcome.error for outcome in outcomes):
        message = f"the steps on the rehearsal engine failed: {taken.failure['message']}"
        findings.append(found("RFT734", config, _evaluator_key(config), message, taken.failure["hint"]))
    return result(rows=survey.rows, outcomes=outcomes, steps=taken.steps, notes=taken.notes, **counted)


def _require_local_files(config: Config) -> None:
    evaluator = EvaluatorSpec.from_config(config.get("evaluator")).path
    named = {"dataset": config.get("dataset"), "evaluator": evaluator}
    elsewhere = {key: name for key, name in named.items() if name.startswith(SERVICE_NAME_PREFIX)}
    if elsewhere:
        lie = "lie" if len(elsewhere) > 1 else "lies"
        keys = " and ".join(f"the {key}" for key in elsewhere)
        files = " ".join(f"--set {key}=PATH" for key in elsewhere)
        raise UsageError(
            f"{' and '.join(elsewhere.values())} {lie} at the service: a rehearsal needs {keys} here, and nothing was tried",
            hint=f"name what it was made from: {files}",
        )


def _left_out(config: Config) -> Iterator[str]:
    held_out = config.get("evaluation.dataset") or ""
    if held_out.startswith(SERVICE_NAME_PREFIX):
        yield f"{held_out} lies at the service: its rows were not looked at, nor compared with the training rows"


def _preflight(project: Project, config: Config, rows: int = 0) -> tuple[Finding, ...]:
    """What the config's own backend says, where this version has it; of the files a rehearsal forms an opinion itself."""
    try:
        findings = project.backend(config.get("backend")).preflight(config, rows)
    except SetupError:
        return ()
    return tuple(entry for entry in findings if entry.code not in {BAD_DATASET, UNUSABLE_EVALUATOR})


def _missing_files(project: Project, config: Config) -> tuple[Finding, ...]:
    entry = EvaluatorSpec.from_config(config.get("evaluator")).path
    missing = check_files(config, project.root, lambda path, function: find_function(path, function, entry))
    return tuple(finding._replace(severity=Severity.ERROR) for finding in missing)


def _is_barred(findings: Sequence[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _survey(project: Project, config: Config) -> tuple[Survey, list[Finding]]:
    survey, findings = _read(project, config, "dataset")
    findings += judge_rows(config, survey)
    held_out = config.get("evaluation.dataset")
    if held_out and not held_out.startswith(SERVICE_NAME_PREFIX):
        other, about_other = _read(project, config, "evaluation.dataset")
        findings += [*about_other, *judge_held_out(config, survey, other)]
    return survey, findings


def _read(project: Project, config: Config, key: str) -> tuple[Survey, list[Finding]]:
    name, at_service = config.get(key), config.get("backend") == SERVICE
    survey = Survey(room_for_prompt(config))
    # What the service's models can see, it takes; the engine here reads text.
    scan = scan_rows(project.root / name, name, survey.add, text_only=not at_service)
    findings = [finding for finding in scan.findings if not (at_service and LEFT_OUT_ROWS in finding.message)]
    return survey, findings


def _trained_rows(config: Config, rows: int) -> int:
    """Rows that a run trains on: the service takes the file whole, the others hold some rows out."""
    whole = config.get("backend") == SERVICE or config.get("evaluation.dataset")
    return rows if whole else rows - held_out_size(rows)


def _step_calls(project: Project, config: Config, rows: int) -> int:
    try:
        backend = project.backend(config.get("backend"))
    except SetupError:
        return 0
    return backend.schedule(config, rows)["rollouts_per_step"]


@contextmanager
def _folder(project: Project) -> Iterator[Path]:
    project.place.make()
    above = project.place.folder / FOLDER
    above.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call_seconds(outcomes: Sequence[probe.Outcome]) -> float:
    """The median of the calls that gave a score, so that what the first one loads does not count."""
    return statistics.median([entry.seconds for entry in outcomes if entry.scores and entry.seconds] or [0.0])


def _probe(stage: Stage, rows: Sequence[Row]) -> tuple[tuple[probe.Outcome, ...], Failure | None]:
    """Ask the evaluator about prepared answers."""
    folder = stage.folder / "probe"
    folder.mkdir()
    trials = probe.trials(rows)
    spec = EvaluatorSpec.from_config(stage.config.get("evaluator"))
    at_once = f", {spec.concurrency} at once" if spec.concurrency > 1 else ""
    stage.tell(f"asking {spec.path} for the scores of up to {len(trials)} answers, twice each{at_once}")
    request = {"evaluator": spec._asdict(), "trials": [trial._asdict() for trial in trials]}
    (folder / probe.ROWS_FILE).write_text(rows_in_place(rows), encoding="utf-8")
    (folder / probe.REQUEST_FILE).write_text(json.dumps(request), encoding="utf-8")
    poll, _ = _through(prober(), _handle(stage, folder), {})
    if poll.failure is not None and poll.failure["exit_code"] == ExitCode.SETUP:
        raise SetupError(poll.failure["message"], hint=poll.failure["hint"])
    try:
        outcomes = probe.from_json(read_json(folder / probe.RESULT_FILE))
    except FileNotFoundError:
        outcomes = ()
    name = stage.project.place.shown(folder / probe.ROWS_FILE)
    return outcomes, _in_own_terms(poll.failure, name, stage.config.get("dataset"))


def _train(stage: Stage, rows: Sequence[Row], *, is_slow: bool) -> Taken:
    """A few steps on the rehearsal engine, on a sample of the rows."""
    folder = stage.folder / "steps"
    folder.mkdir()
    sample = rows[:FEW_ROWS] if is_slow else rows
    text = rows_in_place(sample)
    file = folder / probe.ROWS_FILE
    file.write_text(text, encoding="utf-8")
    name, dataset = stage.project.place.shown(file), stage.config.get("dataset")
    engine = stage.project.backend("local")
    schedule = engine.schedule(stage.config, len(sample))
    steps = min(FEW_STEPS if is_slow else REHEARSED_STEPS, schedule["steps"])
    evaluation = {**(stage.config.get("evaluation") or {}), "dataset": name, "every": 0}
    config = stage.config._replace(values={**stage.config.values, "dataset": name, "evaluation": evaluation})
    digests = {"dataset": digest_of(text), "evaluation.dataset": digest_of(text)}
    payload = engine.payload(config, Schedule(**{**schedule, "steps": steps}), digests, force=True)
    (folder / JOB_FILE).write_text(json.dumps(payload), encoding="utf-8")
    stage.tell(f"taking {steps} steps on the rehearsal engine with {len(sample)} rows")
    handle = _handle(stage, folder)
    poll, events = _through(engine, handle, payload)
    return Taken(
        tuple(
            Step(event["step"], event["values"]) for event in events if event["event"] == EventKind.METRICS
        ),
        tuple(_sampled(rollout) for rollout in engine.rollouts(handle)),
        tuple(
            str(event["message"]).replace(name, dataset).removesuffix(FORCED)
            for event in events
            if event["event"] == EventKind.NOTE
        ),
        _in_own_terms(poll.failure, name, dataset),
    )


def _sampled(rollout: Rollout) -> probe.Outcome:
    trial = probe.Trial(rollout["row"], probe.Kind.SAMPLED, rollout["completion"])
    return probe.Outcome(trial, (rollout["reward"],), 0.0)


def _in_own_terms(failure: Failure | None, name: str, dataset: str) -> Failure | None:
    """A failure in the user's own terms: there is no run to resume, and the sample stands for the data set."""
    if failure is None:
        return None
    hint = "" if failure["kind"] == "vanished" else failure["hint"]
    return Failure(
        kind=failure["kind"],
        message=failure["message"].replace(name, dataset),
        hint=hint.replace(name, dataset),
        exit_code=failure["exit_code"],
    )


def _handle(stage: Stage, folder: Path) -> Handle:
    return Handle("rehearsal", stage.project.root, folder, {}, 0, now())


def _through(
    backend: Backend, handle: Handle, payload: Mapping[str, Any]
) -> tuple[Poll, list[Mapping[str, Any]]]:
    """Start a worker, wait for its end, and gather what it tells; one that is waited for no longer is ended."""
    handle = handle._replace(ref=ref_of(backend.submit(handle, payload)))
    events: list[Mapping[str, Any]] = []
    try:
        while True:
            poll = backend.poll(handle)
            events += poll.events
            if not poll.state.live:
                return poll, events
            handle = handle._replace(cursor=poll.cursor)
            time.sleep(WAIT_SECONDS)
    except BaseException:
        backend.cancel(handle)
        raise


def _unusable(config: Config, failure: Failure) -> Finding:
    """The evaluator cannot be loaded, or hangs."""
    place: Location = config.location(_evaluator_key(config))
    return Finding(
        UNUSABLE_EVALUATOR, Severity.ERROR, place, failure["message"], failure["hint"], _evaluator_key(config)
    )


def _evaluator_key(config: Config) -> str:
    return "evaluator" if isinstance(config.get("evaluator"), str) else "evaluator.entry"
