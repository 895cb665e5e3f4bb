"""What a job that was started elsewhere is called here, and what its names say of a launch with rft. Pure."""

from __future__ import annotations

import re

from rft_cli.backends.base import LaunchMark
from rft_cli.backends.fireworks.shape.wire import job_id, split_job_id
from rft_cli.config.run_name import name_from

UNNAMED = "imported"
"""The name where neither a display name nor an id holds a letter."""

_RUN_ID = re.compile(r"([a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.([1-9][0-9]{0,8}))?", re.ASCII)


def run_name(display: str, identifier: str) -> str:
    """The run name that is nearest to what a job is called.

    >>> run_name("Sums, warmer", "z9bse1ut")
    'sums-warmer'
    """
    # Words and punctuation of a display name become one dash each time, not several.
    called = "-".join(re.findall(r"[A-Za-z0-9]+", display))
    return name_from(called) or name_from(identifier) or UNNAMED


def launch_mark(display: str, identifier: str) -> LaunchMark | None:
    """What a job says of its launch: rft makes its id of the run's name, fingerprint and attempt, and shows the run's id.

    >>> launch_mark("sums.3", "sums-01234567-1")
    LaunchMark(name='sums', number=3, fingerprint='01234567', attempt=1)
    """
    own, shown = split_job_id(identifier), _RUN_ID.fullmatch(display)
    if own is None or shown is None:
        return None
    _, fingerprint, attempt = own
    name = shown[1]
    if job_id(name, fingerprint, attempt) != identifier:
        return None
    return LaunchMark(name, int(shown[2] or 0), fingerprint, attempt)
