"""Work that blocks, done in a thread of its own, so that whoever waits for it hears of it and may let go of it at any time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from typing import NamedTuple, TypeVar

from rft_cli.backends.base import Progress

BEAT_SECONDS = 0.1
"""The longest silence between two signs of life. Chosen: an answer to Ctrl-C still feels immediate, and a spinner turns."""

Tell = Callable[[Progress], None]
"""Takes a sign of life."""

Done = TypeVar("Done")


class AbandonedError(BaseException):
    """Nobody waits for this work any more. Not an `Exception`, so that no handler of failures goes on after it."""


class _End(NamedTuple):
    result: object
    error: BaseException | None


def aside(
    work: Callable[[Tell], Done], clock: Callable[[], float] = time.monotonic
) -> Generator[Progress, None, Done]:
    """What the work tells, repeated with the time that has passed while it is silent; then its result.

    Closing the generator lets go of the work at once. The thread ends when it tells something next, and never keeps the process.

    Args:
        work: gets the function to tell with, and tells something first of all.
        clock: seconds that only grow.
    """
    news: SimpleQueue[Progress | _End] = SimpleQueue()
    abandoned = threading.Event()

    def tell(progress: Progress) -> None:
        if abandoned.is_set():
            raise AbandonedError
        news.put(progress)

    def run() -> None:
        try:
            end = _End(work(tell), None)
        except BaseException as error:  # noqa: BLE001  it is raised again where somebody waits
            end = _End(None, error)
        news.put(end)

    latest: Progress | None = None
    began = clock()
    threading.Thread(target=run, name="rft-submission", daemon=True).start()
    try:
        while True:
            try:
                heard: Progress | _End | None = news.get(timeout=BEAT_SECONDS)
            except Empty:
                heard = latest
            if isinstance(heard, _End):
                if heard.error is not None:
                    raise heard.error
                return heard.result  # type: ignore[return-value]  # what the work returned
            if heard is None:
                continue
            if latest is None or heard.what != latest.what:
                began = clock()
            latest = heard
            yield heard._replace(seconds=clock() - began)
    finally:
        abandoned.set()
