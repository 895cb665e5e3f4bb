"""The settings in force, each with its origin, as a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rft_cli.config.settings import Given
from rft_cli.render.table import aligned
from rft_cli.render.wrap import wrap as wrap_text

if TYPE_CHECKING:
    from rft_cli.render.outputs.finding import LintSettingsOutput, SettingObject


def settings_text(root: str, settings: Mapping[str, Given], *, wrap: int = 0) -> str:
    """The root, and one line a value; a list takes as many as it has items.

    Args:
        root: the project root.
        settings: name → value and origin.
        wrap: columns of the reader's terminal; 0: a value is a line.
    """
    rows = []
    for name, (value, origin) in settings.items():
        first, *others = _items(value)
        rows += [(name, first, origin), *(("", item, "") for item in others)]
    return "\n".join([wrap_text(f"project root: {root}", wrap), *aligned(rows, wrap=wrap), ""])


def settings_object(root: str, settings: Mapping[str, Given]) -> LintSettingsOutput:
    """The same for machines."""
    listed: list[SettingObject] = [
        {"name": name, "value": value, "origin": origin} for name, (value, origin) in settings.items()
    ]
    return {"schema_version": 1, "root": root, "settings": listed}


def _items(value: Any) -> list[str]:
    if isinstance(value, dict):
        items = [
            f"{key}: {' '.join(item) if isinstance(item, tuple) else item}" for key, item in value.items()
        ]
    else:
        items = [value] if isinstance(value, str) else list(value)
    return items or ["-"]
