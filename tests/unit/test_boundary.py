from __future__ import annotations

import errno
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from rft_cli.boundary import guarded
from rft_cli.errors import (
    BackendError,
    ExitCode,
    FindingsError,
    GuardError,
    RftError,
    RunFailedError,
    SetupError,
    UsageError,
    WaitTimeoutError,
)


def raising(error: BaseException) -> Callable[[], int]:
    def work() -> int:
        raise error

    return work


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FindingsError, 1),
        (UsageError, 2),
        (SetupError, 3),
        (BackendError, 4),
        (RunFailedError, 5),
        (GuardError, 6),
        (WaitTimeoutError, 7),
    ],
)
def test_each_failure_has_its_exit_code_and_shows_message_and_hint(
    kind: type[RftError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(kind("no such run: a.1", hint="rft runs lists them"))) == code
    assert capsys.readouterr() == ("", "rft: no such run: a.1\n  help: rft runs lists them\n")


def test_a_command_returns_its_own_code() -> None:
    assert guarded(lambda: 5) == 5


def test_an_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == "rft: interrupted\n"


def test_a_full_disk_is_the_machines_failure_and_names_the_path(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(OSError(errno.ENOSPC, "No space left on device", "/data/x"))) == 3
    assert capsys.readouterr().err == (
        "rft: /data/x: No space left on device\n"
        "  help: check the path, its permissions and the free space, then try again\n"
    )


def test_a_bug_leaves_a_report_and_shows_no_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert guarded(raising(ZeroDivisionError("division by zero"))) == 70
    said = capsys.readouterr().err
    [report] = tmp_path.iterdir()
    assert said == (
        f"rft: this is a bug in rft: ZeroDivisionError; the report is {report}\n"
        "  help: please attach the report to an issue\n"
    )
    assert "ZeroDivisionError: division by zero" in report.read_text()


def test_a_bug_is_reported_even_when_no_report_can_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    assert guarded(raising(ZeroDivisionError("division by zero"))) == 70
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err


def test_what_somebody_else_presents_passes_through() -> None:
    with pytest.raises(LookupError):
        guarded(raising(KeyError("x")), let_through=(LookupError,))


def test_failures_survive_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(SetupError("the ledger is locked", hint="try again")))
    assert (type(error), error.message, error.hint) == (SetupError, "the ledger is locked", "try again")


def test_every_exit_code_says_what_it_means() -> None:
    assert [code.value for code in ExitCode if not code.meaning.endswith(".")] == []


def test_a_report_holds_no_secret(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("JUDGE_API_KEY", "judge-secret-value")
    monkeypatch.setenv("RFT_DEBUG", "1")
    said = "judge-secret-value, Bearer fw_abc for 'https://store.example/o/x?X-Goog-Signature=0f0f&expires=1'"
    assert guarded(raising(RuntimeError(said))) == 70
    [report] = tmp_path.iterdir()
    for text in (report.read_text(), capsys.readouterr().err):
        assert "RuntimeError: <JUDGE_API_KEY>, Bearer … for 'https://store.example/o/x?…'" in text
        assert not any(secret in text for secret in ("judge-secret-value", "fw_abc", "0f0f"))
