from __future__ import annotations

import pytest

from rft_cli.render.runs_table import runs_text, tree_text
from rft_cli.runs.record import Summary
from rft_cli.worker import State


def run(name: str, reference: str = "", **more: object) -> Summary:
    blank = dict.fromkeys(Summary._fields)
    facts = {
        "id": name,
        "reference": reference,
        "state": State.COMPLETED,
        "stalled_since": "",
        "created": "2025-01-31T10:00:00.000Z",
        "is_baseline": False,
        "steps": 8,
        "last_step": 8,
    }
    return Summary(**{**blank, **facts, **more})


def branches(*runs: Summary) -> list[str]:
    return [
        line.partition("  completed")[0].rstrip() for line in tree_text(runs, (), color=False).split("\n")[1:]
    ]


def test_branches_are_drawn_in_the_order_of_launches() -> None:
    assert branches(run("a"), run("b", "a"), run("c", "a"), run("d", "b"), run("e", "b"), run("f")) == [
        "a",
        "├─ b",
        "│  ├─ d",
        "│  └─ e",
        "└─ c",
        "f",
    ]


@pytest.mark.parametrize("reference", ["a", "z.9", "records/old.json"])
def test_a_run_whose_reference_is_not_shown_or_itself_stands_at_the_top(reference) -> None:
    assert branches(run("a", reference)) == ["a"]


def test_a_circle_is_cut_at_its_oldest_run_and_every_run_comes_once() -> None:
    assert branches(run("a", "c"), run("b", "a"), run("c", "b")) == ["a", "└─ b", "   └─ c"]


def test_a_lineage_may_be_longer_than_pythons_stack() -> None:
    chain = [run("0"), *(run(str(number), str(number - 1)) for number in range(1, 1500))]
    assert len(branches(*chain)) == 1500


def test_a_stalled_run_says_so_while_it_lives() -> None:
    lines = runs_text(
        (
            run("a", state=State.RUNNING, stalled_since="2025-01-31T10:00:00.000Z"),
            run("b", stalled_since="2025-01-31T10:00:00.000Z"),
        ),
        (),
        color=False,
    ).split("\n")
    assert ["running, stalled" in line for line in lines] == [False, True, False]


def test_columns_without_content_are_left_out() -> None:
    assert runs_text((run("a"),), (), color=False).split("\n")[0] == "RUN  STATE      STEPS  CREATED"


def test_the_baseline_and_a_reference_that_was_moved_are_marked() -> None:
    text = runs_text((run("a", is_baseline=True), run("b", "a"), run("c", "a")), {"b"}, color=False)
    assert [line.split("  ")[-1] for line in text.split("\n")[1:3]] == ["baseline", "reference"]
