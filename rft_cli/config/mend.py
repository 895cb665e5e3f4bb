"""Edits that mend a mistake in a file by putting something legal in its place. Pure.

None of them is safe: the file said nothing legal before, so what it should say is a guess, however good.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rft_cli.config.comments import line_end
from rft_cli.config.document import Document, Path
from rft_cli.config.explain import form_meant, nearest_legal
from rft_cli.config.run_name import name_from
from rft_cli.config.scalars import number_meant, one_line
from rft_cli.config.suggest import Suggestion, closest
from rft_cli.diagnostics import Edit, Fix
from rft_cli.spec.document import CONFIG_VERSION, NAME_PATTERN, Field
from rft_cli.spec.parameter import Number, show

_AMBIGUOUS = frozenset(":,")
"""Characters of a number that its readers understand differently: 1:30 and 1,5 are left to a person."""


def value_fix(document: Document, path: Path, field: Field, value: Any) -> Fix | None:
    """Replace an illegal value by the legal one that it is nearest to; None where there is no one nearest.

    Args:
        document: the file.
        path: the value's place.
        field: what the value should be.
        value: as read.
    """
    span, token = document.span(path), document.token(path)
    if span is None or token is None:
        return None
    replacement = _replacement(field, value, token[0])
    if replacement is None or not field.accepts(replacement):
        return None
    start, end = span
    written = document.text[start:end]
    if isinstance(replacement, str):
        text = _requoted(written, replacement) if isinstance(value, str) else f'"{replacement}"'
    else:
        text = show(replacement)
    return Fix(f"write {text} for {one_line(written)}", safe=False, edits=(Edit(start, end, text),))


def key_fix(
    document: Document,
    section: tuple[str | int, ...],
    name: str,
    meant: Suggestion | None,
    taken: Collection[str],
) -> Fix | None:
    """Rename an unknown key of a section to the one that was probably meant.

    Args:
        document: the file.
        section: path of the section.
        name: the unknown key.
        meant: the key that it probably stands for.
        taken: the section's keys, and those that others are renamed to.
    """
    span = document.span((*section, name), key=True)
    if span is None or meant is None:
        return None
    parent, _, last = meant.path.rpartition(".")
    if parent != ".".join(map(str, section)) or last in taken:
        return None
    text = _requoted(document.text[slice(*span)], last)
    return Fix(f"rename {one_line(name)} to {last}", safe=False, edits=(Edit(*span, text),))


def version_fix(document: Document) -> Fix | None:
    """Add the version, of which there is only one; None where the file is not written in block style."""
    root = document.root
    if root is None or root.flow_style or root.start_mark.column or not root.value:
        return None
    start = root.start_mark.index
    line = f"version: {CONFIG_VERSION}"
    return Fix(f"add {line}", safe=False, edits=(Edit(start, start, line + line_end(document.text)),))


def plain_fix(document: Document, node: Any, text: str) -> Fix | None:
    """Write another text for an unquoted scalar."""
    start, end = node.start_mark.index, node.end_mark.index
    if document.text[start:end] != node.value:
        return None
    return Fix(f"write {text} for {node.value}", safe=False, edits=(Edit(start, end, text),))


def _replacement(field: Field, value: Any, written: str) -> Any:
    if field.parameter is not None or field.kind in {"whole", "real"}:
        return _number(field, value, written)
    form = form_meant(field, value)
    if form.kind != "text":
        return None
    if not isinstance(value, str):
        return written if isinstance(value, bool | int | float) else None
    if form.choices:
        return closest(value, form.choices)
    return name_from(value) if form.pattern == NAME_PATTERN else None


def _number(field: Field, value: Any, written: str) -> Number | None:
    if isinstance(value, str):
        meant = None if _AMBIGUOUS & set(written) else number_meant(value, tokens=_counts_tokens(field))
        return meant.value if meant else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return min(nearest_legal(field, value), key=lambda number: abs(number - value), default=None)


def _counts_tokens(field: Field) -> bool:
    return "tokens" in field.name if field.parameter is None else field.parameter.unit == "tokens"


def _requoted(written: str, text: str) -> str:
    """A text in the quotes that the old one stood in."""
    quote = written[:1] if written[:1] in {'"', "'"} else ""
    return f"{quote}{text}{quote}"
