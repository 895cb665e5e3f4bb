"""`python -m rft_cli.generate [--check | --dry-run]`: write the generated files, or only say what differs."""

from __future__ import annotations

import sys
from pathlib import Path

from rft_cli.generate.files import Difference, differences, generated_files, write

ROOT = Path(__file__).parents[2]
COMMAND = "python -m rft_cli.generate"
MODES = ("", "--check", "--dry-run")


def run(arguments: list[str], root: Path = ROOT) -> int:
    """Run the generator.

    Args:
        arguments: nothing to write, `--check` to fail when something differs, `--dry-run` only to say what would be done.
        root: the checkout.

    Returns:
        0 when all is as it should be or was written, 1 when the check fails, 2 for wrong usage.
    """
    mode = " ".join(arguments)
    if mode not in MODES:
        sys.stderr.write(f"usage: {COMMAND} [--check | --dry-run]\n")
        return 2
    files = generated_files()
    changes = differences(root, files)
    if mode == "--check":
        sys.stderr.write(failure(changes))
        return 1 if changes else 0
    if not mode:
        write(root, files, changes)
    verb = "would write" if mode else "wrote"
    removed = "would remove" if mode else "removed"
    for change in changes:
        sys.stdout.write(f"{removed if change.kind == 'stale' else verb} {change.path}\n")
    sys.stdout.write(f"{len(files)} generated files, {len(changes)} changed\n")
    return 0


def failure(changes: tuple[Difference, ...]) -> str:
    """What a failed check says: every file with its reason, and the command that mends it; empty when all is fresh."""
    if not changes:
        return ""
    lines = "".join(f"  {change.path}: {change.kind}\n" for change in changes)
    return f"generated files are not fresh:\n{lines}run: {COMMAND}\n"


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
