"""Codes 2xx–6xx: opinions on a config that is valid."""

from __future__ import annotations

from rft_cli.spec.code import Code

TUNING_CODES: tuple[Code, ...] = ()
