"""Advice for people: the answer first, then what it rests on, what was not advised, and the next command. Pure."""

from __future__ import annotations

from rft_cli.advice.words import RELIABILITY, forecast_words
from rft_cli.render.advice_words import symptom_words, verdict_words, write_command
from rft_cli.render.ansi import Style, paint, printable
from rft_cli.render.run_words import columns
from rft_cli.render.wrap import wrap as wrap_text
from rft_cli.workflow.advising import Consulted

_STYLES: dict[str, Style] = {
    "change": "cyan",
    "none": "green",
    "not_enough_evidence": "yellow",
    "fix_reward_or_data": "red",
}


def advice_text(consulted: Consulted, *, color: bool, wrap: int = 0) -> str:
    """One source with its advice.

    Args:
        consulted: the source.
        color: whether to use ANSI colours.
        wrap: columns at which sentences are broken; 0: never.
    """
    advice, reading = consulted.advice, consulted.reading
    answer = paint(verdict_words(advice), _STYLES[advice.verdict], color=color)
    head = wrap_text(f"{paint(printable(consulted.source), 'bold', color=color)}: {answer}", wrap)
    pairs = [("why", advice.why)]
    if reading is not None:
        pairs += [
            ("shows" if index == 0 else "", symptom_words(entry))
            for index, entry in enumerate(reading.symptoms)
        ]
        if reading.forecast is not None and "50 % more steps" not in advice.why:
            pairs.append(("forecast", f"{forecast_words(reading.forecast)} ({RELIABILITY})"))
    pairs += [
        ("not" if index == 0 else "", f"{entry.parameter}: {entry.why}")
        for index, entry in enumerate(advice.rejected)
    ]
    pairs += [("note" if index == 0 else "", printable(note)) for index, note in enumerate(consulted.notes)]
    pairs.append(("next", _next(consulted)))
    return head + "\n" + columns([pair for pair in pairs if pair[1]], wrap=wrap)


def _next(consulted: Consulted) -> str:
    change = consulted.advice.change
    if consulted.next_command:
        return consulted.next_command
    if consulted.advice.follow:
        return f"rft advise {consulted.advice.follow}"
    if change is None or change.new is None or consulted.base is None:
        return ""
    return write_command(consulted.run or consulted.source)
