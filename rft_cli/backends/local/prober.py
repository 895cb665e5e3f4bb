"""What starts the prober of evaluators: the local backend with another worker."""

from __future__ import annotations

import sys

from rft_cli.backends.local.act import LocalBackend

# -P: as for the rehearsal engine, no file of the project may take the place of a module of ours.
PROBER = (sys.executable, "-P", "-m", "rft_cli.trainer.probe")


def prober() -> LocalBackend:
    """A backend whose runs score the answers of a request and train nothing."""
    return LocalBackend(PROBER)
