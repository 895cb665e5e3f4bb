"""The keys of a run config as a tree of fields; the JSON Schema, the quick check and the docs are views of it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Literal, NamedTuple

from rft_cli.spec.goals import GOAL_NAMES, GOALS
from rft_cli.spec.parameter import Number, Parameter
from rft_cli.spec.parameters import PARAMETERS

CONFIG_VERSION = 1
_END = r"$(?!\n)"
"""The end of the text, also in Python, where a bare `$` lets one line end pass."""
NAME_PATTERN = rf"^[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?{_END}"
BACKENDS = ("local", "fireworks", "trl")
MANAGED_BACKENDS = frozenset({"fireworks"})
"""Backends whose runs leave logs and adapters at a service, and not in a folder here."""
PLUGIN_PATTERN = rf"^x-[a-z0-9]([a-z0-9-]*[a-z0-9])?{_END}"
USER_KEY_PREFIX = "x-"
RECORD_PATTERN = rf".*[/\\].*|.*\.json{_END}"
"""A reference that is the path of a record; the name and the id of a run hold no slash and end otherwise."""

Kind = Literal["text", "whole", "real", "truth", "section", "mapping", "texts", "numbers", "parameter", "any"]


class Field(NamedTuple):
    """One key of the run config."""

    name: str
    kind: Kind
    summary: str
    default: Any = None
    required: bool = False
    """Must be there once every layer is resolved."""
    pattern: str = ""
    choices: tuple[Any, ...] = ()
    choice_notes: tuple[str, ...] = ()
    """One sentence for each choice, for an editor's completion."""
    low: Number | None = None
    high: Number | None = None
    length: int = 0
    """Exact number of items of a list; 0: any number from one."""
    fields: tuple[Field, ...] = ()
    parameter: Parameter | None = None
    alternatives: tuple[Field, ...] = ()
    """Other forms that the same key may take."""
    inherited: bool = True
    """Whether `extends` hands it down."""
    is_path: bool = False
    """A file of the user's: relative to the file that wrote it."""
    path_pattern: str = ""
    """Which texts are paths, where others are names; empty: all of them."""

    def accepts(self, value: object) -> bool:
        """Whether a value read from YAML is legal here; the same answer as the JSON Schema gives."""
        if _CHECKS[self.kind](self, value):
            return True
        return bool(self.alternatives) and any(other.accepts(value) for other in self.alternatives)

    def child(self, name: str) -> Field | None:
        """The field of that name in this section, or in the section form of it."""
        sections = (self, *self.alternatives)
        return next((field for section in sections for field in section.fields if field.name == name), None)


def _is_text(field: Field, value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    if field.pattern:
        return re.fullmatch(field.pattern, value) is not None
    return not field.choices or value in field.choices


def _is_real(field: Field, value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    if field.choices:
        return value in field.choices
    return (field.low is None or value >= field.low) and (field.high is None or value <= field.high)


def _is_section(field: Field, value: object) -> bool:
    if not isinstance(value, dict):
        return False
    present = 0
    for child in field.fields:
        if child.name in value:
            present += 1
            if not child.accepts(value[child.name]):
                return False
        elif child.required:
            return False
    return present == len(value)


def _is_list(field: Field, value: object, accepts: Callable[[Field, object], bool]) -> bool:
    if not isinstance(value, list) or not value or (field.length and len(value) != field.length):
        return False
    return all(accepts(field, item) for item in value)


_CHECKS: dict[Kind, Callable[[Field, object], bool]] = {
    "text": _is_text,
    "real": _is_real,
    "whole": lambda field, value: _is_real(field, value) and value == int(value),  # type: ignore[call-overload]
    "truth": lambda _field, value: isinstance(value, bool),
    "section": _is_section,
    "mapping": lambda _field, value: isinstance(value, dict),
    "texts": lambda field, value: _is_list(field, value, _is_text),
    "numbers": lambda field, value: _is_list(field, value, _is_real),
    "parameter": lambda field, value: field.parameter is not None and field.parameter.accepts(value),
    "any": lambda _field, _value: True,
}


def _parameters(section: str) -> tuple[Field, ...]:
    return tuple(
        Field(entry.key, "parameter", entry.summary, entry.default, parameter=entry)
        for entry in PARAMETERS
        if entry.section == section
    )


ENVIRONMENT_NAME = rf"^[A-Za-z_][A-Za-z0-9_]*{_END}"
SERVICE_MODEL = rf"^(accounts/[a-z0-9-]+/models/)?[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?{_END}"
SERVICE_CONSTANT = rf"^[A-Z][A-Z0-9_]*{_END}"

FIELDS: tuple[Field, ...] = (
    Field("version", "whole", "Version of this file format.", required=True, choices=(CONFIG_VERSION,)),
    Field(
        "name",
        "text",
        "Name of the run; its runs are <name>.1, <name>.2, … . Default: the file's name without its ending.",
        pattern=NAME_PATTERN,
        inherited=False,
    ),
    Field(
        "backend",
        "text",
        "What trains: the embedded rehearsal engine (local), the managed service (fireworks), TRL on own GPUs (trl), "
        "or a plugin (x-…).",
        default="local",
        choices=BACKENDS,
        choice_notes=(
            "The embedded rehearsal engine: seconds, no account, no GPU.",
            "The managed service.",
            "Hugging Face TRL on your own GPUs.",
        ),
        alternatives=(Field("backend", "text", "A plugin.", pattern=PLUGIN_PATTERN),),
    ),
    Field(
        "model",
        "text",
        "The base model, as the backend knows it: rehearsal for local, accounts/fireworks/models/… for fireworks, "
        "a Hugging Face id or path for trl.",
        required=True,
    ),
    Field(
        "dataset",
        "text",
        'Training rows: a JSON Lines file of {"messages": [...], …}, or the name of a data set that the backend holds.',
        required=True,
        is_path=True,
    ),
    Field(
        "evaluator",
        "text",
        "What scores an answer: path/to/file.py:function with function(completion, record) -> score, "
        "or the name of an evaluator that the backend holds.",
        required=True,
        is_path=True,
        alternatives=(
            Field(
                "evaluator",
                "section",
                "The evaluator with its settings.",
                fields=(
                    Field("entry", "text", "path/to/file.py:function", required=True, is_path=True),
                    Field(
                        "env",
                        "texts",
                        "Names of the environment variables that it needs; values never stand in a file.",
                        pattern=ENVIRONMENT_NAME,
                    ),
                    Field(
                        "timeout_s", "real", "Longest time for one answer, in seconds.", default=30, low=0.001
                    ),
                    Field(
                        "concurrency",
                        "whole",
                        "Answers scored at the same time.",
                        default=1,
                        low=1,
                        high=1024,
                    ),
                    Field(
                        "on_error",
                        "text",
                        "What an error in the evaluator does: fail the run, or score zero.",
                        default="fail",
                        choices=("fail", "zero"),
                        choice_notes=("The run fails.", "The answer scores zero and the run goes on."),
                    ),
                ),
            ),
        ),
    ),
    Field("training", "section", "How the model learns.", fields=_parameters("training")),
    Field("rollout", "section", "How answers are sampled while training.", fields=_parameters("rollout")),
    Field(
        "evaluation",
        "section",
        "How runs are compared: greedy answers to rows that are never trained on.",
        fields=(
            Field(
                "dataset",
                "text",
                "Held-out rows. Default on local and trl: a tenth of the training rows, at least 16, at most 256.",
                is_path=True,
            ),
            Field(
                "max_tokens",
                "whole",
                "Longest held-out answer, in tokens; part of what makes runs comparable.",
                default=2048,
                low=16,
                high=16384,
            ),
            Field(
                "every",
                "whole",
                "Steps between evaluations; 0: before and after training only.",
                default=0,
                low=0,
            ),
            Field(
                "reward_range", "numbers", "Lowest and highest score that the evaluator can give.", length=2
            ),
        ),
    ),
    Field(
        "experiment",
        "section",
        "Why this run is made.",
        inherited=False,
        fields=(
            Field(
                "reference",
                "text",
                "The run that this one is one change away from: a run id, a run name, or the path of a record.",
                is_path=True,
                path_pattern=RECORD_PATTERN,
            ),
            Field("hypothesis", "text", "What the change should do, and what in the metrics says so."),
            Field(
                "goal",
                "text",
                "The pattern of the guide that the change follows; it widens the bands of usual values.",
                choices=GOAL_NAMES,
                choice_notes=tuple(goal.summary for goal in GOALS),
            ),
            Field("seed", "whole", "Seed of sampling and data order.", default=0, low=0, high=2**32 - 1),
        ),
    ),
    Field(
        "tracking",
        "section",
        "Where metrics go besides the ledger.",
        fields=(
            Field(
                "wandb",
                "section",
                "Weights & Biases.",
                fields=(
                    Field("project", "text", "Project name.", required=True),
                    Field("entity", "text", "Team or user."),
                ),
            ),
        ),
    ),
    Field("local", "section", "Settings of the local backend; it has none beyond the parameters."),
    Field(
        "fireworks",
        "section",
        "Settings of the fireworks backend.",
        fields=(
            Field(
                "loss_method",
                "text",
                "The policy loss; grpo when nothing is said.",
                choices=("grpo", "dapo", "gspo-token"),
                choice_notes=(
                    "Clips at 0.8 and 1.2 and holds the policy near the base with a KL term.",
                    "Clips at 0.8 and 1.28, without a KL term.",
                    "Clips whole sequences closely, without a KL term.",
                ),
            ),
            Field(
                "kl_beta",
                "real",
                "Weight of the KL to the base model; only grpo has it. Nothing or 0: the method's own, 0.001.",
                low=0,
            ),
            Field(
                "chunk_size",
                "whole",
                "Prompts of one training step. When nothing is said, 200 where there are twice as many rows, else all of them.",
                low=1,
                high=10_000,
                alternatives=(Field("chunk_size", "whole", "Every row in one step.", choices=(-1,)),),
            ),
            Field("node_count", "whole", "Machines that train; throughput only.", low=1),
            Field("max_concurrent_rollouts", "whole", "Answers sampled at once; throughput only.", low=1),
            Field("max_concurrent_evaluations", "whole", "Answers scored at once; throughput only.", low=1),
            Field(
                "warm_start_from",
                "text",
                "An adapter to start from, in place of a new one on the model.",
                pattern=SERVICE_MODEL,
            ),
            Field(
                "output_model",
                "text",
                "Name of the trained model; the job's own when nothing is said.",
                pattern=SERVICE_MODEL,
            ),
            Field(
                "extra_body",
                "mapping",
                "More fields of each sampling request, such as {reasoning_effort: none}.",
            ),
            Field("region", "text", "Where to train, as the service writes it.", pattern=SERVICE_CONSTANT),
            Field("reservation_target", "text", "The reservation whose machines are used."),
        ),
    ),
    Field("trl", "section", "Settings of the trl backend."),
    Field("ray", "section", "Placement of the worker on a Ray cluster."),
    Field(
        "extends",
        "text",
        "A config that this one builds on; a list is applied in order, this file wins.",
        inherited=False,
        is_path=True,
        alternatives=(Field("extends", "texts", "Several configs.", is_path=True),),
    ),
)
"""Top-level keys, in the order in which a run config writes them."""

DOCUMENT = Field("", "section", "A run config.", fields=FIELDS)

_TOP_LEVEL = {field.name: field for field in FIELDS}
REQUIRED = tuple(field.name for field in FIELDS if field.required)
"""Top-level keys that must be there once every layer is resolved."""


def accepts_document(values: dict[str, Any], *, fragment: bool = False) -> bool:
    """Whether the data of one file is legal; the same answer as the schema of run configs, or of fragments, gives."""
    for name, value in values.items():
        field = _TOP_LEVEL.get(name)
        if field is None:
            if not name.startswith(USER_KEY_PREFIX):
                return False
        elif not field.accepts(value):
            return False
    return fragment or "extends" in values or all(name in values for name in REQUIRED)


def field_at(path: str) -> Field | None:
    """The field at a dotted path; None when there is none."""
    field: Field | None = DOCUMENT
    for name in path.split("."):
        if field is None:
            return None
        field = field.child(name)
    return field


@cache
def leaf_paths() -> tuple[str, ...]:
    """Dotted paths of every key that holds a value, for suggestions and completion."""

    def walk(field: Field, prefix: str) -> list[str]:
        path = f"{prefix}.{field.name}" if prefix else field.name
        children = [
            leaf
            for section in (field, *field.alternatives)
            for child in section.fields
            for leaf in walk(child, path)
        ]
        return children if field.kind == "section" else [path, *children]

    return tuple(dict.fromkeys(leaf for field in FIELDS for leaf in walk(field, "")))


def defaults() -> dict[str, Any]:
    """Dotted path → default of every key that has one, in document order."""
    found = {path: field.default for path in leaf_paths() if (field := field_at(path)) is not None}
    return {
        path: value
        for path, value in found.items()
        if value is not None and not path.startswith("evaluator.")
    }
