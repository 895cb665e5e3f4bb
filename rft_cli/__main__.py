"""Entry of the `rft` command. Takes `--version` and `lint` before Typer is imported: pre-commit pays start-up on every commit."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Before the boundary is reached, while modules are still being imported.
        sys.stderr.write("rft: interrupted\n")
        code = 130
    sys.exit(code)


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
    if arguments[:1] == ["lint"]:
        from rft_cli.boundary import guarded
        from rft_cli.commands.lint import fast_main

        handled: list[bool] = []

        def lint() -> int:
            code = fast_main(arguments[1:])
            handled.append(code is not None)
            return code or 0

        code = guarded(lint)
        if handled != [False]:
            return code
    from rft_cli.app import app

    try:
        app(args=arguments, prog_name="rft")
    except SystemExit as exit_request:
        return exit_request.code if isinstance(exit_request.code, int) else 1
    return 0


if __name__ == "__main__":
    main()
