"""Sending to a webhook, and only there: allowed hosts, checked addresses, no redirects, an end to waiting."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from analyser.errors import SettingsError

SECONDS = 15.0
"""in which a receiver answers"""
LONGEST = 500
"""characters of an address"""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_url(url: str, hosts: Sequence[str]) -> SplitResult:
    """The parts of a webhook's address; raises SettingsError when nothing may be sent there.

    ``hosts`` are those that the administrator allows: a name, or ``*.example.com`` for all names below one.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise SettingsError(f"That is no address ({error}).") from error
    if len(url) > LONGEST or not url.isascii() or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise SettingsError(f"An address has at most {LONGEST} characters, and no spaces.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _loops(host)):
        raise SettingsError("An address begins with https:// (http:// only for this machine itself).")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise SettingsError("An address holds no name, password or #.")
    if not _listed(host, hosts):
        raise SettingsError(f"'{host}' is not allowed. Start with: analyser serve --webhook-host {host or 'HOST'}")
    return parts


async def send(url: str, body: bytes, headers: dict[str, str], hosts: Sequence[str]) -> str:
    """Post ``body`` as JSON; returns what went wrong, empty when the receiver took it (2xx)."""
    import httpx

    try:
        async with asyncio.timeout(SECONDS):
            parts = check_url(url, hosts)
            address = await _resolve(parts, by_name=(parts.hostname or "") in hosts)
            # Sent to the very address that was checked; name and certificate stay those of the host.
            there = httpx.URL(url).copy_with(host=str(address))
            sent = headers | {"Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "analyser"}
            extensions = {"sni_hostname": parts.hostname}
            async with (
                httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
                client.stream("POST", there, content=body, headers=sent, extensions=extensions) as answer,
            ):
                return "" if answer.is_success else f"answered {answer.status_code}"
    except SettingsError as error:
        return str(error)
    except TimeoutError:
        return f"no answer within {SECONDS:.0f} s"
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        return f"cannot be reached ({type(error).__name__})"


async def _resolve(parts: SplitResult, *, by_name: bool) -> Address:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    for address in addresses:
        if not may_reach(address, by_name=by_name):
            raise SettingsError(f"{parts.hostname} has an address that is not allowed.")
        if parts.scheme == "http" and not address.is_loopback:
            raise SettingsError("Without TLS only this machine itself is sent to.")
    return addresses[0]


def may_reach(address: Address, *, by_name: bool) -> bool:
    """Whether an address may be sent to: public ones, and private ones of a host that was allowed by its full name.

    Link-local addresses, where clouds keep their keys, and those that are nobody's are never sent to.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if address.is_loopback or address.is_private:
        return by_name
    return address.is_global


def _listed(host: str, hosts: Sequence[str]) -> bool:
    return bool(host) and any(
        host == allowed.lower() or (allowed.startswith("*.") and host.endswith(allowed[1:].lower()))
        for allowed in hosts
    )


def _loops(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
