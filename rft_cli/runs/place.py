"""Where a project keeps its runs: the root, ``.rft/``, and what lies in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from rft_cli.errors import SetupError

FOLDER = ".rft"
FOLDER_VARIABLE = "RFT_DIR"
LEDGER_FILE = "ledger.db"
RUNS_DIR = "runs"


class Place(NamedTuple):
    """The folders of a project."""

    root: Path
    folder: Path
    """``.rft/`` of the root, or what `RFT_DIR` names."""

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.folder / LEDGER_FILE

    @property
    def runs(self) -> Path:
        """The folder of the run folders."""
        return self.folder / RUNS_DIR

    @property
    def ignore(self) -> Path:
        """What keeps git from seeing any of it."""
        return self.folder / ".gitignore"

    def run_folder(self, run: str) -> Path:
        """The folder of one run."""
        return self.runs / run

    def shown(self, path: Path) -> str:
        """A path as people in the project would write it."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def make(self) -> None:
        """Create the folder, ignored by git from within, so that no project has to remember it.

        Raises:
            SetupError: something that is no folder has its name.
            OSError: the disk is full or read-only.
        """
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise SetupError(
                f"{self.folder} cannot be made: {error.strerror}",
                hint=f"move aside what has its name, or set {FOLDER_VARIABLE} to another folder",
            ) from error
        if not self.ignore.exists():
            self.ignore.write_text("*\n", encoding="utf-8")


def place_of(root: Path, environment: Mapping[str, str] = os.environ) -> Place:
    """Where the project of a root keeps its runs."""
    moved = environment.get(FOLDER_VARIABLE)
    return Place(root, Path(moved).absolute() if moved else root / FOLDER)
