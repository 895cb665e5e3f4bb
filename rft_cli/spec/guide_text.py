"""The guide's view of one parameter as text: an editor's hover, `rft explain` and the docs say the same. Pure."""

from __future__ import annotations

from rft_cli.spec.parameter import Band, Move, Parameter, show


def parameter_markdown(entry: Parameter) -> str:
    """Everything that the table says of a parameter, as Markdown."""
    lines = [
        entry.summary,
        "",
        f"Default **{show(entry.default)}**{_unit(entry)}. Valid: {entry.limits()}. Usual: {usual_words(entry)}.",
        "",
        *(f"- *{effect.when}*: {effect.what}" for effect in entry.effects),
        "",
        *(f"- **Raise** when {_reason(move)}." for move in entry.raise_when),
        *(f"- **Lower** when {_reason(move)}." for move in entry.lower_when),
        f"- **Keep** when {entry.keep_when}.",
        "",
        *(f"- With {interaction}." for interaction in entry.interactions),
    ]
    return "\n".join(lines).strip() + "\n"


def _reason(move: Move) -> str:
    return f"{move.reason} ({move.source})" if move.source else move.reason


def usual_words(entry: Parameter) -> str:
    """The usual bands in words."""
    if not entry.usual:
        return entry.usual_note
    return "; ".join(_band_words(entry, band) for band in entry.usual)


def _band_words(entry: Parameter, band: Band) -> str:
    span = show(band.low) if band.low == band.high else f"{show(band.low)}–{show(band.high)}"
    unlimited = ", or 0 where top_p is below 1" if entry.zero_is_unlimited and not band.goal else ""
    return f"{span}{unlimited}" + (f" with goal {band.goal}" if band.goal else "")


def _unit(entry: Parameter) -> str:
    return f" {entry.unit}" if entry.unit else ""
