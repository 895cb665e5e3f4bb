from __future__ import annotations

import pytest

from rft_cli.errors import UsageError
from rft_cli.workflow.spans import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1.5h", 5400),
        ("7d", 604800),
        ("2w", 1209600),
        ("0", 0),
        (" 5M ", 300),
    ],
)
def test_a_span_is_a_number_and_a_unit(text, seconds) -> None:
    assert seconds_of(text, "--timeout") == seconds


@pytest.mark.parametrize("text", ["", "m", "-5", "1e3", "5 m", "1h30m", "٣s", "inf"])
def test_anything_else_is_wrong_usage(text) -> None:
    with pytest.raises(UsageError) as caught:
        seconds_of(text, "--timeout")
    assert caught.value.message == f"--timeout {text}: this is no span of time"
