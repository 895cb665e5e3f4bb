"""Rows of a table with a header: CSV, TSV, and the chart and history exports of W&B."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import IO

from rft_cli.curves.names import match

DELIMITERS = (",", ";", "\t", "|")

_RUN_PREFIX = re.compile(r"^.* - (?=\S)")
_BOUNDS = ("__MIN", "__MAX")


class Table:
    """A table's rows under the names that its columns log."""

    def __init__(self, file: IO[str], delimiter: str) -> None:
        self._rows = csv.reader(file, delimiter=delimiter)
        header = next(self._rows, [])
        self.columns = [column_name(name) for name in header]
        self.runs = sorted({name.rsplit(" - ", 1)[0] for name in header if _is_chart_column(name)})
        """Runs of a W&B chart export, which has a column a run."""
        self.unreadable = 0
        """Rows with another number of cells than the header."""
        self._used = _first_of_each(self.columns)

    def __iter__(self) -> Iterator[dict[str, object]]:
        while True:
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except csv.Error:
                self.unreadable += 1
                continue
            if not cells:
                continue
            if len(cells) != len(self.columns):
                self.unreadable += 1
                continue
            yield {name: cells[place] for name, place in self._used.items()}


def column_name(header: str) -> str:
    """The metric of a column: W&B's chart export puts the run in front and adds columns of bounds, which name nothing."""
    name = header.strip().lstrip("\ufeff").strip('"')
    if name.endswith(_BOUNDS):
        return ""
    return _RUN_PREFIX.sub("", name) if _is_chart_column(name) else name


def delimiter_of(header: str) -> str | None:
    """The delimiter under which a first line names at least one metric that is read; None when there is none."""
    for delimiter in DELIMITERS:
        names = [column_name(name) for name in next(csv.reader([header], delimiter=delimiter), [])]
        if len(names) > 1 and any(match(name) for name in names):
            return delimiter
    return None


def _is_chart_column(header: str) -> bool:
    return " - " in header


def _first_of_each(names: list[str]) -> dict[str, int]:
    used: dict[str, int] = {}
    for place, name in enumerate(names):
        if name:
            used.setdefault(name, place)
    return used
