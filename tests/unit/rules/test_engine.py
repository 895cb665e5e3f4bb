from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rft_cli.config import Config
from rft_cli.diagnostics import Finding, Location, Severity
from rft_cli.rules.engine import check_config
from rft_cli.rules.registry import RULES
from rft_cli.rules.rule import DataFacts, Rule
from rft_cli.spec.parameter import show
from rft_cli.spec.parameters import PARAMETERS

Resolved = Callable[..., Config]


def crashing(_config: Config, _facts: DataFacts | None, _against: Config | None) -> Iterator[Finding]:
    raise ZeroDivisionError("division\nby zero")


def test_a_config_at_the_defaults_gives_nothing(resolved: Resolved) -> None:
    assert check_config(resolved()) == ()


def test_every_default_written_out_gives_nothing(resolved: Resolved) -> None:
    lines = {"training": "", "rollout": ""}
    for entry in PARAMETERS:
        lines[entry.section] += f"  {entry.key}: {show(entry.default)}\n"
    text = "".join(f"{section}:\n{body}" for section, body in lines.items())
    assert check_config(resolved(text)) == ()


def test_a_rule_that_crashes_is_a_finding_and_the_others_go_on(resolved: Resolved) -> None:
    config = resolved("rollout:\n  temperature: 1.5\nexperiment: {hypothesis: why}\n")
    crashed, told = check_config(config, rules=(Rule("RFT999", crashing), *RULES))
    assert crashed == Finding(
        "RFT099",
        Severity.ERROR,
        Location("run.yaml"),
        "rule RFT999 crashed: ZeroDivisionError: division by zero",
        "please report it with this file; --ignore RFT999 leaves the rule out",
    )
    assert (told.code, told.location.line) == ("RFT303", 6)


def test_findings_are_in_reading_order(resolved: Resolved) -> None:
    config = resolved("rollout: {top_k: 80, temperature: 1.5}\ntraining: {lora_rank: 128, epochs: 9}\n")
    places = [finding.location[1:3] for finding in check_config(config)]
    assert places == sorted(places)
    assert len(set(places)) > 3


@pytest.mark.parametrize(
    ("prompt", "codes"), [(None, []), (6144, []), (6145, ["RFT405"])], ids=["unknown", "fits", "one too long"]
)
def test_the_longest_prompt_counts_where_the_data_was_read(
    resolved: Resolved, prompt: int | None, codes: list[str]
) -> None:
    facts = DataFacts(rows=100, longest_prompt_tokens=prompt)
    assert [finding.code for finding in check_config(resolved(), facts)] == codes


def test_a_long_prompt_is_named_with_the_length_that_would_do(resolved: Resolved) -> None:
    (finding,) = check_config(resolved(), DataFacts(rows=1, longest_prompt_tokens=20_000))
    assert finding.message == (
        "training.max_context_length 8192 tokens has no room for the longest prompt, 20000 tokens, beside "
        "rollout.max_tokens 2048 tokens"
    )
    assert finding.help == "set max_context_length: 32768, or lower max_tokens"


@pytest.mark.covers("ST2", "IN2")
def test_a_reference_takes_the_place_of_the_defaults(resolved: Resolved) -> None:
    reference = resolved("training: {learning_rate: 2e-4}\n", "reference")
    same = resolved("training: {learning_rate: 2e-4}\n")
    assert check_config(same, against=reference) == ()
    back_at_the_default = check_config(resolved(), against=reference)
    assert [finding.code for finding in back_at_the_default] == ["RFT204", "RFT601"]


@pytest.mark.covers("ST2")
def test_what_differs_from_the_reference_is_told_with_its_name(resolved: Resolved) -> None:
    reference = resolved("training: {lora_rank: 16}\n", "wide")
    (finding,) = check_config(resolved("training: {lora_rank: 8}\n"), against=reference)
    assert finding.message == (
        "training.lora_rank is 8 instead of 16 in the reference wide, and no hypothesis says why"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_no_rule_crashes_on_a_legal_config(resolved: Resolved, data: st.DataObject) -> None:
    from tests.support.strategies import legal_values

    drawn = {entry.path: data.draw(legal_values(entry), label=entry.path) for entry in PARAMETERS}
    sections = {section: {} for section in ("training", "rollout")}
    for entry in PARAMETERS:
        sections[entry.section][entry.key] = show(entry.normal(drawn[entry.path]))
    text = "".join(
        f"{section}:\n" + "".join(f"  {key}: {value}\n" for key, value in values.items())
        for section, values in sections.items()
    )
    model = data.draw(st.sampled_from(("rehearsal", "qwen3-0p6b", "llama-70b", "mixtral-8x22b")))
    config = resolved(text)
    config = config._replace(values={**config.values, "model": model})
    findings = check_config(config)
    assert [finding for finding in findings if finding.code == "RFT099"] == []
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []
