"""Entry of the `rft` command; answers `--version`, completion and `lint` before Typer is imported, because start-up counts."""

from __future__ import annotations

import codecs
import gc
import io
import os
import sys

SPELL_OUT = "rft-spell-out"
"""Name of the handler of what cannot be encoded."""

GARBAGE_THRESHOLD = 50_000
"""New objects between two searches for cycles. Chosen: starting a command leaves fewer, and hardly any cycles."""


def main() -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    _never_fail_to_write()
    words = ""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the boundary is reached, while modules are still being imported; or a second one, while it speaks.
        code, words = 130, "rft: interrupted\n"
    while True:
        try:
            sys.stderr.write(words)
            _leave(code)
        except KeyboardInterrupt:  # nothing is left to be interrupted
            words = ""


def _never_fail_to_write() -> None:
    """Spell out what a stream cannot encode, as JSON does: a pipe may take ASCII only, and a path may hold any bytes."""
    codecs.register_error(SPELL_OUT, _spelled_out)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=SPELL_OUT)


def _spelled_out(error: UnicodeError) -> tuple[str, int]:
    r"""The characters of an error as ``\uXXXX``, those beyond 16 bits as two of them. Source: RFC 8259, section 7."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)), error.end


def _leave(code: int) -> None:
    """End the process without taking the interpreter apart.

    That costs a sixth of `rft plan`, and a hook as much as reading a hundred files. Every command has closed what it opened,
    and the boundary has flushed the answer.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader is gone; what there was to say has been said
        pass
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line.

    Args:
        arguments: the words after `rft`.

    Returns:
        The exit code.
    """
    if arguments == ["--version"]:
        from rft_cli import __version__

        sys.stdout.write(f"rft {__version__}\n")
        return 0
    if "_RFT_COMPLETE" in os.environ:
        from rft_cli.completion import answer

        completion = answer(os.environ)
        if completion is not None:
            sys.stdout.write(completion.text)
            return completion.exit_code
    from rft_cli.boundary import guarded

    if arguments[:1] == ["lint"]:
        from rft_cli.commands.lint import fast_main

        handled: list[bool] = []

        def lint() -> int:
            code = fast_main(arguments[1:])
            handled.append(code is not None)
            return code or 0

        code = guarded(lint, words=arguments)
        if handled != [False]:
            return code
    from rft_cli.app import app

    try:
        # Help is written outside of any command.
        return guarded(lambda: app(args=arguments, prog_name="rft") or 0)
    except SystemExit as exit_request:
        return exit_request.code if isinstance(exit_request.code, int) else 1


if __name__ == "__main__":
    main()
