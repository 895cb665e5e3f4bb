"""docs/parameters.md: the ten parameters as the guide sees them."""

from __future__ import annotations

from rft_cli.generate.markdown import NOTICE, anchor, code, link_ids, table
from rft_cli.spec.guide_text import parameter_markdown, usual_words
from rft_cli.spec.parameter import Parameter, show
from rft_cli.spec.parameters import PARAMETERS

_INTRODUCTION = """# Parameters

Ten numbers govern a run. Nine come from the tuning guide, the context length from the managed service. `rft` always sends every
value. Outside *valid* nothing is submitted; inside *valid* and outside *usual* a finding says what speaks against the value.
Most runs do well with the defaults: change one value at a time, and with a reason that the run's metrics give.
`rft explain temperature` shows one section of this page in a terminal, and so does an editor that knows the
[schema](../schemas/run-config.schema.json).

"""


def parameters_page() -> str:
    """The text of the page."""
    rows = [
        (
            f"[{code(entry.path)}](#{_anchor(entry)})",
            show(entry.default),
            entry.limits(),
            usual_words(entry),
        )
        for entry in PARAMETERS
    ]
    overview = table(("parameter", "default", "valid", "usual"), rows)
    return NOTICE + _INTRODUCTION + overview + "".join(_section(entry) for entry in PARAMETERS)


def _section(entry: Parameter) -> str:
    statements = f"Statements of the guide: {', '.join(entry.sources)}. " if entry.sources else ""
    others = ", ".join(code(name) for name in entry.other_names)
    tail = f"{statements}Errors: [{entry.code}](rules/{entry.code}.md).\n\nOther tools say {others}.\n"
    text = parameter_markdown(entry) + "\n" + tail
    return f"\n{anchor(_anchor(entry))}\n\n## {code(entry.path)}\n\n{link_ids(text)}"


def _anchor(entry: Parameter) -> str:
    return entry.path.replace(".", "-").replace("_", "-")
