"""Runs that a backend has, whoever started them, as text and for machines. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from rft_cli.render.ansi import printable
from rft_cli.render.run_json import SCHEMA_VERSION, listed_runs
from rft_cli.render.run_words import moment
from rft_cli.render.table import aligned
from rft_cli.runs.record import Summary
from rft_cli.workflow.remote import Outcome, Seen

if TYPE_CHECKING:
    from rft_cli.render.outputs.run import JobObject, RemoteOutput

HEADS = ("JOB", "STATE", "CREATED", "CALLED", "RUN")


def seen_text(seen: Sequence[Seen], *, wrap: int = 0) -> str:
    """A table of runs at a backend, the newest last, each with its run here if it has one."""
    rows = [
        (
            each.listed.job.rpartition("/")[2],
            str(each.listed.state),
            moment(each.listed.created),
            printable(each.listed.label),
            each.run or f"new: {each.listed.name}",
        )
        for each in seen
    ]
    return "\n".join(aligned([HEADS, *rows], wrap=wrap))


def outcome_lines(outcome: Outcome, *, is_dry: bool) -> Iterator[str]:
    """What was done, one sentence a line."""
    adopted, known = len(outcome.adopted), len(outcome.known)
    if not outcome.seen and not outcome.gone:
        yield "Nothing that fits runs or has run elsewhere."
        return
    if is_dry:
        yield f"{_runs(outcome.left)} would be adopted; {known} known."
        return
    yield f"Adopted {_runs(adopted)}; {known} known."
    for run in outcome.baselines:
        yield f"{run} is the baseline of its scope: the first run of it here with default parameters."
    for job in outcome.gone:
        yield f"{job.rpartition('/')[2]} is gone: it was deleted meanwhile."
    if outcome.left:
        yield f"{_runs(outcome.left)}, older ones, are left: each takes a request. rft runs --remote again goes on."


def remote_json(outcome: Outcome, runs: Sequence[Summary], references: Collection[str]) -> str:
    """The object of `rft runs` with what is new, and each run as its backend lists it."""
    document: RemoteOutput = {
        "schema_version": SCHEMA_VERSION,
        "runs": listed_runs(runs, references),
        "adopted": list(outcome.adopted),
        "known": list(outcome.known),
        "left": outcome.left,
        "gone": list(outcome.gone),
        "baselines": list(outcome.baselines),
        "jobs": [_job(each) for each in outcome.seen],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _job(seen: Seen) -> JobObject:
    listed = seen.listed
    return {
        "job": listed.job,
        "label": listed.label,
        "state": listed.state,
        "raw_state": listed.raw_state,
        "created": listed.created,
        "owner": listed.owner,
        "launched_with_rft": listed.mark is not None,
        "run": seen.run or None,
        "is_new": seen.is_new,
    }


def _runs(amount: int) -> str:
    return f"{amount} run{'' if amount == 1 else 's'}"
