"""What the runs of each scope are compared with, and moving it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import FindingsError, GuardError
from rft_cli.runs.lookup import find_run
from rft_cli.runs.record import Run
from rft_cli.workflow.prepare import plan_of, prepare

if TYPE_CHECKING:
    from rft_cli.runs.ledger import Ledger
    from rft_cli.workflow.project import Project


class Standing(NamedTuple):
    """The two runs that matter in a scope."""

    scope: str
    baseline: Run | None
    reference: Run | None
    """What the next run is compared with."""
    newest: Run | None
    """Of the scope; None when it has no run."""
    runs: int


class Move(NamedTuple):
    """A scope's reference has been moved."""

    scope: str
    old: str
    """Run id; empty: there was none."""
    new: str


def standings(
    project: Project, config: Path | None = None, overrides: Sequence[str] = ()
) -> tuple[Standing, ...]:
    """The scopes of a project, the one with the newest run last.

    Args:
        project: whose ledger is read.
        config: a run config, for its scope only.
        overrides: ``path=value`` entries for it.

    Raises:
        UsageError: there is no such config.
        FindingsError: the config has errors.
    """
    scope = "" if config is None else _scope_of(project, config, overrides)
    with project.ledger() as ledger:
        scopes = dict.fromkeys(summary.scope for summary in reversed(ledger.summaries()))
        wanted = [scope] if scope else list(reversed(scopes))
        return tuple(_standing(ledger, each) for each in wanted)


def move_reference(project: Project, name: str) -> Move:
    """Compare the next runs of a run's scope with that run.

    Raises:
        UsageError: there is no such run.
        GuardError: it has no result to compare with.
    """
    with project.ledger() as ledger:
        run = find_run(ledger, name)
        if not run.state.has_result:
            raise GuardError(
                f"{run.id} has no result to compare with: it is {run.state}",
                hint=f"wait for it: rft watch {run.id}"
                if run.state.live
                else "name a run that was completed; `rft runs` lists them",
            )
        scope = run.summary.scope
        old = ledger.reference(scope) or ""
        ledger.set_reference(scope, run.id)
    return Move(scope, old, run.id)


def _scope_of(project: Project, config: Path, overrides: Sequence[str]) -> str:
    prepared = prepare(project, config, overrides)
    if not prepared.is_sound:
        raise FindingsError(f"{config} has errors, so it has no scope", hint=f"rft plan {config} shows them")
    return plan_of(project, prepared).scope


def _standing(ledger: Ledger, scope: str) -> Standing:
    baseline, reference = ledger.baseline(scope), ledger.reference(scope)
    of_scope = [summary for summary in ledger.summaries() if summary.scope == scope]
    return Standing(
        scope,
        ledger.run(baseline) if baseline else None,
        ledger.run(reference) if reference else None,
        ledger.run(of_scope[-1].id) if of_scope else None,
        len(of_scope),
    )
