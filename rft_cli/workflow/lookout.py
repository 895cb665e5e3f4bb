"""An eye on a run while it trains: what is alarming is told once, and ends the run where the user wants that."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rft_cli.advice.alarm import ALARMS, Alarm, reading_steps, watch
from rft_cli.config.suggest import closest
from rft_cli.errors import UsageError
from rft_cli.worker import EventKind
from rft_cli.workflow.events import Alarmed, Noted

if TYPE_CHECKING:
    from rft_cli.advice.alarm import Watch
    from rft_cli.runs.ledger import Ledger
    from rft_cli.workflow.project import Project

OPTION = "--stop-on"


def alarms_named(text: str | None) -> frozenset[Alarm]:
    """The alarms that end a run, from ``collapse,no-signal``.

    Raises:
        UsageError: there is no such alarm.
    """
    names = [] if text is None else [name.strip() for name in text.split(",")]
    known: Mapping[str, Alarm] = {name: name for name in ALARMS}
    for name in names:
        if name not in known:
            meant = closest(name, tuple(known))
            legal = f"{OPTION} takes {', '.join(known)}, or several with commas between them"
            raise UsageError(
                f"{OPTION} {text}: there is no alarm {name!r}",
                hint=f"did you mean {meant}? {legal}" if meant else legal,
            )
    return frozenset(known[name] for name in names)


class Lookout:
    """Reads a live run now and then.

    What it tells depends on the metrics alone and not on when they came, but for the step up to which they had come.

    Args:
        project: the ledger's.
        ledger: open; it has what is handed to `look`.
        run: the run's id.
        stop_on: the alarms that end the run.
    """

    def __init__(self, project: Project, ledger: Ledger, run: str, stop_on: Collection[Alarm] = ()) -> None:
        self._project = project
        self._ledger = ledger
        self._run = run
        self._stop_on = stop_on
        self._steps: list[int] = []
        self._readings: dict[int, Watch] = {}
        """Step → what the run showed up to it; of the newest two."""
        self._told: set[Alarm] = set()
        self._is_blind = False

    def look(self, events: Sequence[Mapping[str, Any]], planned: int) -> Iterator[Alarmed | Noted]:
        """What there is to say after more metrics.

        Args:
            events: new lines of the worker.
            planned: steps of the whole run; 0 while they are not known.
        """
        self._take_in(events)
        due = reading_steps(self._steps, planned)[-2:]
        if self._is_blind or not due or due[-1] in self._readings:
            return
        try:
            self._read(due)
        except Exception as error:  # noqa: BLE001  a run goes on, whatever its curve does to who reads it
            self._is_blind = True
            why = f"{type(error).__name__}: {error}"
            yield Noted(self._run, f"nobody looks out for a collapse: its metrics could not be read ({why})")
            return
        found = self._readings[due[-1]]
        for name in sorted(found.confirmed - self._told):
            self._told.add(name)
            yield Alarmed(self._run, name, due[-1], found.alarms[name], name in self._stop_on)

    def _take_in(self, events: Sequence[Mapping[str, Any]]) -> None:
        for event in events:
            if event["event"] == EventKind.METRICS:
                # A resumed run takes the steps after its checkpoint once more.
                while self._steps and self._steps[-1] >= event["step"]:
                    self._steps.pop()
                    self._readings = {}
                self._steps.append(event["step"])

    def _read(self, due: Sequence[int]) -> None:
        """Read the run up to each of some steps, each beside the one before."""
        # NumPy comes with it, which no run needs before it has points enough.
        from rft_cli.advice.reading import context_of
        from rft_cli.workflow.advising import known_of, series_of

        run = self._ledger.run(self._run)
        context = context_of(known_of(run))
        readings: dict[int, Watch] = {}
        before = None
        for step in due:
            before = self._readings.get(step) or watch(
                series_of(self._project, self._ledger, run, until=step), context, before
            )
            readings[step] = before
        self._readings = readings
