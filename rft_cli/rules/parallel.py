"""Lints many files on all cores: each process takes a part, and what they found is joined as if one had done it all."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from typing import NamedTuple

from rft_cli.rules.lint import Collected, Scope, collect
from rft_cli.rules.rule import NO_BACKEND, RulesOf

MOST_PROCESSES = 4
"""Chosen: with more, starting them and the disk set the time."""


class Part(NamedTuple):
    """Files that a process of its own lints, and the end of the pipe that its findings come out of."""

    files: Sequence[str]
    process: int
    pipe: int


def cores() -> int:
    """How many processes may share the work here: one where the system has no cheap way to start more."""
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES) if hasattr(os, "sched_getaffinity") else 1


def collect_in(
    processes: int, files: Sequence[str], root: str, scope: Scope, rules_of: RulesOf = NO_BACKEND
) -> Collected:
    """What `collect` finds, with the work split over so many processes; the calling one has no threads."""
    size = -(-len(files) // processes)
    mine, *others = [files[start : start + size] for start in range(0, len(files), size)]
    parts = [_start(part, root, scope, rules_of) for part in others]
    done = collect(mine, root, scope, rules_of)
    for part in parts:
        _join(done, _finish(part, root, scope, rules_of))
    return done


def _start(files: Sequence[str], root: str, scope: Scope, rules_of: RulesOf) -> Part:
    outlet, inlet = os.pipe()
    process = os.fork()
    if process:
        os.close(inlet)
        return Part(files, process, outlet)
    code = 1
    try:
        os.close(outlet)
        with os.fdopen(inlet, "wb") as pipe:
            pickle.dump(collect(files, root, scope, rules_of), pipe)
        code = 0
    finally:
        # Nothing of the process that started this one is to be flushed, closed or removed twice.
        os._exit(code)


def _finish(part: Part, root: str, scope: Scope, rules_of: RulesOf) -> Collected:
    """What a process found. Where it failed its part is done here, so that the reason shows as it does without processes."""
    with os.fdopen(part.pipe, "rb") as pipe:
        content = pipe.read()
    _, status = os.waitpid(part.process, 0)
    if status:
        return collect(part.files, root, scope, rules_of)
    found: Collected = pickle.loads(content)  # noqa: S301  our own process wrote it
    return found


def _join(done: Collected, more: Collected) -> None:
    done.findings.extend(more.findings)
    done.sources.update(more.sources)
    done.ignores.update(more.ignores)
    done.judged.update(more.judged)
