"""What every test may rely on: a terminal that is none, an environment without our own variables, no colours."""

from __future__ import annotations

import os

import pytest

import rft_cli.trainer.rehearsal  # noqa: F401  fixes one BLAS thread; has to come before any test imports NumPy

pytest_plugins = ["services.fireworks.fixtures"]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RFT_") or name in {"FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
