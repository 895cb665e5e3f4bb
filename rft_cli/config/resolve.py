"""File → resolved config: defaults, what it extends, the file, the environment, and the command line, the later one wins."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rft_cli.config.chain import Cache, Chain, Link, follow, is_fragment
from rft_cli.config.document import Document, value_nodes
from rft_cli.config.explain import name_from
from rft_cli.config.overrides import ENVIRONMENT, SET, Overrides, from_command_line, from_environment
from rft_cli.config.resolved import INHERITED, Config, Loaded, Origin, OriginKind
from rft_cli.config.root import prefix, rebase
from rft_cli.config.validate import missing_key
from rft_cli.diagnostics import Finding, Location, Severity, by_place
from rft_cli.spec.document import DOCUMENT, REQUIRED, Field


class _Slot(NamedTuple):
    """One key, prepared for merging."""

    field: Field
    path: str
    normal: Callable[[Any], Any] | None
    children: dict[str, _Slot]
    """Keys of its section form; empty where it has none."""


def _slots(field: Field, prefix_: str = "") -> dict[str, _Slot]:
    found = {}
    for child in (child for form in (field, *field.alternatives) for child in form.fields):
        path = f"{prefix_}{child.name}"
        found[child.name] = _Slot(child, path, _normal(child), _slots(child, f"{path}."))
    return found


def _normal(field: Field) -> Callable[[Any], Any] | None:
    """What gives equal values one spelling, so that they are equal in records and digests too."""
    if field.parameter is not None:
        return field.parameter.normal
    kinds: dict[str, Callable[[Any], Any]] = {
        "whole": int,
        "real": float,
        "numbers": lambda items: [float(item) for item in items],
        "texts": list,
    }
    return kinds.get(field.kind)


def _required_within(slots: dict[str, _Slot], section: str = "") -> list[tuple[str, str]]:
    own = [(section, name) for name, slot in slots.items() if section and slot.field.required]
    return own + [pair for slot in slots.values() for pair in _required_within(slot.children, slot.path)]


_SLOTS = _slots(DOCUMENT)
_REQUIRED_WITHIN = _required_within(_SLOTS)
"""Section and key of what a section must hold once it is there."""


def load(
    path: Path,
    *,
    root: Path,
    shown: str | None = None,
    overrides: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    fragment: bool = False,
    thorough: bool = False,
    cache: Cache | None = None,
) -> Loaded:
    """Read, validate and resolve one run config; never raises for what a file holds.

    Args:
        path: the file.
        root: the project root, from which paths in the result are seen.
        shown: how findings name the file; default: the path as given.
        overrides: `path=value` entries of the command line.
        environment: the variables to look for `RFT_…` in; None: files only.
        fragment: the file is a part of run configs: nothing is required.
        thorough: ask the schema even where the spec accepts every value.
        cache: documents already read, for many files that extend the same ones.
    """
    name = os.fspath(path)
    chain = follow(
        name, name if shown is None else shown, cache=Cache() if cache is None else cache, thorough=thorough
    )
    launched = chain.links[-1].document
    sources = {link.document.path: link.document.text for link in chain.links}
    findings = list(chain.findings)
    layers: list[tuple[OriginKind, Overrides]] = []
    if environment is not None and (given := from_environment(environment)).text:
        layers.append(("environment", given))
        sources[ENVIRONMENT] = given.text
    if overrides:
        layers.append(("set", from_command_line(overrides)))
        sources[SET] = layers[-1][1].text
    for _, layer in layers:
        findings += layer.findings
    if not fragment:
        findings += _unlaunchable(name, chain, layers)
    if findings:
        return Loaded(None, by_place(findings), sources)
    merged = _Merge(os.path.abspath(os.fspath(root)), Origin("default", Location(launched.path)))
    for link in chain.links:
        merged.add_file(link, is_launched=link is chain.links[-1])
    for kind, layer in layers:
        merged.add_overrides(kind, layer)
    merged.fill(name)
    documents = tuple(link.document for link in reversed(chain.links))
    config = Config(launched.path, merged.values.get("name", ""), merged.values, merged.origins, documents)
    if layers:
        findings += _missing_within(config)
    if not config.name:
        findings.append(_no_name(launched))
    return Loaded(None if findings else config, by_place(findings), sources)


def _unlaunchable(name: str, chain: Chain, layers: Sequence[tuple[OriginKind, Overrides]]) -> list[Finding]:
    """What keeps a file that may be fine in itself from being launched."""
    if not chain.is_complete:
        return []
    launched = chain.links[-1].document
    if is_fragment(name):
        message = "a file whose name begins with _ is a fragment, and is not launched"
        mend = "name it in `extends` of a run config, or rename it"
        return [Finding("RFT034", Severity.ERROR, Location(launched.path), message, mend)]
    if any(finding.code == "RFT025" for finding in chain.findings):
        return []
    present = {key for link in chain.links for key in link.document.data}
    present |= {value.path.partition(".")[0] for _, layer in layers for value in layer.values}
    return [missing_key(key, launched.location()) for key in REQUIRED if key not in present]


def _missing_within(config: Config) -> list[Finding]:
    """Keys that a section requires once it is there; only overrides can leave them out of valid files."""
    return [
        missing_key(f"{section}.{name}", config.location(section))
        for section, name in _REQUIRED_WITHIN
        if isinstance(values := config.get(section), dict) and name not in values
    ]


def _no_name(launched: Document) -> Finding:
    message = "the key name is missing, and the file's name holds no letter to make one of"
    return Finding("RFT021", Severity.ERROR, launched.location(), message, "add `name: my-run`", "name")


class _Merge:
    """Layers laid over each other, the later one wins; sections merge by key, everything else replaces."""

    def __init__(self, root: str, default: Origin) -> None:
        self.values: dict[str, Any] = {}
        self.origins: dict[str, Origin] = {}
        self._root = root
        self._default = default

    def add_file(self, link: Link, *, is_launched: bool) -> None:
        """Lay one file over what is there."""
        document = link.document
        kind: OriginKind = "file" if is_launched else "extends"
        layer = _Layer(document, kind, prefix(link.folder, self._root))
        nodes = value_nodes(document.root)
        for name, value in document.data.items():
            if name == "extends" or not (is_launched or name in INHERITED):
                continue
            slot = _SLOTS.get(name)
            if slot is None:
                self.values[name] = value
                self.origins[name] = Origin(kind, document.place(nodes[name]))
            else:
                self._lay(self.values, slot, value, nodes[name], layer)

    def _lay(self, into: dict[str, Any], slot: _Slot, value: Any, node: Any, layer: _Layer) -> None:
        name = slot.field.name
        if isinstance(value, dict):
            present = into.get(name)
            if not isinstance(present, dict):
                self.origins.pop(slot.path, None)
                present = into[name] = {}
            nodes = value_nodes(node)
            for key, item in value.items():
                self._lay(present, slot.children[key], item, nodes[key], layer)
            return
        self._set(into, slot, value, Origin(layer.kind, layer.document.place(node)), layer.folder)

    def _set(self, into: dict[str, Any], slot: _Slot, value: Any, origin: Origin, folder: str) -> None:
        name = slot.field.name
        if slot.children and isinstance(into.get(name), dict):
            for path in [path for path in self.origins if path.startswith(f"{slot.path}.")]:
                del self.origins[path]
        if slot.field.is_path:
            value = rebase(value, folder, self._root)
        into[name] = value if slot.normal is None else slot.normal(value)
        self.origins[slot.path] = origin

    def add_overrides(self, kind: OriginKind, layer: Overrides) -> None:
        """Lay values from outside the files over what is there; their paths are relative to the working directory."""
        folder = prefix(os.getcwd(), self._root)
        for path, value, location in layer.values:
            into, slots = self.values, _SLOTS
            *sections, name = path.split(".")
            for section in sections:
                slot = slots[section]
                present = into.get(section)
                if isinstance(present, str):
                    # The text form of a key is short for its section with the first key only.
                    first = next(iter(slot.children))
                    self.origins[f"{slot.path}.{first}"] = self.origins.pop(slot.path)
                    present = into[section] = {first: present}
                if present is None:
                    present = into[section] = {}
                into, slots = present, slot.children
            self._set(into, slots[name], value, Origin(kind, location), folder)

    def fill(self, path: str) -> None:
        """Add the defaults and bring the keys into the order of the spec."""
        written = self.values
        if "name" not in written and (name := name_from(os.path.splitext(os.path.basename(path))[0])):
            written["name"] = name
            self.origins["name"] = self._default
        ordered: dict[str, Any] = {}
        for name, slot in _SLOTS.items():
            if (value := self._filled(slot, written.get(name))) is not None:
                ordered[name] = value
        self.values = {**ordered, **{name: written[name] for name in written if name not in ordered}}

    def _filled(self, slot: _Slot, value: Any) -> Any:
        if not slot.children or not (value is None or isinstance(value, dict)):
            if value is None and slot.field.default is not None:
                self.origins[slot.path] = self._default
                return slot.field.default if slot.normal is None else slot.normal(slot.field.default)
            return value
        if value is None and slot.field.kind != "section":
            return None
        filled = {}
        for name, child in slot.children.items():
            if (item := self._filled(child, None if value is None else value.get(name))) is not None:
                filled[name] = item
        return filled if filled or value is not None else None


class _Layer(NamedTuple):
    """One file, as the source of a layer."""

    document: Document
    kind: OriginKind
    folder: str
    """Its folder as seen from the root."""
