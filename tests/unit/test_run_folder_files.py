"""Files that are replaced whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from rft_cli.worker import write_atomic


def test_a_file_that_cannot_be_written_is_named_as_the_user_knows_it(tmp_path: Path) -> None:
    target = tmp_path / "gone" / "plan.json"
    with pytest.raises(FileNotFoundError) as caught:
        write_atomic(target, "{}")
    assert caught.value.filename == str(target)


def test_what_was_begun_is_taken_away_where_the_file_cannot_be_replaced(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    target.mkdir()
    with pytest.raises(OSError, match="directory") as caught:
        write_atomic(target, "{}")
    assert caught.value.filename == str(target)
    assert list(tmp_path.iterdir()) == [target]
