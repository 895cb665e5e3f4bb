"""What a run trains and is evaluated on: rows of the data set as prompts that the model can read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rft_cli.errors import FindingsError
from rft_cli.task.data import Dataset, Row, carve_out, read_rows
from rft_cli.trainer.rehearsal import tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rft_cli.trainer.rehearsal.settings import Settings

SHORTEST_ANSWER = 16
"""Tokens of the context that a long prompt leaves free. Source: the smallest valid ``rollout.max_tokens``."""


class Example(NamedTuple):
    """A row and the prompt made of it."""

    row: Row
    prompt: list[int]


class Examples(NamedTuple):
    """The rows of a run and what the user should know about them."""

    train: tuple[Example, ...]
    held_out: tuple[Example, ...]
    notes: tuple[str, ...]


def load(settings: Settings, root: Path, digests: Mapping[str, str]) -> Examples:
    """Read the data sets that a run was planned with.

    Raises:
        FindingsError: a data set cannot be used, or is not the one that was planned.
    """
    data = _read(root, settings.dataset, digests.get("dataset", ""))
    notes = []
    if settings.evaluation_dataset is None:
        split = carve_out(data.rows)
        train, held_out = split.train, split.held_out
        if split.note:
            notes.append(split.note)
    else:
        train = data.rows
        held_out = _read(root, settings.evaluation_dataset, digests.get("evaluation.dataset", "")).rows
    if len(train) != settings.rows:
        raise FindingsError(
            f"{settings.dataset}: {len(train)} rows to train on, {settings.rows} were planned",
            hint="launch it again: the schedule follows from the number of rows",
        )
    room = max(settings.context - min(SHORTEST_ANSWER, settings.context // 2), 2)
    prompts = [[_example(row, room) for row in rows] for rows in (train, held_out)]
    for path, rows, examples in zip(
        (settings.dataset, settings.evaluation_dataset or settings.dataset),
        (train, held_out),
        prompts,
        strict=True,
    ):
        cut = [row.line for row, example in zip(rows, examples, strict=True) if len(example.prompt) == room]
        if cut:
            notes.append(
                f"{path}:{cut[0]}: {'the prompt is' if len(cut) == 1 else f'{len(cut)} prompts (this is the first) are'} "
                f"longer than the {room - 1} characters that are read here: only the end is seen"
            )
    return Examples(tuple(prompts[0]), tuple(prompts[1]), tuple(dict.fromkeys(notes)))


def _read(root: Path, path: Path, planned: str) -> Dataset:
    data = read_rows(root / path, str(path))
    if not data.usable:
        first = next(finding for finding in data.findings if finding.severity == "error")
        raise FindingsError(f"{first.location.path}:{first.location.line}: {first.message}", hint=first.help)
    if planned and data.digest != planned:
        raise FindingsError(f"{path} has changed since the run was planned", hint="launch it again")
    return data


def _example(row: Row, room: int) -> Example:
    """The row with its prompt, of which a long one keeps its first token and its end."""
    prompt = tokenizer.prompt(row.messages)
    return Example(row, prompt if len(prompt) <= room else [prompt[0], *prompt[1 - room :]])


def limits(examples: Sequence[Example], max_tokens: int, context: int) -> list[int]:
    """The most tokens of an answer to each prompt: what was asked for, and what the context has room for."""
    return [min(max_tokens, context - len(example.prompt)) for example in examples]


def batch(train: Sequence[Example], seed: int, step: int, prompts_per_step: int) -> list[Example]:
    """The examples of a step, counted from 1: each pass goes through all rows once, in an order of its own."""
    per_pass = steps_per_pass(len(train), prompts_per_step)
    turn, place = divmod(step - 1, per_pass)
    order = _order(len(train), seed, turn)
    return [train[index] for index in order[place * prompts_per_step : (place + 1) * prompts_per_step]]


@lru_cache(maxsize=1)
def _order(rows: int, seed: int, turn: int) -> list[int]:
    order: list[int] = np.random.default_rng([seed, turn]).permutation(rows).tolist()
    return order


def steps_per_pass(rows: int, prompts_per_step: int) -> int:
    """Steps of one pass through the rows; a last partial step counts."""
    return -(-rows // prompts_per_step)
