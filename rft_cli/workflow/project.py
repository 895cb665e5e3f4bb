"""A project as the commands see it: where it is, its ledger, its backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.backends import registry
from rft_cli.config.root import find_root
from rft_cli.runs.database import UnwritableError
from rft_cli.runs.ledger import Ledger
from rft_cli.runs.place import Place, place_of
from rft_cli.runs.reconcile import reconcile

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend


class Project(NamedTuple):
    """A project's folders and what trains in it."""

    place: Place
    backend: Callable[[str], Backend] = registry.backend
    """Name → backend; raises SetupError."""

    @property
    def root(self) -> Path:
        """The project root."""
        return self.place.root

    def shown_folder(self, run: str) -> str:
        """The folder of a run as people in the project would write it; empty where it is not there, as after a prune."""
        folder = self.place.run_folder(run)
        return self.place.shown(folder) if folder.is_dir() else ""

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, up to date with the runs; a missing one reads as empty.

        On a disk that is full or read-only it is as it was last written.

        Raises:
            SetupError: it cannot be used.
        """
        try:
            ledger = Ledger(self.place)
        except UnwritableError:
            ledger = Ledger(self.place, read_only=True)
        with ledger:
            reconcile(ledger, self.backend)
            yield ledger


def open_project(start: Path | None = None) -> Project:
    """The project of a folder; default: the working directory."""
    return Project(place_of(find_root(start or Path.cwd())))
