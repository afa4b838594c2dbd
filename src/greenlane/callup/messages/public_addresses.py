"""Whether a URL leads out to the public internet: a webhook must not reach into the platform's own network.

Pure: no Django. The name is resolved here, and the request goes to the address that was looked at, so that a
name that changes its address between check and use gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from greenlane.registry.worded import worded

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
LONGEST: Final = 500


class NotPublic(Exception):
    """The URL is not one that may be called; `why` is `worded`, a half-sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: the host as named, and the address that it is called at."""

    scheme: str
    host: str
    port: int
    ip: str
    path: str

    @property
    def host_header(self) -> str:
        """The value of ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL with the address in place of the name."""
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{ip}:{self.port}{self.path}"


_PORTS: Final = {"http": 80, "https": 443}


def target_of(url: str, allow_private: bool = False) -> Target:
    """Where a URL leads.

    Raises:
        NotPublic: not http(s), with a name or password in it, or at an address that is not public.
        OSError: the name cannot be resolved.
    """
    scheme, host, port, path = _parts(url)
    try:
        found: list[str] = [str(ipaddress.ip_address(host))]
    except ValueError:
        found = _resolved(host, port)
    if not allow_private and not all(is_public(ipaddress.ip_address(ip)) for ip in found):
        raise NotPublic(worded("%(host)s leads to a place that is not public", host=host))
    return Target(scheme, host, port, found[0], path)


def is_public(ip: IpAddress) -> bool:
    """Whether an address is one of the public internet, also where it wraps an IPv4 address."""
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if wrapped is None and ip.teredo is not None:
            wrapped = ip.teredo[1]
        if wrapped is None and ip in _NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _parts(url: str) -> tuple[str, str, int, str]:
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise NotPublic(worded("it has characters that no URL has, or too many"))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotPublic(worded("it is not a URL")) from error
    if parts.scheme not in _PORTS:
        raise NotPublic(worded("it does not begin with https:// or http://"))
    if not parts.hostname:
        raise NotPublic(worded("it has no host"))
    if parts.username is not None or parts.password is not None:
        raise NotPublic(worded("it has a user name in it"))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme], path


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise NotPublic(worded("its host is not a name")) from error
    return [str(entry[4][0]).partition("%")[0] for entry in found]
