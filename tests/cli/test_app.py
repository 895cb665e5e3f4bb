from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.project import record_run, write_project
from typer.testing import CliRunner

from rft_cli import __version__
from rft_cli.app import app
from rft_cli.command_table import COMMANDS

HEAVY = {"typer", "rich", "httpx", "numpy", "jsonschema", "importlib.metadata", "yaml", "dataclasses"}


def rft(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rft_cli", *arguments], capture_output=True, text=True, check=False
    )


def test_version_loads_nothing_heavy() -> None:
    code = (
        "import sys; from rft_cli.__main__ import run; run(['--version']); "
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"rft {__version__}\n[]\n"


def test_version_through_typer_says_the_same() -> None:
    assert CliRunner().invoke(app, ["--version"]).stdout == f"rft {__version__}\n"


def test_bare_rft_shows_the_commands_and_is_wrong_usage() -> None:
    done = rft()
    assert done.returncode == 2
    assert all(f"  {entry.name} " in done.stdout + done.stderr for entry in COMMANDS)


@pytest.mark.parametrize("name", [entry.name for entry in COMMANDS])
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"], prog_name="rft")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"Usage: rft {name} ")
    assert "--help" in result.stdout


def test_help_is_reached_by_the_short_flag_too() -> None:
    assert CliRunner().invoke(app, ["-h"]).exit_code == 0


def test_a_mistyped_command_gets_a_suggestion() -> None:
    done = rft("lnit")
    assert done.returncode == 2
    assert "Did you mean 'lint'" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["plan", "--help"], ["lint", "--help"], ["rules"]])
def test_an_answer_that_cannot_be_written_is_a_failure_of_the_machine(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rft_cli", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert done.stderr.splitlines()[0] == "rft: No space left on device"


def test_no_color_is_accepted_after_the_command() -> None:
    done = rft("rules", "--no-color")
    assert done.returncode == 0, done.stderr
    assert "\x1b[" not in done.stdout


PRESSED = """\
import sys

class Pressed:
    left = int(sys.argv.pop(1))
    def __getattr__(self, name):
        return getattr(sys.__stderr__, name)
    def write(self, text):
        if self.left:
            self.left -= 1
            raise KeyboardInterrupt
        return sys.__stderr__.write(text)

sys.stderr = Pressed()
from rft_cli.__main__ import main
main()
"""


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("command", [["show", "nope"], ["lint", "nope.yaml"]])
def test_ctrl_c_while_the_last_words_are_said_ends_with_130_and_no_traceback(
    tmp_path, command, times
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRESSED, str(times), *command], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 130
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_a_stream_cannot_encode_is_spelled_out(tmp_path, encoding) -> None:
    write_project(tmp_path)
    record_run(tmp_path, hypothesis="größer → besser 🎉")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}

    def shown(*arguments: str) -> str:
        command = [sys.executable, "-m", "rft_cli", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout.decode(encoding)

    assert json.loads(shown("show", "sums", "--json"))["hypothesis"] == "größer → besser 🎉"
    assert ("→" in shown("show", "sums")) == (encoding == "utf-8")


def test_a_folder_whose_name_is_no_text_is_named_all_the_same(tmp_path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    try:
        odd.mkdir()
    except OSError:
        pytest.skip("the file system takes text only")
    done = subprocess.run(
        [sys.executable, "-m", "rft_cli", "doctor", "--json"], cwd=odd, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\\udcff" in done.stdout.decode()
    assert json.loads(done.stdout)["works"]
