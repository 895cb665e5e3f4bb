"""What a user installs: everything that a run needs, nothing that only the checkout needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from rft_cli import __version__

ROOT = Path(__file__).parents[2]

NEEDED = (
    "rft_cli/py.typed",
    "rft_cli/__main__.py",
    "rft_cli/trainer/rehearsal/base.safetensors",
    *(
        f"rft_cli/templates/tasks/{task}/{file}"
        for task in ("arithmetic", "sorting", "format")
        for file in ("train.jsonl", "held-out.jsonl", "evaluator.py")
    ),
)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = folder.glob("*.whl")
    assert wheel.name == f"rft_cli-{__version__}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.parametrize("path", NEEDED)
def test_the_wheel_has_what_a_run_needs(content: list[str], path: str) -> None:
    assert path in content


def test_the_wheel_has_every_module_of_the_package_but_the_generator(content: list[str]) -> None:
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "rft_cli").rglob("*.py")]
    missing = {path for path in files if path not in content}
    assert missing == {path for path in files if path.startswith("rft_cli/generate/")}


def test_the_wheel_has_nothing_but_the_package(content: list[str]) -> None:
    assert {path.split("/")[0] for path in content} == {"rft_cli", f"rft_cli-{__version__}.dist-info"}
    assert [path for path in content if "__pycache__" in path or path.endswith(".pyc")] == []


def test_the_command_is_declared(content: list[str]) -> None:
    assert f"rft_cli-{__version__}.dist-info/entry_points.txt" in content
