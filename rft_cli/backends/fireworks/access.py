"""Where the service is and with which key: the environment, and `.env` at the project root. Values are never shown."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from rft_cli.backends.fireworks.shape.wire import SERVICE_URL
from rft_cli.errors import SetupError
from rft_cli.task.environment import DOTENV_FILE, read_dotenv

KEY, ACCOUNT, BASE_URL = "FIREWORKS_API_KEY", "FIREWORKS_ACCOUNT_ID", "FIREWORKS_BASE_URL"
OTHER_BASE_URL = "FIREWORKS_API_BASE"
"""How another client of the service calls the address."""

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
    for name in (BASE_URL, OTHER_BASE_URL):
        # A project that somebody else wrote must not lead the user's own key to a place of its choice.
        if stored.get(name) and not os.environ.get(name) and key != (stored.get(KEY) or "").strip():
            raise SetupError(
                f"{name} stands in {DOTENV_FILE}, and the key does not: it could be sent anywhere",
                hint=f"export {name} as well, or write {KEY} into {DOTENV_FILE} too",
            )
    return Access(key, _url(value(BASE_URL), value(OTHER_BASE_URL)), value(ACCOUNT))


def _url(given: str, other: str) -> str:
    if given and other and given.rstrip("/") != other.rstrip("/"):
        raise SetupError(f"{BASE_URL} and {OTHER_BASE_URL} differ", hint="unset one of them")
    name = OTHER_BASE_URL if other and not given else BASE_URL
    url = (given or other or SERVICE_URL).rstrip("/")
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half of an IPv6 address
        is_address = False
    if not is_address:
        raise SetupError(f"{name} is no address", hint=f"unset it, or write one such as {SERVICE_URL}")
    if parts.path:
        raise SetupError(
            f"{name} has a path: {parts.path}", hint=f"write the root alone, such as {SERVICE_URL}"
        )
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise SetupError(
            f"{name} is more than an address", hint=f"write the root alone, such as {SERVICE_URL}"
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise SetupError(f"{name} would send the key unencrypted", hint="write it with https://")
    return url
