"""The one table of codes, whoever emits them."""

from __future__ import annotations

from rft_cli.spec.code import Code
from rft_cli.spec.codes.backend import BACKEND_CODES
from rft_cli.spec.codes.ranges import RANGE_CODES
from rft_cli.spec.codes.reading import READING_CODES
from rft_cli.spec.codes.rehearsing import REHEARSING_CODES
from rft_cli.spec.codes.tuning import TUNING_CODES
from rft_cli.spec.codes.writing import WRITING_CODES

CODES: tuple[Code, ...] = tuple(
    sorted(
        (
            *READING_CODES,
            *WRITING_CODES,
            *RANGE_CODES,
            *TUNING_CODES,
            *BACKEND_CODES,
            *REHEARSING_CODES,
        )
    )
)
"""Sorted by code."""

_BY_CODE = {entry.code: entry for entry in CODES}
_BY_NAME = {entry.name: entry for entry in CODES}


def find_code(text: str) -> Code | None:
    """The code of that number or name, in any case; None when there is none."""
    return _BY_CODE.get(text.upper()) or _BY_NAME.get(text.lower())
