"""Other people's Python packages, each in an environment of its own in pytest's cache: what they need must not change what we have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = {
    "eval-protocol": ("eval-protocol==0.3.33",),
    "trl": ("torch==2.13.0", "trl==1.16.0", "peft==0.21.2"),
}
"""What was looked at when the tests were written; another version may say other things. torch's build for CPUs is enough."""

INSTALL_SECONDS = 1800
"""Longest time of an installation: torch is large, and more so where only its build for CUDA is found."""


def python_with(config: pytest.Config, name: str) -> Path:
    """The interpreter of the environment; the test is skipped, with the reason, where the packages cannot be had."""
    packages = PACKAGES[name]
    folder = config.cache.mkdir(f"python-{'-'.join(packages).replace('=', '')}")
    python, done = folder / "env/bin/python", folder / "installed"
    if not done.exists():
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        for command in ([sys.executable, "-m", "venv", "--clear", folder / "env"], [python, *pip, *packages]):
            ran = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
            if ran.returncode != 0:
                pytest.skip(f"{' '.join(packages)} cannot be installed: {ran.stderr.strip()[-300:]}")
        done.touch()
    return python
