"""Name → backend: an explicit table, each module imported when it is asked for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rft_cli.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rft_cli.backends.base import Backend
    from rft_cli.rules.rule import Rule

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


def rules_of(name: str) -> Sequence[Rule]:
    """What the backend of that name thinks of its configs; none where this version has no such backend.

    Loads what `lint` may load, and that only when a config names the backend.
    """
    if name == "local":
        from rft_cli.backends.local.shape.opinions import RULES as LOCAL_RULES

        return LOCAL_RULES
    if name == "fireworks":
        from rft_cli.backends.fireworks.shape.opinions import RULES as FIREWORKS_RULES

        return FIREWORKS_RULES
    return ()
