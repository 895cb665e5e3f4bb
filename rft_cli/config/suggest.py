"""Which key somebody meant: misspelt, misplaced, or another tool's name for it. Suggestions only; nothing is accepted by them."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import NamedTuple

from rft_cli.config.scalars import one_line
from rft_cli.spec.document import DOCUMENT, FIELDS, USER_KEY_PREFIX, Field, field_at, leaf_paths
from rft_cli.spec.parameters import PARAMETERS

_CLOSE = 0.75
"""Similarity (difflib) from which a key of the same section counts as misspelt; chosen on transposed and dropped letters."""
_CLOSE_ELSEWHERE = 0.85
"""The same for keys of other sections, where a guess is more often wrong; chosen."""

_STRUCTURE = {
    "name": "run_name display_name displayName job_id job_name suffix output_model outputModel experiment_name",
    "backend": "provider engine trainer_type method",
    "model": "base_model baseModel model_name model_name_or_path model_id model_path warm_start_from",
    "dataset": "train_file training_file train_files train_dataset train_data dataset_name dataset_path datasets data",
    "evaluator": (
        "grader graders reward reward_fn reward_func reward_funcs reward_function reward_functions reward_model "
        "rewards scorer verifier evaluator_id environment"
    ),
    "evaluator.entry": "function path entrypoint",
    "evaluator.timeout_s": "timeout timeout_seconds",
    "training": (
        "hyperparameters hyper_parameters trainingConfig training_config training_args trainer optimizer optim "
        "lora lora_config loraConfig peft peft_config"
    ),
    "rollout": (
        "inferenceParameters inference_parameters inference sampling sampling_params sampling_parameters generation "
        "generation_config generation_kwargs actor_rollout_ref"
    ),
    "evaluation": "eval evaluate eval_config validation",
    "evaluation.dataset": (
        "validation_file validation_dataset val_file val_files eval_file eval_data eval_dataset evaluationDataset "
        "evaluation_dataset test_dataset held_out"
    ),
    "evaluation.every": "eval_interval eval_steps eval_every test_freq",
    "experiment.reference": "baseline parent compare_to",
    "experiment.hypothesis": "description why notes",
    "experiment.seed": "random_seed data_seed",
    "tracking.wandb": "wandbConfig wandb_config report_to logger",
    "extends": "base bases extend inherits inherit defaults include includes",
}
"""Path → what other tools (TRL, verl, OpenAI, Fireworks REST and firectl) or habit call it."""


class Suggestion(NamedTuple):
    """The key that was probably meant."""

    path: str
    reason: str
    """``misspelt``, ``misplaced`` or ``foreign``."""


def suggest(name: str, section: str) -> Suggestion | None:
    """The key that an unknown key in a section (dotted path, empty at the top) probably stands for."""
    plain = _plain(name)
    here = {_plain(key): key for key in keys_of(section)}
    if plain in here:
        return Suggestion(_join(section, here[plain]), "misspelt")
    if not section and name in leaf_paths():
        return Suggestion(name, "misplaced")
    if name in _by_last_part():
        return Suggestion(_by_last_part()[name], "misplaced")
    if plain in _foreign():
        return Suggestion(_foreign()[plain], "foreign")
    if close := difflib.get_close_matches(plain, here, 1, _CLOSE):
        return Suggestion(_join(section, here[close[0]]), "misspelt")
    elsewhere = {_plain(last): path for last, path in _by_last_part().items()}
    if close := difflib.get_close_matches(plain, elsewhere, 1, _CLOSE_ELSEWHERE):
        return Suggestion(elsewhere[close[0]], "misplaced")
    return None


def suggest_path(path: str) -> Suggestion | None:
    """The dotted path of a value that an unknown one probably stands for."""
    section, _, name = path.rpartition(".")
    parent = field_at(section) if section else DOCUMENT
    if parent is not None and (found := suggest(name, section)) and found.path in leaf_paths():
        return found
    if found := suggest(name, ""):
        return found if found.path in leaf_paths() else None
    close = difflib.get_close_matches(path.lower(), leaf_paths(), 1, _CLOSE)
    return Suggestion(close[0], "misspelt") if close else None


def closest(text: str, choices: tuple[str, ...]) -> str | None:
    """The choice that a text probably stands for."""
    plain = {_plain(choice): choice for choice in choices}
    close = difflib.get_close_matches(_plain(text), plain, 1, 0.6)
    return plain[close[0]] if close else None


def keys_of(section: str) -> tuple[str, ...]:
    """The keys that a section (dotted path, empty at the top) may hold."""
    field = field_at(section) if section else DOCUMENT
    if field is None:
        return ()
    return tuple(child.name for form in (field, *field.alternatives) for child in form.fields)


def unknown_key(name: str, section: str) -> tuple[str, str]:
    """Message and help of the finding about a key that a section does not know."""
    place = f" in {section}" if section else ""
    message = f"unknown key {one_line(name)}{place}"
    found = suggest(name, section)
    if found is None:
        known = ", ".join(keys_of(section))
        if not section:
            return message, f"a key of your own begins with {USER_KEY_PREFIX}; known are {known}"
        return message, f"known are {known}" if known else "delete it: this section holds nothing yet"
    parent, _, last = found.path.rpartition(".")
    if found.reason == "misspelt":
        return message, f"did you mean {last}?"
    if found.reason == "foreign" and parent == section:
        return message, f"rft calls it {last}"
    if found.reason == "foreign":
        return message, f"rft calls it {found.path}"
    where = f"under {parent}" if parent else "at the top level"
    return message, f"write {last} {where}"


def _plain(name: str) -> str:
    """A key without case and separators, so that topK, top-k and top_k are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _join(section: str, name: str) -> str:
    return f"{section}.{name}" if section else name


@cache
def _by_last_part() -> dict[str, str]:
    """Last part of a path → path; parameters win over other keys of that name, and then the shallower path."""
    found: dict[str, str] = {entry.key: entry.path for entry in PARAMETERS}
    for path in sorted((*leaf_paths(), *_sections(FIELDS, "")), key=lambda path: path.count(".")):
        found.setdefault(path.rpartition(".")[2], path)
    return found


def _sections(fields: tuple[Field, ...], prefix: str) -> tuple[str, ...]:
    return tuple(
        path
        for field in fields
        if field.kind == "section"
        for path in (_join(prefix, field.name), *_sections(field.fields, _join(prefix, field.name)))
    )


@cache
def _foreign() -> dict[str, str]:
    """Another tool's name, without case and separators → path."""
    found = {
        _plain(name.rpartition(".")[2]): entry.path for entry in PARAMETERS for name in entry.other_names
    }
    for path, names in _STRUCTURE.items():
        for name in names.split():
            found.setdefault(_plain(name), path)
    return found
