"""Codes 0xx: reading a file, its structure and its layers."""

from __future__ import annotations

from rft_cli.spec.code import Code

READING_CODES: tuple[Code, ...] = ()
