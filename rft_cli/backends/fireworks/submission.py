"""Making a job exactly once: its id is ours, so whatever happened to an answer, asking again cannot make a second one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rft_cli.backends.fireworks.refusals import (
    ConflictError,
    LostAnswerError,
    NotFoundError,
    RefusedError,
    UnreachableError,
)
from rft_cli.backends.fireworks.shape.wire import is_unset
from rft_cli.errors import SetupError, UnansweredError

if TYPE_CHECKING:
    from rft_cli.backends.fireworks.client import FireworksClient

ROUNDS = 4
"""How often a job is asked for before its fate counts as unknown. Chosen: each round also looks whether it is there."""

WAIT_SECONDS = 1.0
"""Before the second round, doubled for each further one. Chosen: a request that is still under way gets there first."""

SINGLE_PRECISION = 1e-6
"""Relative difference that the service's 32-bit numbers make."""

NOT_COMPARED = frozenset({"displayName", "apiKey"})
"""What may differ in a job that is the same: a name that is only shown, and a key that may come back masked."""


def make_once(
    client: FireworksClient,
    identifier: str,
    body: Mapping[str, Any],
    sleep: Callable[[float], None],
    *,
    about_to_ask: Callable[[], None],
    was_there: Callable[[], None],
) -> Mapping[str, Any]:
    """The job of that id, made by this call, by an earlier one, or by another process.

    Args:
        client: of the account.
        identifier: of the job.
        body: of the request.
        sleep: waits so many seconds.
        about_to_ask: called before each request that may make the job; what it raises prevents it.
        was_there: called when the job that is returned was there before this call asked for it.

    Raises:
        RefusedError: the service refused, or a job of that id is there and is another one.
        UnreachableError: the service was never asked.
        UnansweredError: the job may or may not be there.
    """
    lost: LostAnswerError | None = None
    for number in range(ROUNDS):
        if number:
            sleep(WAIT_SECONDS * 2 ** (number - 1))
        about_to_ask()
        try:
            return client.create_job(identifier, body)
        except ConflictError:
            pass
        except (RefusedError, SetupError) as error:
            if lost is None:
                raise
            # The request before may still be on its way, or the reason for this refusal.
            raise _unanswered(identifier) from error
        except LostAnswerError as error:
            lost = error
        except UnreachableError as error:
            if lost is None:
                raise
            raise _unanswered(identifier) from error
        try:
            job = _same(client.job(identifier), identifier, body)
            if lost is None:
                was_there()
            return job
        except NotFoundError:
            continue
        except ConflictError as error:
            if lost is None:
                raise
            # The request before may have made it, and the service writes it otherwise.
            raise _unanswered(identifier) from error
        except (LostAnswerError, UnreachableError) as error:
            raise _unanswered(identifier) from error
    raise _unanswered(identifier) from lost


def _same(job: Mapping[str, Any], identifier: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    other = list(differences(body, job))
    if other:
        raise ConflictError(
            f"the service has a job {identifier} already, with another {', '.join(other[:3])}",
            hint="rename the run, or launch it with --new-attempt, which gives the job another id",
        )
    return job


def differences(sent: Mapping[str, Any], found: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Dotted names of fields that were sent and that a job does not hold.

    Unset is unset however it is written, 32-bit numbers are equal to what they were made from, and a bare id is its full name.
    """
    for name, value in sent.items():
        there = found.get(name)
        if name in NOT_COMPARED or (is_unset(value) and is_unset(there)):
            continue
        if isinstance(value, Mapping):
            yield from differences(value, there if isinstance(there, Mapping) else {}, f"{prefix}{name}.")
        elif not _equal(value, there):
            yield f"{prefix}{name}"


def _equal(value: Any, there: Any) -> bool:
    if isinstance(value, int | float) and isinstance(there, int | float):
        return math.isclose(value, there, rel_tol=SINGLE_PRECISION)
    if isinstance(value, str) and isinstance(there, str):
        return value == there or ("/" not in there and value.endswith(f"/{there}"))
    return bool(value == there)


def _unanswered(identifier: str) -> UnansweredError:
    return UnansweredError(
        f"the service did not say whether it has made the job {identifier}",
        hint="rft sync finds out; launching again does not start a second one",
    )
