"""Run configs: text → document → validated → resolved, with a place for every key and an origin for every value."""

from __future__ import annotations

from rft_cli.config.chain import Cache
from rft_cli.config.document import Document
from rft_cli.config.resolve import from_values, load
from rft_cli.config.resolved import Config, Loaded, Origin
from rft_cli.config.root import find_root
from rft_cli.config.source import read_document
from rft_cli.config.validate import validate

__all__ = [
    "Cache",
    "Config",
    "Document",
    "Loaded",
    "Origin",
    "find_root",
    "from_values",
    "load",
    "read_document",
    "validate",
]
