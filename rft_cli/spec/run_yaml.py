"""Run configs as text: every default written out, one a line, with a few words beside each.

Pure, and emits YAML without a library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from rft_cli.spec.document import CONFIG_VERSION
from rft_cli.spec.parameter import Parameter, show
from rft_cli.spec.parameters import PARAMETERS

COMMENT_COLUMN = 30
"""Where comments begin at the earliest; chosen so that those of the ten parameters line up."""

INTRODUCTION = (
    "Everything that the run needs. `rft lint` checks this file, `rft launch` trains from it, and",
    "`rft explain temperature` tells what a value does, when to raise it and when to lower it.",
)

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON may hold as it is and YAML may not, or takes for the end of a line."""
_NOT_TEXT = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that some version of YAML reads as something else than text."""

_SECTION_NOTES = {
    "training": "how the model learns",
    "rollout": "how answers are sampled while it trains",
}


class Line(NamedTuple):
    """One line of YAML with the comment at its end."""

    text: str
    comment: str = ""


def render_run_yaml(
    name: str,
    *,
    backend: str,
    model: str,
    dataset: str,
    evaluator: str,
    evaluation_dataset: str,
    schema_path: str,
    reward_range: tuple[float, float] | None = None,
    introduction: tuple[str, ...] = INTRODUCTION,
    model_comment: str = "",
    section: tuple[Line, ...] = (),
) -> str:
    """A run config with the ten parameters at their defaults.

    Args:
        name: name of the run.
        backend: what trains.
        model: as that backend knows it.
        dataset: training rows, as the file writes the path.
        evaluator: ``path/to/file.py:function``, as the file writes it.
        evaluation_dataset: held-out rows; empty leaves the choice to the backend.
        schema_path: path of the JSON Schema from the file, for editors.
        reward_range: bounds of the evaluator; None where they are not known.
        introduction: the comment at the top, line by line.
        model_comment: what stands beside the model.
        section: settings of the backend, the key of its section first.

    Returns:
        The text of the file.
    """
    head = [
        Line(f"version: {CONFIG_VERSION}"),
        Line(f"name: {scalar(name)}"),
        Line(f"backend: {scalar(backend)}"),
        Line(f"model: {scalar(model)}", model_comment),
        Line(f"dataset: {scalar(dataset)}", "one JSON object a line, with its messages"),
        Line(f"evaluator: {scalar(evaluator)}", "scores an answer: (completion, record) -> number"),
    ]
    blocks = [head, *(_parameter_block(section) for section in _SECTION_NOTES)]
    evaluation = []
    if evaluation_dataset:
        evaluation.append(Line(f"  dataset: {scalar(evaluation_dataset)}", "never trained on"))
    if reward_range is not None:
        low, high = reward_range
        evaluation.append(
            Line(f"  reward_range: [{show(low)}, {show(high)}]", "least and most that an answer can score")
        )
    if evaluation:
        blocks.append([Line("evaluation:", "how runs are compared"), *evaluation])
    if section:
        blocks.append(list(section))
    return modeline(schema_path) + comment(introduction) + "\n".join(block(lines) for lines in blocks)


def config_text(name: str, values: Mapping[str, Any], *, introduction: tuple[str, ...]) -> str:
    """A run config with these values and no others.

    Args:
        name: of the run.
        values: nested, without ``version`` and ``name``; at most two levels of sections, deeper mappings on one line.
        introduction: the comment at the top, line by line.
    """
    given = {"version": CONFIG_VERSION, "name": name, **values}
    lines = [f"{key}: {_inline(value)}\n" for key, value in given.items() if not isinstance(value, Mapping)]
    sections = [
        f"\n{key}:\n" + "".join(f"  {inner}: {_inline(child)}\n" for inner, child in value.items())
        for key, value in given.items()
        if isinstance(value, Mapping)
    ]
    return comment(introduction) + "".join(lines + sections)


def _inline(value: Any) -> str:
    """A value on one line: what is no text or number is written as JSON, which YAML reads as well."""
    if isinstance(value, str):
        return scalar(value)
    return show(value) if isinstance(value, bool | int | float) else _quoted(value)


def _quoted(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def modeline(schema_path: str) -> str:
    """The first line, by which an editor finds the schema."""
    return f"# yaml-language-server: $schema={schema_path}\n"


def comment(lines: tuple[str, ...]) -> str:
    """Lines of text as comment lines."""
    return "".join(f"# {line}\n" for line in lines)


def block(lines: list[Line]) -> str:
    """Lines of YAML, with their comments lined up."""
    column = max((COMMENT_COLUMN, *(len(line.text) + 2 for line in lines if line.comment)))
    return "".join(
        f"{line.text:<{column}}# {line.comment}\n" if line.comment else f"{line.text}\n" for line in lines
    )


def scalar(value: str) -> str:
    """A text as a YAML scalar: plain where no reader can mistake it, quoted otherwise."""
    plain = _PLAIN.fullmatch(value) is not None and value.lower() not in _NOT_TEXT
    return value if plain else _quoted(value)


def _parameter_block(section: str) -> list[Line]:
    return [
        Line(f"{section}:", _SECTION_NOTES[section]),
        *(
            Line(f"  {entry.key}: {show(entry.default)}", f"{entry.short}; {_range(entry)}")
            for entry in PARAMETERS
            if entry.section == section
        ),
    ]


def _range(entry: Parameter) -> str:
    if entry.choices:
        return ", ".join(show(choice) for choice in entry.choices)
    if entry.high is not None:
        return f"{show(entry.low)} to {show(entry.high)}"
    return f"a multiple of {entry.multiple_of}" if entry.multiple_of > 1 else f"{show(entry.low)} or more"
