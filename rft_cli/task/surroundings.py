"""What user code shares with us and may disturb: standard output and the working directory."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Surroundings:
    """Lets user code print and change folders without harm.

    What it prints goes to standard error, so it never mixes with an answer. A working directory that it changes to is
    its own: it finds it again at the next batch, and we find ours.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None

    @contextmanager
    def lent(self) -> Iterator[None]:
        """For the time of one batch of calls."""
        stdout, ours = sys.stdout, Path.cwd()
        sys.stdout = sys.stderr
        if self._folder is not None:
            os.chdir(self._folder)
        try:
            yield
        finally:
            sys.stdout = stdout
            theirs = _working_directory()
            if theirs != ours:
                os.chdir(ours)
            self._folder = theirs if theirs != ours else None


def _working_directory() -> Path | None:
    """None when it has been deleted."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None
