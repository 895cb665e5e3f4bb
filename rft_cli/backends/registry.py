"""Name → backend: an explicit table, each module imported when it is asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rft_cli.errors import SetupError

if TYPE_CHECKING:
    from rft_cli.backends.base import Backend

AVAILABLE = ("local", "fireworks")
"""Backends of this version, the default first."""


@cache
def backend(name: str) -> Backend:
    """The backend of that name.

    Raises:
        SetupError: this version has no such backend.
    """
    if name == "local":
        from rft_cli.backends.local.act import LocalBackend

        return LocalBackend()
    if name == "fireworks":
        from rft_cli.backends.fireworks.act import FireworksBackend

        return FireworksBackend()
    raise SetupError(
        f"the backend {name} is not part of this version of rft",
        hint=f"this version trains with backend: {' or '.join(AVAILABLE)}; `--set backend={AVAILABLE[0]}` overrides the file",
    )
