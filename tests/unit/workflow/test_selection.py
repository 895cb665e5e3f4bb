from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rft_cli.errors import UsageError
from rft_cli.workflow.selection import moment_of

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


def test_a_span_ends_now() -> None:
    assert moment_of("2d", "--since", now=NOW) == NOW - timedelta(days=2)


def test_a_date_is_local_and_a_time_with_its_zone_is_not() -> None:
    assert moment_of("2025-01-31", "--since") == datetime(2025, 1, 31).astimezone()
    assert moment_of("2025-01-31T10:00:00+00:00", "--since") == datetime(2025, 1, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2025-13-01", "2025-01-31 noon", "yesterday", "2025-1-1"])
def test_what_is_neither_is_wrong_usage(text) -> None:
    with pytest.raises(UsageError, match="--since"):
        moment_of(text, "--since")
