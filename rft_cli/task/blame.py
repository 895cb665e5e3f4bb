"""Turns what went wrong in an evaluator into one error that names the user's own file and line.

Knows tracebacks and wording; runs nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType, TracebackType

MESSAGE_LENGTH = 300
"""Characters of a user's exception that are shown. Chosen: two lines of a terminal."""

INSTALLED = frozenset({"site-packages", "dist-packages"})
"""Folders whose code is nobody's evaluator, even where a virtual environment lies inside the project."""

ON_ERROR_HINT = "mend it, or set `on_error: zero` under `evaluator` to score such answers 0"


class EvaluatorError(RunFailedError):
    """The evaluator did not give a usable score: a mistake in the user's code, never in ours."""


class Culprit(NamedTuple):
    """The evaluator, as far as messages need to know it."""

    file: Path
    """Absolute."""
    shown: str
    """As the config names it."""
    root: Path
    """The project root, absolute: files below it are shown relative to it."""
    function: str
    line: int = 1
    """Where the function is defined."""
    secrets: tuple[str, ...] = ()
    """Values that no message may contain."""

    @property
    def place(self) -> str:
        """``file:line`` of the function."""
        return f"{self.shown}:{self.line}"

    def raised(self, error: BaseException, data_line: int) -> EvaluatorError:
        """The evaluator raised on a row."""
        return self.error(self.blamed(error), f"`{self.function}` {self.told(error)}", data_line)

    def timed_out(self, place: str, seconds: float, data_line: int) -> EvaluatorError:
        """The evaluator did not answer in time."""
        return self.error(
            place,
            f"`{self.function}` gave no score within {seconds:g} s",
            data_line,
            hint="mend it, or raise `timeout_s` under `evaluator`",
        )

    def error(
        self, place: str, what: str, data_line: int = 0, *, hint: str = ON_ERROR_HINT
    ) -> EvaluatorError:
        """An error at a place of the user's code."""
        row = f" (line {data_line} of the data)" if data_line else ""
        return EvaluatorError(self.without_secrets(f"{place}: {what}{row}"), hint=hint)

    def told(self, error: BaseException) -> str:
        """What the exception says, in one line."""
        if isinstance(error, SystemExit):
            return f"called sys.exit({'' if error.code is None else repr(error.code)})"
        text = " ".join(str(error).split())
        if len(text) > MESSAGE_LENGTH:
            text = text[: MESSAGE_LENGTH - 1] + "…"
        return f"raised {type(error).__name__}" + (f": {text}" if text else "")

    def blamed(self, error: BaseException) -> str:
        """``file:line`` of the innermost line of the user's code that the exception went through."""
        return self._last_own(_frames(error.__traceback__))

    def busy(self, thread: int) -> str:
        """``file:line`` of the user's code that a thread is at."""
        frame = sys._current_frames().get(thread)  # noqa: SLF001  the documented way to see another thread's frame
        return self._last_own(reversed(list(_outward(frame))))

    def without_secrets(self, text: str) -> str:
        """The text with every secret value replaced."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def _last_own(self, frames: Iterator[tuple[str, int]]) -> str:
        place = self.place
        for filename, line in frames:
            if filename == str(self.file):
                place = f"{self.shown}:{line}"
                continue
            path = Path(filename)
            if path.is_relative_to(self.root) and not INSTALLED.intersection(path.parts):
                place = f"{path.relative_to(self.root).as_posix()}:{line}"
            elif path.parent == self.file.parent:
                place = f"{Path(self.shown).with_name(path.name).as_posix()}:{line}"
        return place


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, int]]:
    while traceback is not None:
        yield traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next


def _outward(frame: FrameType | None) -> Iterator[tuple[str, int]]:
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
