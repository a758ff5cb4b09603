"""The list of denied networks, against a plain reading of it and against Python's own flags."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.outbound.denied import DENIED, denial, plain_address

MAPPED = ip_network("::ffff:0:0/96")
# Where Python 3.11 says is_global and a request must not go all the same. The registries of IANA call some of
# these "globally reachable", which is true of routers and no help to a guard. Later versions know a few more.
PYTHON_SAYS_GLOBAL = [
    "100.100.100.200/32", "168.63.129.16/32", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24", "224.0.0.0/4",
    "::/3", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100:0:0:1::/64", "4000::/2",
    "5f00::/16",
    "8000::/1", "fec0::/10", "ff00::/8", "2001::/23", "2001:3::/32", "2001:20::/28", "2001:30::/28",
    "2002::/16",
    "2620:4f:8000::/48", "3fff::/20",
]  # fmt: skip


def in_network(network):
    return st.integers(int(network[0]), int(network[-1])).map(type(network[0]))


def near(network):
    """Addresses in and around a network: where a list of networks is wrong by one."""
    widest = 2**network.max_prefixlen - 1
    edges = [int(network[0]) - 1, int(network[0]), int(network[-1]), int(network[-1]) + 1]
    return st.sampled_from([edge for edge in edges if 0 <= edge <= widest]).map(type(network[0]))


denied_networks = st.sampled_from([denied.network for denied in DENIED])
anywhere = st.one_of(
    denied_networks.flatmap(in_network),
    denied_networks.flatmap(near),
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    in_network(ip_network("2000::/3")),
)


def python_says_inside(address) -> bool:
    flags = ("private", "loopback", "link_local", "multicast", "reserved", "unspecified", "site_local")
    return any(getattr(address, f"is_{flag}", False) for flag in flags)


@given(denied_networks.flatmap(in_network))
def test_every_address_in_a_denied_network_is_denied(address):
    assert (
        denial(plain_address(str(address))) or address in MAPPED
    )  # an IPv4-mapped one is judged by the inner


@given(anywhere)
def test_the_narrowest_network_decides(address):
    holding = [denied for denied in DENIED if address in denied.network]
    assert denial(address) == max(holding, key=lambda denied: denied.network.prefixlen, default=None)


@given(anywhere)
def test_whatever_python_calls_inside_is_denied(address):
    address = plain_address(str(address))
    assert not python_says_inside(address) or denial(address)


@given(anywhere)
def test_where_python_says_global_and_we_say_no_is_written_down(address):
    address = plain_address(str(address))
    found = denial(address)
    if found and address.is_global:
        assert str(found.network) in PYTHON_SAYS_GLOBAL


@pytest.mark.parametrize("network", PYTHON_SAYS_GLOBAL)
def test_what_is_written_down_is_on_the_list(network):
    assert ip_network(network) in {denied.network for denied in DENIED}


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_mapped_address_is_the_one_inside_it(inner):
    assert plain_address(f"::ffff:{inner}") == inner


@given(anywhere.filter(lambda address: address.version == 6))
def test_a_zone_does_not_hide_an_address(address):
    assert plain_address(f"{address}%eth0") == plain_address(str(address))


@pytest.mark.parametrize("text", [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0",
    "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8",
    "2001:200::1", "2001:4860:4860::8888", "2003::1", "2606:4700::1111", "2a00:1450:4007::1", "3ffe:ffff::1",
])  # fmt: skip
def test_public_addresses_are_not_denied(text):
    assert denial(plain_address(text)) is None


@pytest.mark.parametrize(
    "text", ["127.1", "0177.0.0.1", "2130706433", "0x7f000001", "localhost", "", "1.2.3.4.5"]
)
def test_what_is_not_an_address_is_not_read_as_one(text):
    with pytest.raises(ValueError, match="does not appear to be"):
        plain_address(text)


def test_metadata_services_and_the_like_cannot_be_opened_even_inside_networks_that_can():
    for text in (
        "169.254.169.254",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "224.0.0.1",
        "fe80::1",
    ):
        assert not denial(ip_address(text)).openable
    assert denial(ip_address("10.0.0.1")).openable


def test_each_network_is_named_once_with_its_source():
    assert len({denied.network for denied in DENIED}) == len(DENIED)
    told = re.compile(r"RFC \d+|AWS|Azure|Alibaba|Google|Oracle|Scaleway")
    assert [denied for denied in DENIED if not told.search(denied.source)] == []


def test_all_of_ipv6_that_is_not_given_as_public_is_denied():
    covered = [ip_network("::/3"), ip_network("4000::/2"), ip_network("8000::/1"), ip_network("2000::/3")]
    assert sum(network.num_addresses for network in covered) == 2**128
    assert set(covered[:3]) <= {denied.network for denied in DENIED}
