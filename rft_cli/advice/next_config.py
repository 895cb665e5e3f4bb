"""The text of the next run's config: the present file with one value changed, or a short file that extends it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rft_cli.advice.change import Advised
from rft_cli.config.comments import line_end
from rft_cli.config.document import Document
from rft_cli.config.run_name import name_from
from rft_cli.spec.document import CONFIG_VERSION
from rft_cli.spec.parameter import Number, show
from rft_cli.spec.run_yaml import scalar

LONGEST_NAME = 63
"""Characters of a run's name. Source: the pattern of `name`."""


class NextRun(NamedTuple):
    """What the next run's config says that the present one does not."""

    name: str
    values: Mapping[str, Number]
    """Parameter path → value: the change, with what must move along."""
    reference: str
    """Empty: the present run is not one that can be referred to."""
    hypothesis: str
    goal: str = ""
    seed: int | None = None
    """Written where it is not handed down by the present file."""

    @property
    def texts(self) -> dict[str, str]:
        """Dotted path → YAML scalar of everything that is written, in document order."""
        texts = {"name": scalar(self.name)}
        texts |= {path: show(value) for path, value in self.values.items()}
        texts |= {"experiment.reference": scalar(self.reference)} if self.reference else {}
        texts["experiment.hypothesis"] = scalar(self.hypothesis)
        texts |= {"experiment.goal": scalar(self.goal)} if self.goal else {}
        return texts | ({} if self.seed is None else {"experiment.seed": str(self.seed)})


def next_run(change: Advised, *, present: str, reference: str, hypothesis: str, goal: str = "") -> NextRun:
    """The next run after an advised change whose new value is known.

    Args:
        change: the change.
        present: name of the present run.
        reference: run id that the next one is one change away from.
        hypothesis: what the change should do.
        goal: the goal that the change follows, if any.
    """
    assert change.new is not None
    key = change.parameter.rpartition(".")[2]
    suffix = f"-{name_from(f'{key}-{show(change.new)}')}"
    values = {change.parameter: change.new}
    if change.companion is not None:
        values[change.companion.parameter] = change.companion.new
    name = present[: LONGEST_NAME - len(suffix)].rstrip("-") + suffix
    return NextRun(name, values, reference, hypothesis, goal)


def edited(document: Document, run: NextRun) -> str:
    """The present file with the next run's values in place; comments, order and everything else stay.

    Where a value comes from an anchor, or stands in a form that cannot be replaced, the result means something else or
    cannot be read: the caller compares what it means with what was wanted, and takes `extending` instead.
    """
    text, end = document.text, line_end(document.text)
    insertions: list[tuple[int, int, str]] = []
    appended: dict[str, list[str]] = {}
    for path, value in run.texts.items():
        span = document.span(path)
        section, _, key = path.rpartition(".")
        if span is not None:
            insertions.append((*span, value))
        elif not section:
            line = _line_after(document, "version")
            insertions.append((line, line, f"{key}: {value}{end}"))
        elif (place := _first_of(document, section)) is not None:
            insertions.append(
                (place[0], place[0], f"{key}: {value}{place[1] or end + _indent(text, place[0])}")
            )
        else:
            appended.setdefault(section, []).append(f"  {key}: {value}{end}")
    # From the end on, so that offsets stay true; of several at one place the first one written comes last.
    insertions.reverse()
    for start, stop, value in sorted(insertions, key=lambda edit: edit[0], reverse=True):
        text = text[:start] + value + text[stop:]
    if appended and not text.endswith(("\n", "\r")):
        text += end
    return text + "".join(f"{section}:{end}{''.join(lines)}" for section, lines in appended.items())


def extending(base: str, run: NextRun) -> str:
    """A config of its own that builds on the present one.

    Args:
        base: path of the present config, as the new file writes it.
        run: what the new file says.
    """
    lines = [f"version: {CONFIG_VERSION}", f"extends: {scalar(base)}"]
    section = ""
    for path, value in run.texts.items():
        inside, _, key = path.rpartition(".")
        if inside and inside != section:
            lines.append(f"{inside}:")
        section = inside
        lines.append(f"{'  ' if inside else ''}{key}: {value}")
    return "\n".join(lines) + "\n"


def _first_of(document: Document, section: str) -> tuple[int, str] | None:
    """Where a key can be inserted in front of a section's first, and what separates them; None: the section is not there.

    In block style they are separated by a line end and the indent, in flow style by a comma.
    """
    keys = document.data.get(section)
    if not isinstance(keys, dict) or not keys:
        return None
    spans = [span for key in keys if (span := document.span((section, key), key=True)) is not None]
    if not spans:
        return None
    place = min(spans)[0]
    before = document.text[document.text.rfind("\n", 0, place) + 1 : place]
    return place, "" if not before.strip() else ", "


def _indent(text: str, place: int) -> str:
    return text[text.rfind("\n", 0, place) + 1 : place]


def _line_after(document: Document, key: str) -> int:
    """The start of the line behind a top-level key's; the start of the file where it has none."""
    span = document.span(key)
    if span is None:
        return 0
    found = document.text.find("\n", span[1])
    return len(document.text) if found < 0 else found + 1
