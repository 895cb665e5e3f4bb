"""What can be different about the service without a line of the double changing; a scenario is a set of these."""

from __future__ import annotations

from typing import NamedTuple

KEY = "fw_double_key_0123456789"
"""The key that is right unless a scenario says otherwise."""


class Settings(NamedTuple):
    """The service as one client meets it."""

    accounts: tuple[str, ...] = ("acme",)
    """Those that the key may see; the first holds the ready-made resources."""
    key: str = KEY
    is_admin: bool = True
    """Whether the key's role may create evaluators."""
    refuses_urllib: bool = True
    """403 for the default User-Agent of Python's urllib, as the edge was once seen to do."""
    suspend_state: str = "UNSUSPENDED"
    requests_per_minute: int = 6000
    """10 for an account without a payment method."""
    sends_retry_after: bool = True
    gpus_available: int = 8192
    """The account's quota; a job uses 8 for each node while it lives. The default fits a thousand jobs at once."""
    tier_refusal: bool = False
    """Whether the account's tier is too low for any training at all."""
    checks_references: bool = True
    """Whether a missing data set or evaluator is refused at create; else the job dies at epoch 0."""
    refuses_unknown_fields: bool = True
    """grpc-gateway can do either; the stricter one catches more in a client."""
    masked_fields_are_empty: bool = False
    """Whether a field that a mask leaves out is sent empty instead of not at all."""
    echoes_float32: bool = False
    """Whether fractions come back rounded to 32 bits."""
    has_metrics_route: bool = True
    shows_trainer_logs: bool = False
    """Whether the account may read what the trainer prints."""
    missing_secret_status: int = 404
    """404 or 500; both were seen."""
    evaluator_build: str = "as-uploaded"
    """`as-uploaded` judges the archive; `fails` and `never-ends` do not look."""
    resumable: frozenset[str] = frozenset({"JOB_STATE_FAILED"})
    clock_skew_s: float = 0.0
    """Seconds that the `Date` header is ahead."""
    poll_step_s: float = 30.0
    """Seconds that pass when a client looks at something that is on its way."""
    wall_speed: float = 0.0
    """Seconds that pass in one second outside."""
    start_ns: int | None = None
    """The moment of the reset, nanoseconds since 1970; None: now."""
