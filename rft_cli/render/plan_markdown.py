"""A plan as a comment on a pull request: what changes, what it costs, what the guards say; the rest folded away. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rft_cli.render.diff_markdown import code, plain, table
from rft_cli.render.diff_words import times, value_words
from rft_cli.render.plan_words import cost_lines, standing_of_plan
from rft_cli.render.run_words import schedule_line
from rft_cli.runs.frozen import digest_of, values_of
from rft_cli.workflow.assess import Assessment
from rft_cli.workflow.planning import Planning


def plan_markdown(planning: Planning, assessment: Assessment) -> str:
    """The comment; values of the user's cannot become markup."""
    return "\n\n".join(_blocks(planning, assessment)) + "\n"


def _blocks(planning: Planning, assessment: Assessment) -> Iterator[str]:
    config, plan = planning.config, assessment.plan
    assert config is not None
    against = assessment.situation.reference
    yield f"#### Plan of {code(config.name)}{f' against {plain(against)}' if against else ''}"
    standing = standing_of_plan(assessment)
    if standing:
        yield f"{plain(standing)}."
    changes = assessment.difference.changes if assessment.difference else ()
    if changes:
        rows = [
            (
                code(change.path),
                code(value_words(change.path, change.old)),
                code(value_words(change.path, change.new)),
                times(change.ratio),
            )
            for change in changes
        ]
        yield table(("change", "from", "to", "ratio"), rows)
    schedule = schedule_line(plan.schedule, config.get("rollout.n"), config.get("training.epochs"))
    yield "\n".join(f"- {plain(line)}" for line in (schedule, *cost_lines(assessment.estimate)))
    guards = [
        (verdict.guard, "ok" if verdict.allowed else "**refuses**", plain(verdict.message))
        for verdict in assessment.verdicts
    ]
    yield table(("guard", "", ""), guards)
    if planning.findings:
        yield "\n".join(
            f"- {finding.severity} {finding.code}: {plain(finding.message)}"
            for finding in planning.recorded_findings
        )
    values = [
        (code(path), code(value_words(path, entry["value"])), plain(entry["origin"]))
        for path, entry in values_of(config).items()
    ]
    yield _folded("Values", table(("key", "value", "from"), values))
    payload = json.dumps(plan.payload, indent=2, ensure_ascii=False).replace("`", "\\u0060")
    yield _folded(f"Payload, sha256 {digest_of(plan.payload)}", f"```json\n{payload}\n```")


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{inside}\n\n</details>"
