"""Where a visitor comes from. Knows no models, so that whatever is declared may ask it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

__all__ = ["client_address"]


def client_address(request: HttpRequest) -> str | None:
    """The visitor's address; of IPv6 the network of 64 bits, since one household has all of it.

    ``X-Forwarded-For`` is believed only as far as our own proxies wrote it: ``CAPSULE_PROXIES`` of them.
    """
    return _named(_forwarded_for(request) or request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=1024)  # asked at every call of a public handler
def _named(said: str) -> str | None:
    address = _parsed(said)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or IPv6Network((int(address) >> 64 << 64, 64)).network_address
    return str(address) if address is not None else None


def _forwarded_for(request: HttpRequest) -> str:
    proxies: int = settings.CAPSULE_PROXIES
    if not proxies:
        return ""
    header: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in header.split(",")]
    return hops[-proxies] if 0 < proxies <= len(hops) else ""


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address.partition("%")[0])
    except ValueError:
        return None
