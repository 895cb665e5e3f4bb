"""pytest fixtures; one server serves a whole session, every test gets a new world on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .double import Double


@pytest.fixture(scope="session")
def fireworks_server() -> Iterator[Double]:
    """The double that all tests of a session share; ask for `fireworks` instead."""
    from .double import serve  # a session that needs no double does not pay for its web server

    with serve() as double:
        yield double


@pytest.fixture
def fireworks(fireworks_server: Double) -> Double:
    """The managed service's double in a fresh world, scenario `happy`."""
    fireworks_server.use("happy")
    return fireworks_server
