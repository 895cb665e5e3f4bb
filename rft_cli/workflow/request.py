"""What a user asks of a launch or a plan."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rft_cli.limit import Limit

if TYPE_CHECKING:
    from rft_cli.advice.alarm import Alarm


class Wishes(NamedTuple):
    """What a user says on the command line about the guards."""

    command: str
    """`rft launch CONFIG`, to be named in messages."""
    max_cost: Limit | None = None
    as_baseline: str = ""
    """Why this run is the baseline although its values are not the defaults."""
    allow_multiple: str = ""
    """Why more than one change is made at once."""
    confirmed: bool = False
    """Somebody agrees to the price, or will be asked."""


class Request(NamedTuple):
    """What the user asked for."""

    config: Path
    """A run config, or the plan that was made of one."""
    overrides: tuple[str, ...] = ()
    """``path=value`` entries."""
    new_attempt: bool = False
    """Train again although these settings have run."""
    force: bool = False
    """Train although the evaluator cannot tell answers apart."""
    detach: bool = False
    """Leave the run to itself once it is submitted."""
    timeout: float | None = None
    """Seconds to follow the run; None: to its end."""
    stop_on: frozenset[Alarm] = frozenset()
    """What ends the run while it is followed."""
    baseline: bool = False
    """The same config with the guide's parameters at their defaults."""
    as_baseline: str = ""
    """Why this run is the baseline although its values are not the defaults."""
    allow_multiple: str = ""
    """Why more than one change is made at once."""
    max_cost: Limit | None = None
    confirmed: bool = False
    """The user has agreed to pay."""

    @property
    def command(self) -> str:
        """What the user would type to ask for the same again."""
        options = {
            "--as-baseline": self.as_baseline,
            "--allow-multiple": self.allow_multiple,
            "--max-cost": "" if self.max_cost is None else self.max_cost.option,
        }
        switches = {"--baseline": self.baseline, "--force": self.force, "--new-attempt": self.new_attempt}
        return shlex.join(
            [
                *("rft", "launch", str(self.config)),
                *(word for entry in self.overrides for word in ("--set", entry)),
                *(word for option, value in options.items() if value for word in (option, value)),
                *(switch for switch, is_on in switches.items() if is_on),
            ]
        )

    def wishes(self, *, is_asked: bool) -> Wishes:
        """What it says about the guards.

        Args:
            is_asked: whether somebody sits at a terminal to agree to the price.
        """
        return Wishes(
            self.command,
            self.max_cost,
            self.as_baseline,
            self.allow_multiple,
            confirmed=self.confirmed or is_asked,
        )
