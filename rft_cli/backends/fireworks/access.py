"""Where the service is and with which key: the environment, and `.env` at the project root. Values are never shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from rft_cli.errors import SetupError
from rft_cli.task.environment import DOTENV_FILE, read_dotenv

KEY, ACCOUNT, BASE_URL = "FIREWORKS_API_KEY", "FIREWORKS_ACCOUNT_ID", "FIREWORKS_BASE_URL"
OTHER_BASE_URL = "FIREWORKS_API_BASE"
"""How another client of the service calls the address."""

SERVICE_URL = "https://api.fireworks.ai"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts to which a key may travel unencrypted."""


class Access(NamedTuple):
    """What a client needs. Its text form hides the key."""

    key: str
    url: str = SERVICE_URL
    account: str = ""
    """Empty: the service is asked whose the key is."""

    def __repr__(self) -> str:
        return f"Access(key=…, url={self.url!r}, account={self.account!r})"


def read_access(root: Path) -> Access:
    """The access that the environment gives.

    Raises:
        SetupError: there is no key, or the address is none that a key may be sent to.
    """
    stored = read_dotenv(root / DOTENV_FILE)

    def value(name: str) -> str:
        return (os.environ.get(name) or stored.get(name) or "").strip()

    key = value(KEY)
    if not key:
        raise SetupError(
            f"the managed service needs a key, and {KEY} is not set",
            hint=f"export {KEY}=… or write it into {DOTENV_FILE} at the project root (and keep that out of git)",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SetupError(
            f"{KEY} holds no key: it has spaces or characters that no key has", hint="copy it again"
        )
    return Access(key, _url(value(BASE_URL), value(OTHER_BASE_URL)), value(ACCOUNT))


def _url(given: str, other: str) -> str:
    if given and other and given.rstrip("/") != other.rstrip("/"):
        raise SetupError(f"{BASE_URL} and {OTHER_BASE_URL} differ", hint="unset one of them")
    url = (given or other or SERVICE_URL).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SetupError(f"{BASE_URL} is no address", hint=f"unset it, or write one such as {SERVICE_URL}")
    if parts.path:
        raise SetupError(
            f"{BASE_URL} has a path: {parts.path}", hint=f"write the root alone, such as {SERVICE_URL}"
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SetupError(f"{BASE_URL} would send the key unencrypted", hint="write it with https://")
    return url
