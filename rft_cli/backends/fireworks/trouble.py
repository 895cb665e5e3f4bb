"""Why a connection came to nothing, in words for the person at this end: which host, through which proxy, what went wrong."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_NUMBER = re.compile(r"^\[Errno [^]]*\] *|^\[SSL: [^]]*\] *| *\(_ssl\.c:\d+\)$")
"""What systems write around their messages."""

_WORDS = {
    "ConnectTimeout": "it does not answer",
    "ReadTimeout": "no answer in time",
    "WriteTimeout": "it takes nothing more",
    "RemoteProtocolError": "the answer breaks off",
    "DecodingError": "the answer cannot be unpacked",
}
"""Kinds of failures whose own words say nothing to a user."""


def trouble(error: Exception, url: str) -> str:
    """What an error of the connection to an address means.

    Args:
        error: of httpx.
        url: whose; only its host is repeated.
    """
    said = _WORDS.get(type(error).__name__) or _NUMBER.sub("", str(error)) or type(error).__name__
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return f"{host}{_detour(url, host)}: {said}" if host else said


def _detour(url: str, host: str) -> str:
    """Which proxy requests go through, from the environment as httpx reads it."""
    # It loads http.client, which nobody needs before something fails.
    from urllib.request import getproxies, proxy_bypass

    scheme = url.partition(":")[0]
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if scheme != "https" or not proxy or proxy_bypass(host):
        return ""
    address = proxy if "://" in proxy else f"http://{proxy}"
    return f" through the proxy {urlsplit(address).netloc.rpartition('@')[2]}"
