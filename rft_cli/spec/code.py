"""What a finding's code is. Codes are never reused; severity is a field and no part of the code."""

from __future__ import annotations

from typing import NamedTuple

from rft_cli.diagnostics import Severity


class Code(NamedTuple):
    """One kind of finding, with all that its documentation needs."""

    code: str
    """RFT and three digits: 0xx reading and structure · 1xx ranges and types · 2xx optimisation · 3xx sampling ·
    4xx capacity · 5xx cost · 6xx experiment · 7xx backend preflight · 9xx users'."""
    name: str
    """Kebab-case name of the bad pattern, so that "allow <name>" reads well."""
    severity: Severity
    summary: str
    """One sentence: what the pattern is."""
    why: str
    """Why it matters."""
    fine_when: str
    """When it is fine."""
    bad: str = ""
    """A run config fragment that shows it; empty where a config alone cannot."""
    good: str = ""
    """The same fragment without it."""
    sources: tuple[str, ...] = ()
    """Ids of the guide's statements; empty: ours."""
    parameters: tuple[str, ...] = ()
    """Paths of the parameters involved."""
    since: str = "0.1.0"
