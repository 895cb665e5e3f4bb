"""Codes 7xx: what a backend or the data say before a run starts."""

from __future__ import annotations

from rft_cli.spec.code import Code

BACKEND_CODES: tuple[Code, ...] = ()
