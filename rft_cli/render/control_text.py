"""What cancel, sync, note and prune answer, as text and as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rft_cli.render.ansi import paint, printable
from rft_cli.render.run_json import SCHEMA_VERSION, summary_object
from rft_cli.render.run_text import STATE_STYLES
from rft_cli.render.run_words import columns, headline
from rft_cli.render.wrap import wrap as wrap_text

if TYPE_CHECKING:
    from pathlib import Path

    from rft_cli.errors import RftError
    from rft_cli.render.outputs.run import (
        CancelledRun,
        CancelOutput,
        FolderObject,
        LeftObject,
        LookObject,
        NoteOutput,
        PruneOutput,
        RebuildOutput,
        RemarkObject,
        SyncOutput,
    )
    from rft_cli.runs.reconcile import Look
    from rft_cli.runs.record import Remark
    from rft_cli.workflow.control import Cancellation
    from rft_cli.workflow.prune import Folder
    from rft_cli.workflow.rebuild import Rebuilt

_UNITS = ("B", "kB", "MB", "GB", "TB")


def cancellation_text(cancellation: Cancellation, *, color: bool, wrap: int) -> str:
    """What became of the request to end one run."""
    run = cancellation.run
    if not cancellation.was_live:
        return wrap_text(f"{run.id} was over already: {run.state}", wrap)
    if run.state.live:
        return wrap_text(f"{run.id} is asked to end: rft watch {run.id}", wrap)
    said = paint(printable(headline(run)), STATE_STYLES.get(run.state, "bold"), color=color)
    on = columns([("go on", f"rft resume {run.id}")]) if cancellation.can_resume else ""
    return f"{wrap_text(said, wrap)}\n{on}"


def no_runs_text(root: Path, *, has_folders: bool) -> str:
    """That the ledger knows no runs, and what to do: a lost one is made again from the run folders."""
    if has_folders:
        return (
            f"The ledger of {root} knows no runs, and there are run folders.\n"
            "  help: take them in with: rft sync --rebuild"
        )
    return f"No runs in {root} yet.\n  help: start one with: rft launch CONFIG"


def cancellations_json(cancellations: Iterable[Cancellation]) -> str:
    """One object with every run that was named."""
    runs: list[CancelledRun] = [
        {**summary_object(each.run.summary), "was_live": each.was_live} for each in cancellations
    ]
    document: CancelOutput = {"schema_version": SCHEMA_VERSION, "runs": runs}
    return _text(document)


def looks_text(looks: Sequence[Look]) -> str:
    """What a reconciliation has changed, a line a run."""
    changed = [look for look in looks if look.changed]
    if not changed:
        return "Everything was up to date."
    return "\n".join(_look(look) for look in changed)


def looks_json(looks: Iterable[Look]) -> str:
    """One object with every run that has changed, or could not be asked."""
    runs: list[LookObject] = [
        {
            "id": look.after.id,
            "changed": look.changed,
            "state": {"from": look.before.state, "to": look.after.state},
            "last_step": {"from": look.before.last_step, "to": look.after.last_step},
            "reason": look.after.reason,
            "problem": look.problem.message if look.problem else None,
        }
        for look in looks
        if look.changed or look.problem
    ]
    document: SyncOutput = {"schema_version": SCHEMA_VERSION, "runs": runs}
    return _text(document)


def problem_text(problem: RftError, *, wrap: int) -> str:
    """Why a run's backend could not be asked."""
    hint = f"\n  help: {problem.hint}" if problem.hint else ""
    return wrap_text(f"rft: {problem.message}{hint}", wrap)


def rebuilt_text(rebuilt: Rebuilt, *, wrap: int) -> str:
    """The runs that were taken in from their folders, and the sum."""
    runs = rebuilt.taken_in
    pairs = [
        (run.id, f"{run.state}{', the baseline of its scope' if run.is_baseline else ''}") for run in runs
    ]
    many = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
    said = f"{many} taken in from their folders." if runs else "The ledger knows every run folder."
    return f"{columns(pairs, indent='', wrap=wrap)}{wrap_text(said, wrap)}"


def rebuilt_json(rebuilt: Rebuilt) -> str:
    """One object with the same."""
    left: list[LeftObject] = [{"id": folder, "why": why} for folder, why in rebuilt.left]
    runs = [summary_object(run) for run in rebuilt.taken_in]
    document: RebuildOutput = {
        "schema_version": SCHEMA_VERSION,
        "aside": rebuilt.aside or None,
        "runs": runs,
        "left": left,
        "problems": [problem.message for problem in rebuilt.problems],
    }
    return _text(document)


def remarks_json(run: str, remarks: Iterable[Remark]) -> str:
    """One object with all remarks of a run."""
    listed: list[RemarkObject] = [{"time": each.time, "text": each.text} for each in remarks]
    document: NoteOutput = {"schema_version": SCHEMA_VERSION, "run": run, "remarks": listed}
    return _text(document)


def folders_text(folders: Sequence[Folder], *, removed: bool) -> str:
    """Run folders with their sizes, and the sum."""
    verb = "removed" if removed else "to remove"
    pairs = [(folder.run, f"{size_words(folder.size):>8}  {folder.state}") for folder in folders]
    total = sum(folder.size for folder in folders)
    count = f"{len(folders)} run folder{'' if len(folders) == 1 else 's'}"
    return f"{columns(pairs, indent='')}{count} {verb}, {size_words(total)}"


def folders_json(folders: Iterable[Folder], *, removed: bool) -> str:
    """One object with the same."""
    entries: list[FolderObject] = [
        {"id": folder.run, "state": folder.state, "bytes": folder.size} for folder in folders
    ]
    total = sum(entry["bytes"] for entry in entries)
    document: PruneOutput = {
        "schema_version": SCHEMA_VERSION,
        "removed": removed,
        "runs": entries,
        "bytes": total,
    }
    return _text(document)


def size_words(size: float) -> str:
    """Bytes in units of a thousand: ``812 B``, ``1.4 MB``."""
    for unit in _UNITS[:-1]:
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.5 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {_UNITS[-1]}"


def _look(look: Look) -> str:
    before, after = look.before, look.after
    state = str(after.state) if before.state is after.state else f"{before.state} → {after.state}"
    new = after.last_step - before.last_step
    steps = f", {new} new {'step' if new == 1 else 'steps'}" if new > 0 else ""
    reason = f": {printable(after.reason)}" if after.reason and before.reason != after.reason else ""
    return f"{after.id}  {state}{steps}{reason}"


def _text(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
