"""The commands of `rft`, in the order in which help lists them. Data; help, completion and the app are views of it."""

from __future__ import annotations

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """One command; its module under `rft_cli.commands` has the same name, with an underscore behind a word of Python's own."""

    name: str
    summary: str
    takes_run: bool = False
    """Whether its arguments name runs."""


COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("init", "Write a project that trains as it is: config, data, evaluator."),
    CommandEntry("lint", "Check run configs, without running anything."),
    CommandEntry("explain", "What a parameter, code, goal, state or exit code means, and what to do."),
    CommandEntry("rules", "List every code that lint and launch can report."),
    CommandEntry("schema", "Print the JSON Schema of run configs, for editors and other tools."),
    CommandEntry("plan", "What a launch would do: values, schedule, difference, cost, guards, payload."),
    CommandEntry(
        "rehearse", "Try the data and the evaluator on this machine, before a run that is paid for."
    ),
    CommandEntry("launch", "Train: check, record, submit, follow."),
    CommandEntry("runs", "List the runs of this project."),
    CommandEntry("show", "One run: what was asked, how it went, how it ended.", takes_run=True),
    CommandEntry("watch", "Follow a run that was launched before.", takes_run=True),
    CommandEntry("logs", "What a run's worker printed.", takes_run=True),
    CommandEntry("rollouts", "Read the answers that a run sampled.", takes_run=True),
    CommandEntry(
        "diff",
        "What differs between two runs, configs or revisions, and what the guide says of it.",
        takes_run=True,
    ),
    CommandEntry("advise", "What a run shows, and the one change to make next, or none.", takes_run=True),
    CommandEntry(
        "compare", "What runs came to, with intervals, or why they cannot be compared.", takes_run=True
    ),
    CommandEntry("baseline", "What the runs of a scope are compared with, and moving it.", takes_run=True),
    CommandEntry("cancel", "End runs; what they have trained is saved.", takes_run=True),
    CommandEntry("resume", "Let a run go on from its newest checkpoint.", takes_run=True),
    CommandEntry("sync", "Bring the ledger up to date with the runs.", takes_run=True),
    CommandEntry("note", "Keep a remark with a run.", takes_run=True),
    CommandEntry(
        "export",
        "A run or a config in a form for others: a record to commit, a request, a command.",
        takes_run=True,
    ),
    CommandEntry("import", "Write the run config of a job that was made elsewhere."),
    CommandEntry("prune", "Remove the folders of runs that are no longer needed."),
    CommandEntry("doctor", "What works on this machine, and what does not."),
)

_NAMES = frozenset(entry.name for entry in COMMANDS)


def is_command(name: str) -> bool:
    """Whether there is a command of that name."""
    return name in _NAMES
