"""The one gate for outgoing connections: nothing is dialled but public addresses.

It sits where sockets are made, so it sees the address that is really dialled: whatever a name
resolves to now, however an address is spelt, wherever a redirect leads.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.connector import AddrInfoType

from pledgewatch.outcome import Reason, Reject

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEB_PORTS = (80, 443)
SYSTEM_PORTS = 1024
_PROTOCOL_ASSIGNMENTS = IPv4Network("192.0.0.0/24")  # some clouds' metadata is there
_NAT64 = IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")


class Gate:
    """Decides which addresses may be dialled.

    Args:
        allowed: networks that may be reached although they are not public, at any port.
    """

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)

    def check(self, address: str, port: int) -> None:
        """Let a public address pass.

        Raises:
            Reject: `unsafe_url` for every other address, and for system ports other than the web's.
        """
        ip = _embedded(ip_address(address.partition("%")[0]))
        if any(ip in network for network in self._allowed):
            return
        if not _is_public(ip):
            raise Reject(Reason.UNSAFE_URL, f"{ip} is not a public address")
        if port < SYSTEM_PORTS and port not in WEB_PORTS:
            raise Reject(Reason.UNSAFE_URL, f"port {port} is not for web pages")

    def connector(self) -> aiohttp.TCPConnector:
        """A connector whose every connection passes the gate. Needs a running event loop."""
        return aiohttp.TCPConnector(
            socket_factory=self._socket, limit=64, limit_per_host=2, force_close=True
        )

    def _socket(self, addr_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, sockaddr = addr_info
        self.check(str(sockaddr[0]), int(sockaddr[1]))
        return socket.socket(family, kind, protocol)


def _is_public(ip: Address) -> bool:
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    if isinstance(ip, IPv4Address):
        return ip not in _PROTOCOL_ASSIGNMENTS
    return not (ip.is_site_local or ip in _LOCAL_NAT64)


def _embedded(ip: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it is a translation of one."""
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    teredo = ip.teredo[1] if ip.teredo else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or ip
