"""What every test may rely on: a terminal that is none, an environment without our own variables, no colours."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from support.outputs import hold
from typer.testing import CliRunner

import rft_cli.trainer.rehearsal  # noqa: F401  fixes one BLAS thread; has to come before any test imports NumPy

pytest_plugins = ["services.fireworks.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell without job control starts `pytest &` so, and every command that a test interrupts would inherit it and go on.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RFT_") or name in {"FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture(autouse=True)
def held_to_the_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test asks for as JSON is what the published schemas say."""
    invoke = CliRunner.invoke

    def held(self: CliRunner, app: Any, args: Any = None, **more: Any) -> Any:
        done = invoke(self, app, args, **more)
        if args and not isinstance(args, str):
            hold(args, done.stdout, done.exit_code)
        return done

    monkeypatch.setattr(CliRunner, "invoke", held)
