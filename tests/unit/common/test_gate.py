"""Nothing but public addresses is dialled, however they are spelt."""

from ipaddress import ip_network

import pytest

from pledgewatch.outcome import Reason, Reject
from services.common.gate import Gate


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  # an address to be refused
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_not_public(address: str) -> None:
    with pytest.raises(Reject) as refusal:
        Gate().check(address, 80)
    assert refusal.value.reason is Reason.UNSAFE_URL


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"]
)
@pytest.mark.parametrize("port", [80, 443, 8080])
def test_public(address: str, port: int) -> None:
    Gate().check(address, port)


@pytest.mark.parametrize("port", [0, 21, 22, 25, 53, 445, 1023])
def test_system_ports(port: int) -> None:
    with pytest.raises(Reject, match="port"):
        Gate().check("8.8.8.8", port)


def test_allowed_networks_open_nothing_else() -> None:
    gate = Gate([ip_network("127.0.0.0/8")])
    gate.check("127.0.0.1", 22)
    gate.check("::ffff:127.0.0.1", 9200)
    with pytest.raises(Reject):
        gate.check("::1", 80)
    with pytest.raises(Reject):
        gate.check("10.0.0.1", 80)
