"""Codes 0xx about how a legal file is written: its numbers, its editor line, its comments to rft. Data.

`bad` and `good` are executed: linted as a whole run config in a project that has the schemas, `bad` gives this code alone and
`good` gives nothing.
"""

from __future__ import annotations

from rft_cli.diagnostics import Severity
from rft_cli.spec.code import Code

_CONFIG = "version: 1\nmodel: rehearsal\ndataset: data/train.jsonl\nevaluator: evaluators/judge.py:evaluate\n"
_EDITOR_LINE = "# yaml-language-server: $schema=schemas/run-config.schema.json\n"
_TIGHT = f"{_EDITOR_LINE}{_CONFIG}experiment:\n  hypothesis: the answers ramble\nrollout:\n"

STYLE_CODES: tuple[Code, ...] = (
    Code(
        "RFT015",
        "fractional-whole-number",
        Severity.ADVICE,
        "A whole number is written with a point or an exponent.",
        "2.0 is read as 2 here, and as a fraction by tools that look at the type only; it also suggests that 2.5 were legal.",
        "A program writes the file and knows floating-point numbers only.",
        bad=f"{_EDITOR_LINE}{_CONFIG}training:\n  lora_rank: 8.0\n",
        good=f"{_EDITOR_LINE}{_CONFIG}training:\n  lora_rank: 8\n",
    ),
    Code(
        "RFT016",
        "missing-editor-line",
        Severity.ADVICE,
        "The project has the schema of run configs, and no line of the file leads an editor to it.",
        "With the line an editor flags what lint would flag while it is typed, completes keys, and shows the guide's text of "
        "a parameter.",
        "Editors find the schema by a setting of the project.",
        bad=_CONFIG,
        good=f"{_EDITOR_LINE}{_CONFIG}",
    ),
)
"""What a file can be written better as, meaning the same."""

IGNORE_CODES: tuple[Code, ...] = (
    Code(
        "RFT040",
        "unused-ignore",
        Severity.WARNING,
        "A comment ignores a code that is not found where the comment stands.",
        "Left in place it would hide the next finding of that code, which nobody has looked at.",
        "Never, unless the finding comes and goes with another version of rft.",
        bad=f"{_TIGHT}  top_p: 0.9  # rft: ignore[RFT304] because the task has one answer\n",
        good=f"{_TIGHT}  top_p: 0.5  # rft: ignore[RFT304] because the task has one answer\n",
    ),
    Code(
        "RFT041",
        "unknown-ignored-code",
        Severity.WARNING,
        "A comment ignores something that is no code.",
        "It ignores nothing, and reads as if it did.",
        "Never: `rft rules` lists the codes and their names.",
        bad=f"{_EDITOR_LINE}{_CONFIG}# rft: ignore-file[RFT999] because it is old\n",
        good=f"{_EDITOR_LINE}{_CONFIG}# it is old\n",
    ),
    Code(
        "RFT042",
        "unexplained-ignore",
        Severity.WARNING,
        "A comment ignores a finding and gives no reason; it is not obeyed.",
        "The reason is what the next reader needs to judge whether it still holds.",
        "Never: add `because` and the reason.",
        bad=f"{_TIGHT}  top_p: 0.9  # rft: ignore[RFT304]\n",
        good=f"{_TIGHT}  top_p: 0.9\n",
    ),
    Code(
        "RFT043",
        "ignored-error",
        Severity.WARNING,
        "A comment ignores a code that cannot be ignored: an error, or one about such comments.",
        "No run is submitted from a file with an error, whatever a comment says, so hiding it would only hide why.",
        "Never: mend the value. A comment about comments is mended itself.",
        bad=f"{_EDITOR_LINE}{_CONFIG}# rft: ignore-file[RFT106] because we know\n",
        good=f"{_EDITOR_LINE}{_CONFIG}# we know\n",
    ),
    Code(
        "RFT044",
        "misspelt-ignore",
        Severity.WARNING,
        "A comment begins with `rft:` and says nothing that rft understands.",
        "It was probably meant to ignore something, and it does not.",
        "Never: write `# rft: ignore[CODE] because REASON`, or begin the comment otherwise.",
        bad=f"{_TIGHT}  top_p: 0.9  # rft: ignore RFT304, the task has one answer\n",
        good=f"{_TIGHT}  top_p: 0.9  # the task has one answer\n",
    ),
)
"""What a comment to rft can have wrong with it."""

WRITING_CODES: tuple[Code, ...] = (*STYLE_CODES, *IGNORE_CODES)
