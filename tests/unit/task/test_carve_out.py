"""The rows that are held out: how many, and that they are never trained on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rft_cli.task.carve import (
    CANDIDATES,
    LARGEST_HELD_OUT,
    SMALLEST_DATASET,
    Carver,
    Split,
    carve_out,
    held_out_size,
    prompt_hash,
)
from rft_cli.task.row import Row


def row(line: int, prompt: object, **fields: object) -> Row:
    messages = [{"role": "user", "content": str(prompt)}]
    return Row(line, messages, {"messages": messages, **fields})


def rows_of(prompts: list[int]) -> list[Row]:
    return [row(line, prompt, id=line) for line, prompt in enumerate(prompts, start=1)]


prompts = st.lists(st.integers(0, 60), min_size=SMALLEST_DATASET, max_size=200)


@pytest.mark.parametrize(
    ("rows", "size"),
    [(0, 0), (31, 0), (32, 16), (160, 16), (169, 16), (170, 17), (256, 25), (2560, 256), (10_000, 256)],
)
def test_one_row_in_ten_is_held_out_within_bounds(rows: int, size: int) -> None:
    assert held_out_size(rows) == size
    assert len(carve_out(rows_of(list(range(rows)))).held_out) == (size or rows)


def test_too_few_rows_are_evaluated_on_themselves_and_that_is_said() -> None:
    rows = tuple(rows_of(list(range(31))))
    note = "31 rows are too few to hold some out (32 are needed): the evaluation uses the training rows"
    assert carve_out(rows) == Split(rows, rows, note)


def test_a_single_row_is_counted_in_the_singular() -> None:
    note = "1 row is too few to hold some out (32 are needed): the evaluation uses the training rows"
    assert carve_out(rows_of([7])).note == note


def test_rows_that_all_ask_the_same_cannot_be_held_out() -> None:
    rows = tuple(rows_of([7] * 300))
    split = carve_out(rows)
    assert (split.train, split.held_out) == (rows, rows[:LARGEST_HELD_OUT])
    assert split.note == (
        "different prompts are too few to hold some out (1 in 300 rows): the evaluation uses training rows"
    )


def test_a_prompt_with_many_rows_makes_the_held_out_set_smaller_and_that_is_said() -> None:
    split = carve_out(rows_of([1] * 30 + [2, 3]))
    assert len(split.held_out) == 2
    assert split.note == "2 rows are held out instead of 16: rows of one prompt stay together"


@given(prompts)
def test_training_and_held_out_rows_share_the_data_set_and_no_prompt(chosen: list[int]) -> None:
    rows = rows_of(chosen)
    train, held_out, note = carve_out(rows)
    if "training rows" in note:
        return
    assert sorted(train + held_out, key=lambda one: one.line) == rows
    assert len(held_out) <= held_out_size(len(rows))
    assert len(held_out) == held_out_size(len(rows)) or "instead of" in note
    asked = {one.messages[0]["content"] for one in train}
    assert not asked & {one.messages[0]["content"] for one in held_out}


@given(prompts, st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(chosen: list[int], random: object) -> None:
    shuffled = list(chosen)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def held_out(order: list[int]) -> list[str]:
        return sorted(one.messages[0]["content"] for one in carve_out(rows_of(order)).held_out)

    assert held_out(chosen) == held_out(shuffled)


def test_the_order_of_keys_does_not_matter() -> None:
    rows = rows_of(list(range(64)))
    turned = [one._replace(messages=[dict(reversed(list(one.messages[0].items())))]) for one in rows]
    assert [one.line for one in carve_out(rows).held_out] == [one.line for one in carve_out(turned).held_out]


@given(prompts)
def test_rows_that_are_not_kept_are_counted_as_rows_that_are(chosen: list[int]) -> None:
    rows = rows_of(chosen)
    carver = Carver()
    for one in rows:
        carver.add(one)
    split = carve_out(rows)
    assert (carver.choice().rows, carver.choice().note) == (len(split.train), split.note)


def test_of_many_prompts_only_those_of_smallest_hash_are_remembered() -> None:
    carver = Carver()
    for one in rows_of(list(range(CANDIDATES + 2000))):
        carver.add(one)
    assert len(carver._counts) == CANDIDATES
    hashes = sorted(prompt_hash(one.messages) for one in rows_of(list(range(CANDIDATES + 2000))))
    assert carver.choice().prompts == set(hashes[:LARGEST_HELD_OUT])
    assert carver.choice().rows == CANDIDATES + 2000 - LARGEST_HELD_OUT


def test_counts_of_the_candidates_are_exact_whatever_the_order() -> None:
    order = [*range(CANDIDATES + 500), *range(CANDIDATES + 500)]
    held_out = carve_out(rows_of(order)).held_out
    asked = [one.messages[0]["content"] for one in held_out]
    assert len(asked) == LARGEST_HELD_OUT
    assert all(asked.count(prompt) == 2 for prompt in asked)
