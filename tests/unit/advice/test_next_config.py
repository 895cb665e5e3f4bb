from __future__ import annotations

import pytest

from rft_cli.advice.change import Advised, Companion
from rft_cli.advice.next_config import NextRun, edited, extending, next_run
from rft_cli.config.source import parse

RATE = "training.learning_rate"
RUN = NextRun("demo-learning-rate-2e-4", {RATE: 2e-4}, "demo.1", "a larger step should lift it")

WHOLE = """\
# what this is
version: 1
name: demo            # its name
training:
  learning_rate: 1e-4 # the step
  epochs: 1
experiment:
  reference: old.1
  hypothesis: "nothing yet"
  seed: 3
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            WHOLE,
            WHOLE.replace("name: demo ", "name: demo-learning-rate-2e-4 ")
            .replace("1e-4", "2e-4")
            .replace("old.1", "demo.1")
            .replace('"nothing yet"', '"a larger step should lift it"'),
        ),
        (
            "version: 1\nmodel: m\ntraining:\n    epochs: 2\n",
            "version: 1\nname: demo-learning-rate-2e-4\nmodel: m\n"
            "training:\n    learning_rate: 2e-4\n    epochs: 2\n"
            'experiment:\n  reference: demo.1\n  hypothesis: "a larger step should lift it"\n',
        ),
        (
            "version: 1\nname: demo\ntraining: {epochs: 2}\nexperiment: {seed: 1}",
            "version: 1\nname: demo-learning-rate-2e-4\ntraining: {learning_rate: 2e-4, epochs: 2}\n"
            'experiment: {reference: demo.1, hypothesis: "a larger step should lift it", seed: 1}',
        ),
        (
            "version: 1\r\nname: demo\r\nmodel: m\r\n",
            "version: 1\r\nname: demo-learning-rate-2e-4\r\nmodel: m\r\n"
            "training:\r\n  learning_rate: 2e-4\r\n"
            'experiment:\r\n  reference: demo.1\r\n  hypothesis: "a larger step should lift it"\r\n',
        ),
        (
            "version: 1\nname: demo\nmodel: m",
            "version: 1\nname: demo-learning-rate-2e-4\nmodel: m\ntraining:\n  learning_rate: 2e-4\n"
            'experiment:\n  reference: demo.1\n  hypothesis: "a larger step should lift it"\n',
        ),
    ],
    ids=["in place", "inserted", "flow", "line ends", "no last line end"],
)
def test_one_value_changes_and_everything_else_stays(before: str, after: str) -> None:
    assert edited(parse(before.encode(), "run.yaml"), RUN) == after


def test_a_short_file_extends_the_present_one() -> None:
    run = RUN._replace(
        values={"rollout.max_tokens": 8192, "training.max_context_length": 12288}, goal="safer"
    )
    assert extending("../run.yaml", run) == (
        'version: 1\nextends: "../run.yaml"\nname: demo-learning-rate-2e-4\n'
        "rollout:\n  max_tokens: 8192\ntraining:\n  max_context_length: 12288\n"
        'experiment:\n  reference: demo.1\n  hypothesis: "a larger step should lift it"\n  goal: safer\n'
    )


@pytest.mark.parametrize(
    ("change", "present", "name"),
    [
        (Advised(RATE, "up", 1e-4, 2e-4), "demo", "demo-learning-rate-2e-4"),
        (Advised("rollout.temperature", "up", 0.7, 1.0), "demo", "demo-temperature-1-0"),
        (Advised("rollout.n", "up", 4, 6), "x" * 63, f"{'x' * 59}-n-6"),
    ],
)
def test_the_next_run_is_named_after_its_change(change: Advised, present: str, name: str) -> None:
    assert next_run(change, present=present, reference="demo.1", hypothesis="why").name == name


def test_what_must_move_along_is_written_too() -> None:
    change = Advised(
        "rollout.max_tokens", "up", 4096, 8192, Companion("training.max_context_length", 8192, 12288)
    )
    found = next_run(change, present="demo", reference="demo.1", hypothesis="why")
    assert found.values == {"rollout.max_tokens": 8192, "training.max_context_length": 12288}
