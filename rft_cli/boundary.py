"""The one place where failures become exit codes. Imports neither Typer nor Rich, because `lint` starts without them."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence

from rft_cli.errors import ExitCode, RftError

_MACHINE_ERRNOS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EACCES,
        errno.EPERM,
        errno.EMFILE,
        errno.ENFILE,
        errno.EIO,
    }
)
"""What the operating system says when this machine, not rft, stands in the way."""


SHORTEST_SECRET = 8
"""Characters of a value that counts as a secret. Chosen: shorter ones are words, and stand everywhere."""

_NAMING_ERRNOS = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
"""What it says of a path that cannot be one."""


def guarded(
    work: Callable[[], int],
    *,
    words: Sequence[str] = (),
    let_through: tuple[type[BaseException], ...] = (),
) -> int:
    """Run a command and map what goes wrong to an exit code.

    Args:
        work: the command; returns its own exit code.
        words: the command line; with `--json` a failure is told on standard output too.
        let_through: exceptions that somebody further up presents.

    Returns:
        The code to exit with. Everything worth saying has been said on standard error.
    """
    try:
        code = work()
        sys.stdout.flush()
        return code
    except let_through:
        raise
    except RftError as error:
        return _tell(error.exit_code, error.message, error.hint, words)
    except KeyboardInterrupt:
        return _tell(ExitCode.INTERRUPTED, "interrupted", "", words)
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001  this is the boundary
        if isinstance(error, OSError) and error.errno in _MACHINE_ERRNOS:
            where = f"{error.filename}: " if error.filename else ""
            return _tell(
                ExitCode.SETUP,
                f"{where}{error.strerror}",
                "check the path, its permissions and the free space, then try again",
                words,
            )
        if isinstance(error, OSError) and error.errno in _NAMING_ERRNOS:
            return _tell(ExitCode.USAGE, f"{error.filename}: {error.strerror}", "name another path", words)
        return _report_bug(error, words)


def _tell(code: ExitCode, message: str, hint: str, words: Sequence[str]) -> ExitCode:
    """Say why there is no answer; returns the code."""
    tell_machine(code, message, hint, words)
    _say(message, hint)
    return code


def tell_machine(code: ExitCode, message: str, hint: str, words: Sequence[str]) -> None:
    """Write one line that says why there is no answer, where the command line asks for JSON and somebody still reads."""
    if not asks_for_json(words):
        return
    from rft_cli.render.failure_json import failure_json

    try:
        sys.stdout.write(f"{failure_json(code, message, hint)}\n")
        sys.stdout.flush()
    except OSError:  # the exit code and standard error tell it too
        pass


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether a command line asks for JSON on standard output."""
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def _say(message: str, hint: str) -> None:
    lines = f"rft: {message}\n" + (f"  help: {hint}\n" if hint else "")
    if sys.stderr.isatty():
        from rft_cli.render.terminal import terminal

        terminal().talk(lines)
    else:
        sys.stderr.write(lines)


def _report_bug(error: Exception, words: Sequence[str]) -> ExitCode:
    """Write a report that can be attached to an issue, and say where it lies."""
    import platform
    import tempfile
    import traceback

    from rft_cli import __version__

    trace = _without_secrets("".join(traceback.format_exception(error)))
    report = f"rft {__version__}\nPython {sys.version}\n{platform.platform()}\n\n{trace}"
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="rft-report-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as file:
            file.write(report)
        place = f"the report is {file.name}"
    except OSError:
        place = f"the report could not be written, here it is:\n{report}"
    message = f"this is a bug in rft: {type(error).__name__}; {place}"
    _tell(ExitCode.BUG, message, "please attach the report to an issue", words)
    if os.environ.get("RFT_DEBUG"):
        sys.stderr.write(trace)
    return ExitCode.BUG


def _without_secrets(text: str) -> str:
    """A report goes to strangers: no value of a variable named like a secret, no key of a header, nothing that signs a URL."""
    # Not by config's search for secrets: what is broken may be that room, or a package that it imports.
    import re

    for name, value in os.environ.items():
        if len(value) >= SHORTEST_SECRET and re.search("KEY|TOKEN|SECRET|PASSWORD", name.upper()):
            text = text.replace(value, f"<{name}>")
    text = re.sub(r"(?i)(bearer\s+)[^\s'\"]+", r"\1…", text)
    return re.sub(r"(https?://[^\s?'\"]+)\?[^\s'\")>]+", r"\1?…", text)
