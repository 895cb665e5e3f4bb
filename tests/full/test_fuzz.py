"""Full suite: some thousand broken and strange files through everything that `lint` does; `benchmarks/fuzz.py` alone does more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.full

FUZZER = Path(__file__).parents[2] / "benchmarks/fuzz.py"
COUNT = 5_000


def test_nothing_raises_hangs_or_disagrees(tmp_path: Path) -> None:
    command = [sys.executable, str(FUZZER), "--seed", "4", "--count", str(COUNT), "--seconds", "300"]
    done = subprocess.run(
        [*command, "--keep", "failures"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    kept = [path.read_text(encoding="utf-8")[-2000:] for path in sorted(tmp_path.glob("failures/*.txt"))[:3]]
    assert (done.returncode, kept) == (0, []), done.stdout + done.stderr
    assert f"| inputs | {COUNT:,} " in done.stdout


def test_a_failure_is_noticed_and_kept(tmp_path: Path) -> None:
    """The fuzzer itself: with a reader that is wrong now and then, it fails."""
    program = (
        "import runpy, sys\n"
        "import rft_cli.config.plain as plain\n"
        "import rft_cli.config.source as source\n"
        "right = plain.read_plain_shape\n"
        "source.read_plain_shape = lambda text: {**right(text), 'x-wrong': 1} if right(text) else None\n"
        f"sys.argv = ['fuzz.py', '--count', '200']\n"
        f"runpy.run_path({str(FUZZER)!r}, run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert list(tmp_path.glob("fuzz-failures/1-*.yaml"))
