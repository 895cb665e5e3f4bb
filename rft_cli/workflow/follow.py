"""Watching a run until it ends or the user lets go. What it reads goes into the ledger as well."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rft_cli.errors import ExitCode
from rft_cli.runs.record import Evaluation, Point
from rft_cli.worker import EventKind, State
from rft_cli.workflow.ending import ended
from rft_cli.workflow.events import (
    Alarmed,
    Busy,
    Detached,
    Evaluated,
    Event,
    Measured,
    Noted,
    Stalled,
    StateChanged,
    Waited,
)
from rft_cli.workflow.lookout import OPTION, Lookout

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend, Poll
    from rft_cli.runs.ledger import Ledger
    from rft_cli.runs.record import Run
    from rft_cli.workflow.interrupts import Interrupts

BUSY_SECONDS = 5
"""For so long a run waits for something before that is told. Chosen: longer than a large library takes to load."""
TICK_SECONDS = 1.0
"""Between two signs that nothing has happened. Chosen: a clock that is shown counts seconds."""
SHORTEST_WAIT = 0.02
"""Seconds between two looks while events come in. Chosen: below what an eye notices; a look costs 0.1 ms."""
LONGEST_WAIT = 0.25
"""Seconds between two looks at a quiet run. Chosen: an answer to Ctrl-C still feels immediate."""
PATIENCE = 4
"""A wait is this part of the silence so far, so that watching adds at most that share to any pause. Chosen."""


def follow(
    ledger: Ledger,
    backend: Backend,
    run: Run,
    interrupts: Interrupts,
    *,
    timeout: float | None = None,
    lookout: Lookout | None = None,
) -> Iterator[Event]:
    """Everything that happens to a run from its first event on, also what happened before.

    Ends with `Ended`, or with `Detached` when the user interrupts or the time is over.

    Args:
        ledger: open for writing.
        backend: the run's.
        run: live.
        interrupts: active; asked between two looks.
        timeout: seconds to wait for the end; None: as long as it takes.
        lookout: reads the run while it trains, and may have it ended.

    Raises:
        BackendError: the run should be ended, and the backend refused.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    handle = ledger.handle(run, from_start=True)
    state, raw_state, stalled = run.state, run.summary.raw_state, ""
    steps = run.summary.steps
    heard = shown = time.monotonic()
    ended_for = ""
    told_busy = 0
    while True:
        if not handle.ref:  # another process is submitting it
            handle = handle._replace(ref=ledger.run(run.id).ref)
        poll = backend.poll(handle)
        handle = handle._replace(cursor=poll.cursor)
        if ended_for and poll.state is State.CANCELLED:
            poll = poll._replace(reason=ended_for)
        place = (poll.state, poll.raw_state, poll.stalled_since)
        if poll.events or poll.ref or (state, raw_state, stalled) != place:
            ledger.take_in(run.id, poll)
            heard = time.monotonic()
        if (poll.state, poll.raw_state) != (state, raw_state) and poll.state.live:
            yield StateChanged(run.id, poll.state, poll.raw_state)
        stalls = bool(poll.stalled_since and not stalled)
        state, raw_state, stalled = poll.state, poll.raw_state, poll.stalled_since
        waits = _waits(poll)
        if waits >= BUSY_SECONDS and waits != told_busy:
            yield Busy(run.id, poll.doing, waits)
        told_busy = waits
        for event in poll.events:
            if event["event"] == EventKind.STARTED:
                steps = event["steps"]
            yield from _told(run, steps, event)
        if stalls:
            yield Stalled(run.id, stalled)
        if lookout is not None and state.live and poll.events and not ended_for:
            for told in lookout.look(poll.events, steps):
                yield told
                if isinstance(told, Alarmed) and told.ends_run and not ended_for:
                    ended_for = f"stopped by {OPTION} {told.alarm} at step {told.step}"
            if ended_for:
                backend.cancel(handle)
                continue
        if not state.live:
            yield StateChanged(run.id, state, raw_state)
            yield ended(ledger, backend, ledger.run(run.id))
            return
        if interrupts.noted:
            yield Detached(run.id)
            return
        moment = time.monotonic()
        if deadline is not None and moment >= deadline:
            yield Detached(run.id, ExitCode.TIMEOUT)
            return
        if moment - shown >= TICK_SECONDS:
            shown = moment
            yield Waited(run.id)
        wait = min(max((moment - heard) / PATIENCE, SHORTEST_WAIT), LONGEST_WAIT)
        time.sleep(wait if deadline is None else min(wait, deadline - moment))


def _waits(poll: Poll) -> int:
    """Whole seconds for which a live run has waited for something."""
    if not poll.doing or not poll.state.live:
        return 0
    return int(time.time() - datetime.fromisoformat(poll.doing_since).timestamp())


def _told(followed: Run, steps: int, event: Mapping[str, Any]) -> Iterator[Event]:
    """What a line of the worker's means to somebody who watches."""
    run = followed.id
    match event["event"]:
        case EventKind.METRICS:
            yield Measured(run, steps, Point(event["step"], event["values"]))
        case EventKind.EVALUATION:
            yield Evaluated(
                run,
                Evaluation(
                    event["step"],
                    event["mean"],
                    event["standard_error"],
                    event["n"],
                    followed.evaluates_training_rows,
                ),
            )
        case EventKind.NOTE:
            yield Noted(run, event["message"])
        case EventKind.STARTED if event.get("resumed_from"):
            yield Noted(run, f"going on from the checkpoint of step {event['resumed_from']}")
