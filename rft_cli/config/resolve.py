"""File → resolved config: defaults, what it extends, the file, the environment, and the command line, the later one wins."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rft_cli.config.chain import Cache, Chain, Link, follow, is_fragment
from rft_cli.config.document import Document
from rft_cli.config.resolved import (
    ENVIRONMENT,
    INHERITED,
    SET,
    VARIABLE_PREFIX,
    Config,
    Loaded,
    Origin,
    OriginKind,
)
from rft_cli.config.root import prefix, rebase
from rft_cli.config.run_name import name_from
from rft_cli.config.secrets import without_secrets
from rft_cli.config.validate import missing_key
from rft_cli.diagnostics import Finding, Location, Severity, by_place
from rft_cli.spec.document import CONFIG_VERSION, DOCUMENT, REQUIRED, Field, defaults

if TYPE_CHECKING:
    from rft_cli.config.overrides import Overrides
    from rft_cli.config.source import Reading


class _Slot(NamedTuple):
    """One key, prepared for merging."""

    field: Field
    path: str
    normal: Callable[[Any], Any] | None
    is_path: bool
    children: dict[str, _Slot]
    """Keys of its section form; empty where it has none."""


def _slots(field: Field, prefix_: str = "") -> dict[str, _Slot]:
    found = {}
    for child in (child for form in (field, *field.alternatives) for child in form.fields):
        path = f"{prefix_}{child.name}"
        found[child.name] = _Slot(child, path, _normal(child), child.is_path, _slots(child, f"{path}."))
    return found


def _normal(field: Field) -> Callable[[Any], Any] | None:
    """What gives equal values one spelling, so that they are equal in records and digests too."""
    if field.parameter is not None:
        # What `Parameter.normal` does, without a call in between: every value of every file passes here.
        return int if field.parameter.integral else float
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


def _defaults() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for path, value in defaults().items():
        *sections, name = path.split(".")
        into, slots = values, _SLOTS
        for section in sections:
            into, slots = into.setdefault(section, {}), slots[section].children
        normal = slots[name].normal
        into[name] = value if normal is None else normal(value)
    return values


_SLOTS = _slots(DOCUMENT)
_DEFAULT_PATHS = tuple(defaults())
_DEFAULTS = _defaults()
"""The defaults as a resolved config holds them."""
_REQUIRED_WITHIN = _required_within(_SLOTS)
"""Section and key of what a section must hold once it is there."""


def load(
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str],
    shown: str | None = None,
    overrides: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    fragment: bool = False,
    thorough: bool = False,
    cache: Cache | None = None,
    read: Reading | None = None,
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
        read: where the content of this file and of what it extends comes from; default: the disk.
    """
    name = os.fspath(path)
    cache = Cache() if cache is None else cache
    chain = follow(
        name,
        name if shown is None else shown,
        cache=cache,
        thorough=thorough,
        read=read,
    )
    launched = chain.links[-1].document
    sources = {link.document.path: link.document.text for link in chain.links}
    findings = list(chain.findings)
    layers = _layers(overrides, environment, sources)
    for _, layer in layers:
        findings += layer.findings
    if not fragment:
        findings += _unlaunchable(name, chain, layers)
    if findings:
        return Loaded(None, by_place(without_secrets(findings, sources.values())), sources)
    merged = _Merge(_absolute(root), Origin("default", Location(launched.path)), cache)
    for link in chain.links:
        merged.add_file(link, is_launched=link is chain.links[-1])
    for kind, layer in layers:
        merged.add_overrides(kind, layer)
    merged.finish(name)
    documents = tuple(link.document for link in reversed(chain.links))
    config = Config(launched.path, merged.values.get("name", ""), merged.values, merged.origins, documents)
    if layers:
        findings += _missing_within(config)
    if not config.name:
        findings.append(_no_name(launched))
    return Loaded(None if findings else config, by_place(findings), sources)


def from_values(values: Mapping[str, Any], *, path: str, name: str) -> Config:
    """A config of values that stand in no file, such as those of a run that was started elsewhere. Nothing is checked.

    Args:
        values: nested as in a file, without ``version`` and ``name``; names in it are no paths.
        path: what stands for the file in origins.
        name: of the run.
    """
    merged = _Merge("", Origin("default", Location(path)), Cache())
    merged.add_values({"version": CONFIG_VERSION, "name": name, **values}, Origin("file", Location(path)))
    merged.finish(path)
    return Config(path, name, merged.values, merged.origins)


def _absolute(root: str | os.PathLike[str]) -> str:
    name = os.fspath(root)
    return name if os.path.isabs(name) else os.path.abspath(name)


def _layers(
    overrides: Sequence[str], environment: Mapping[str, str] | None, sources: dict[str, str]
) -> list[tuple[OriginKind, Overrides]]:
    """What stands over the files, and its text among the sources; its reader is loaded where there is something to read."""
    variables = {name: text for name, text in (environment or {}).items() if name.startswith(VARIABLE_PREFIX)}
    if not overrides and not variables:
        return []
    from rft_cli.config.overrides import from_command_line, from_environment

    layers: list[tuple[OriginKind, Overrides]] = []
    if variables and (given := from_environment(variables)).text:
        layers.append(("environment", given))
        sources[ENVIRONMENT] = given.text
    if overrides:
        layers.append(("set", from_command_line(overrides)))
        sources[SET] = layers[-1][1].text
    return layers


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
    # What an override gave and was refused has a finding already.
    present |= {finding.parameter.partition(".")[0] for _, layer in layers for finding in layer.findings}
    return [missing_key(key, launched.location(), launched) for key in REQUIRED if key not in present]


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

    def __init__(self, root: str, default: Origin, cache: Cache) -> None:
        self.values: dict[str, Any] = {
            name: dict(value) if isinstance(value, dict) else value for name, value in _DEFAULTS.items()
        }
        self.origins: dict[str, Origin] = dict.fromkeys(_DEFAULT_PATHS, default)
        self._root = root
        self._default = default
        self._folders = cache.folders

    def add_file(self, link: Link, *, is_launched: bool) -> None:
        """Lay one file over what is there."""
        document = link.document
        layer = _Layer(document, "file" if is_launched else "extends", self._seen(link.folder))
        data = document.data
        if not is_launched:
            data = {name: value for name, value in data.items() if name in INHERITED}
        self._lay(self.values, _SLOTS, data, layer)

    def _seen(self, folder: str) -> str:
        """A folder as seen from the root, found out once."""
        key = folder, self._root
        if key not in self._folders:
            self._folders[key] = prefix(folder, self._root)
        return self._folders[key]

    def _lay(
        self,
        into: dict[str, Any],
        slots: dict[str, _Slot],
        data: dict[str, Any],
        layer: _Layer,
    ) -> None:
        for name, value in data.items():
            slot = slots.get(name)
            if slot is None:
                into[name] = value
                self.origins[name] = Origin(layer.kind, layer.document, (name,))
            elif value.__class__ is dict and slot.field.kind != "mapping":
                self._lay(self._section(into, slot), slot.children, value, layer)
            elif name != "extends":
                if slot.children or slot.is_path:
                    self._set(into, slot, value, layer.folder)
                else:
                    into[name] = value if slot.normal is None else slot.normal(value)
                self.origins[slot.path] = Origin(layer.kind, layer.document, slot.path)

    def _section(self, into: dict[str, Any], slot: _Slot) -> dict[str, Any]:
        """The section of a key; another form of it is replaced."""
        name = slot.field.name
        present = into.get(name)
        if not isinstance(present, dict):
            self.origins.pop(slot.path, None)
            present = into[name] = {}
        return present

    def _set(self, into: dict[str, Any], slot: _Slot, value: Any, folder: str) -> None:
        """Replace one value, and the section form of its key."""
        name = slot.field.name
        if slot.children and isinstance(into.get(name), dict):
            for path in [path for path in self.origins if path.startswith(f"{slot.path}.")]:
                del self.origins[path]
        if slot.is_path and _is_path(slot.field, value):
            value = rebase(value, folder, self._root)
        into[name] = value if slot.normal is None else slot.normal(value)

    def add_values(self, values: Mapping[str, Any], origin: Origin) -> None:
        """Lay values that came from no file over what is there."""
        for name, value in values.items():
            slot = _SLOTS[name]
            inner = value.items() if slot.children and isinstance(value, Mapping) else ()
            for key, child in inner:
                normal = below.normal if (below := slot.children.get(key)) else None
                self._section(self.values, slot)[key] = child if normal is None else normal(child)
                self.origins[f"{name}.{key}"] = origin
            if not inner:
                self._set(self.values, slot._replace(is_path=False), value, "")
                self.origins[name] = origin

    def add_overrides(self, kind: OriginKind, layer: Overrides) -> None:
        """Lay values from outside the files over what is there; their paths are relative to the working directory."""
        folder = prefix(os.getcwd(), self._root)
        for path, value, location in layer.values:
            into, slots = self.values, _SLOTS
            *sections, name = path.split(".")
            for section in sections:
                slot = slots[section]
                short = into.get(section)
                if isinstance(short, str):
                    # The text form of a key is short for its section with the first key only.
                    first = next(iter(slot.children))
                    self.origins[f"{slot.path}.{first}"] = self.origins.pop(slot.path)
                    into[section] = {first: short}
                into, slots = self._section(into, slot), slot.children
            self._set(into, slots[name], value, folder)
            self.origins[path] = Origin(kind, location)

    def finish(self, path: str) -> None:
        """Add the defaults that depend on what is there, and bring the keys into the order of the spec."""
        values = self.values
        if "name" not in values and (name := name_from(os.path.splitext(os.path.basename(path))[0])):
            values["name"] = name
            self.origins["name"] = self._default
        if isinstance(evaluator := values.get("evaluator"), dict):
            for name, slot in _SLOTS["evaluator"].children.items():
                if slot.field.default is not None and name not in evaluator:
                    evaluator[name] = slot.normal(slot.field.default) if slot.normal else slot.field.default
                    self.origins[slot.path] = self._default
        self.values = _ordered(values, _SLOTS)


def _is_path(field: Field, value: str) -> bool:
    return not field.path_pattern or re.fullmatch(field.path_pattern, value) is not None


def _ordered(values: dict[str, Any], slots: dict[str, _Slot]) -> dict[str, Any]:
    """The same values, keys in the order of the spec and then those of the user."""
    ordered = {
        name: _ordered(values[name], slot.children)
        if slot.children and isinstance(values[name], dict)
        else values[name]
        for name, slot in slots.items()
        if name in values
    }
    return ordered if len(ordered) == len(values) else {**ordered, **values, **ordered}


class _Layer(NamedTuple):
    """One file, as the source of a layer."""

    document: Document
    kind: OriginKind
    folder: str
    """Its folder as seen from the root."""
