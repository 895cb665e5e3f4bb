"""Submitting, whatever trains: it tells what it does, and who lets go of it before it has begun has started nothing."""

from __future__ import annotations

from typing import Any

import pytest

from rft_cli.backends.base import Backend, Progress, Stage, Submission


@pytest.fixture
def submission(under_test, recorded):
    """A run that is recorded and about to be submitted: its backend, its handle, its submission."""
    backend: Backend = under_test.make("completes")
    handle, job = recorded(backend)
    return backend, handle, backend.submit(handle, job)


def heard(submission: Submission) -> tuple[list[Progress], Any]:
    told = []
    while True:
        try:
            told.append(next(submission))
        except StopIteration as end:
            return told, end.value


def test_signs_of_life_come_in_order_and_the_reference_last(submission, polls) -> None:
    backend, handle, under_way = submission
    told, ref = heard(under_way)
    assert all(isinstance(each, Progress) and each.message and each.seconds >= 0 for each in told)
    stages = [each.stage for each in told]
    if Stage.REQUEST in stages:
        assert set(stages[stages.index(Stage.REQUEST) :]) == {Stage.REQUEST}, (
            "nothing comes after the request"
        )
    assert all(
        each.done is None or (each.total is not None and 0 <= each.done <= each.total) for each in told
    )
    assert ref
    *_, last = polls(backend, handle._replace(ref=ref))
    assert last.state.has_result


def test_a_submission_that_nobody_listened_to_has_left_nothing(submission) -> None:
    _, handle, under_way = submission
    before = sorted(handle.folder.iterdir())
    under_way.close()
    assert sorted(handle.folder.iterdir()) == before
