"""A plan as one file: what a launch would submit, sealed, so that exactly that is submitted later or elsewhere.

The document is what `rft plan --json` prints; it holds no absolute path and no secret.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from rft_cli.config import Config, Origin
from rft_cli.config.resolved import ENVIRONMENT, SET
from rft_cli.diagnostics import Location
from rft_cli.errors import FindingsError
from rft_cli.spec.document import USER_KEY_PREFIX, field_at
from rft_cli.worker import Schedule

KIND: Literal["plan"] = "plan"
SCHEMA_VERSION: Literal[1] = 1
SEAL = "sha256"
DEFAULT = "default"

_NEEDED: Mapping[str, type] = {
    "name": str,
    "config_path": str,
    "config": dict,
    "schedule": dict,
    "payload": dict,
    "payload_sha256": str,
    "digests": dict,
    "files": dict,
    "scope": str,
    "fingerprint": str,
    "force": bool,
    SEAL: str,
}
"""Keys that a reader relies on, and their types."""


class Frozen(NamedTuple):
    """A plan that was read."""

    path: str
    """As the user named it."""
    config: Config
    """As it was resolved; it knows no documents."""
    schedule: Schedule
    payload: Mapping[str, Any]
    digests: Mapping[str, str]
    """``dataset``, ``evaluator`` and, where it is a file, ``evaluation.dataset``."""
    files: Mapping[str, str]
    """Path from the project root → SHA-256, of every config file behind the plan."""
    scope: str
    fingerprint: str
    force: bool
    """Train although the evaluator cannot tell answers apart."""


def values_of(config: Config) -> dict[str, dict[str, Any]]:
    """Dotted path of each value → the value and where it came from; the user's own keys are not taken apart."""
    found = {}

    def walk(values: Mapping[str, Any], prefix: str) -> None:
        for name, value in values.items():
            path = f"{prefix}{name}"
            if isinstance(value, Mapping) and value and not _is_whole(path):
                walk(value, f"{path}.")
            else:
                found[path] = {"value": value, "origin": origin_of(config, path)}

    walk(config.values, "")
    return found


def _is_whole(path: str) -> bool:
    """Whether a section is one value: its keys are not ours, and may hold dots."""
    field = field_at(path)
    return path.startswith(USER_KEY_PREFIX) or (field is not None and field.kind == "mapping")


def origin_of(config: Config, path: str) -> str:
    """Where a value came from: ``default``, ``--set``, ``environment``, or ``file:line``."""
    origin = config.origins.get(path)
    if origin is None:  # an empty section
        return _place(config.location(path, key=True))
    if origin.kind == "default":
        return DEFAULT
    return origin.location.path if origin.kind in {"environment", "set"} else _place(origin.location)


def sealed(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document with the digest of everything in it."""
    return {**document, SEAL: digest_of(document)}


def digest_of(value: Mapping[str, Any]) -> str:
    """SHA-256 of a JSON value, whatever its spacing and the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_plan(path: Path) -> bool:
    """Whether a file says of itself that it is a plan; a run config may be JSON too, and has no such key."""
    if path.suffix != ".json":
        return False
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return b'"kind"' in content and f'"{KIND}"'.encode() in content


def read_plan(path: Path, shown: str = "") -> Frozen:
    """Read a plan.

    Raises:
        FindingsError: it is damaged, of another version, or was edited.
    """
    return parse_plan(path.read_bytes(), shown or str(path))


def parse_plan(content: bytes, shown: str) -> Frozen:
    """Read the content of a plan; see `read_plan`."""
    again = f"make it again: rft plan CONFIG --out {shown}"
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise FindingsError(f"the plan {shown} is not JSON: {error}", hint=again) from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise FindingsError(f"{shown} is JSON, and no plan", hint=again)
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        raise FindingsError(
            f"the plan {shown} is from another version of rft: its form is {version}, this rft reads {SCHEMA_VERSION}",
            hint=again,
        )
    wrong = [key for key, kind in _NEEDED.items() if not isinstance(document.get(key), kind)]
    if wrong:
        raise FindingsError(f"the plan {shown} is incomplete: {', '.join(wrong)}", hint=again)
    again = f"change the config instead, and {again}"
    if digest_of(document["payload"]) != document["payload_sha256"]:
        raise FindingsError(
            f"the plan {shown} was edited by hand: its payload is not the one that was planned", hint=again
        )
    seal = document.pop(SEAL)
    if digest_of(document) != seal:
        raise FindingsError(f"the plan {shown} was edited by hand: it is not as it was written", hint=again)
    fields = {
        name: document[name]
        for name in ("schedule", "payload", "digests", "files", "scope", "fingerprint", "force")
    }
    return Frozen(path=shown, config=_config(document), **fields)


def _config(document: Mapping[str, Any]) -> Config:
    path = document["config_path"]
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for dotted, entry in document["config"].items():
        *sections, name = [dotted] if dotted.startswith(USER_KEY_PREFIX) else dotted.split(".")
        into = values
        for section in sections:
            into = into.setdefault(section, {})
        into[name] = entry["value"]
        origins[dotted] = _origin(entry["origin"], path)
    return Config(path, document["name"], values, origins)


def _origin(text: str, path: str) -> Origin:
    if text == DEFAULT:
        return Origin("default", Location(path))
    if text in {SET, ENVIRONMENT}:
        return Origin("set" if text == SET else "environment", Location(text))
    file, _, line = text.rpartition(":")
    return Origin("file" if file == path else "extends", Location(file, int(line)))


def _place(location: Location) -> str:
    return f"{location.path}:{location.line}"
