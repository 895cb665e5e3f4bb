"""The framing of W&B's offline log: records across blocks, cut files, other files."""

from __future__ import annotations

import pytest

from rft_cli.curves.vendor import _library
from rft_cli.curves.wandb_file import BLOCK, FRAGMENT, HEADER, MARK, records
from rft_cli.errors import SetupError


def written(*payloads: bytes) -> bytes:
    """What a writer of the format makes of some records."""
    out = bytearray(MARK.ljust(HEADER, b"\0"))
    for payload in payloads:
        rest, is_first = payload, True
        while True:
            left = BLOCK - len(out) % BLOCK
            if left < FRAGMENT:
                out += b"\0" * left
                left = BLOCK
            part, rest = rest[: left - FRAGMENT], rest[left - FRAGMENT :]
            kind = {(True, True): 1, (True, False): 2, (False, False): 3, (False, True): 4}[
                is_first, not rest
            ]
            out += b"\0" * 4 + len(part).to_bytes(2, "little") + bytes([kind]) + part
            is_first = False
            if not rest:
                break
    return bytes(out)


PAYLOADS = [b"a", b"b" * 100_000, b"", b"c" * (BLOCK - 120), b"d" * 200]


def test_records_are_put_together_across_blocks(tmp_path) -> None:
    path = tmp_path / "run.wandb"
    path.write_bytes(written(*PAYLOADS))
    assert list(records(path)) == PAYLOADS


@pytest.mark.parametrize("cut", [HEADER, HEADER + 3, HEADER + 50, BLOCK + 1])
def test_a_log_that_was_cut_off_ends_with_its_last_whole_record(cut, tmp_path) -> None:
    path = tmp_path / "run.wandb"
    path.write_bytes(written(*PAYLOADS)[:cut])
    found = list(records(path))
    assert found == PAYLOADS[: len(found)]


def test_another_file_is_refused(tmp_path) -> None:
    path = tmp_path / "run.wandb"
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"no \.wandb file"):
        list(records(path))


def test_a_library_that_is_not_installed_is_named_with_its_install_command() -> None:
    with pytest.raises(SetupError) as caught:
        _library("no_such_library_anywhere", "wandb")
    assert caught.value.hint == "pip install 'rft-cli[wandb]'"
