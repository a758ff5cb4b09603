"""Where a request comes from (abuse case 13, and 45 for what clients write in headers)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie_node.people.addresses import client_of

PROXY = "10.0.0.1"


def test_a_header_from_nobody_we_trust_is_not_believed():
    assert client_of("203.0.113.9", "198.51.100.1", ()) == "203.0.113.9"


def test_a_trusted_proxy_is_believed_about_its_client():
    assert client_of(PROXY, "198.51.100.1", (PROXY,)) == "198.51.100.1"


def test_what_the_client_wrote_before_the_proxy_is_not_believed():
    assert client_of(PROXY, "127.0.0.1, 192.0.2.7, 198.51.100.1", (PROXY,)) == "198.51.100.1"


def test_several_trusted_proxies_are_passed_from_the_right():
    assert client_of(PROXY, "1.2.3.4, 198.51.100.1, 10.0.0.2", ("10.0.0.0/8",)) == "198.51.100.1"


@given(st.text(), st.ip_addresses(v=4).filter(lambda ip: str(ip) != PROXY))
def test_no_invented_beginning_changes_the_answer(invented, client):
    assert client_of(PROXY, f"{invented},{client}", (PROXY,)) == str(client)


@pytest.mark.parametrize("rubbish", ["", "unknown", "_hidden", "1.2.3", "<script>", "198.51.100.1:80"])
def test_a_hop_that_is_no_address_leaves_the_proxy_to_answer_for_it(rubbish):
    assert client_of(PROXY, rubbish, (PROXY,)) == PROXY


def test_all_of_one_site_of_ipv6_is_one_client():
    assert client_of("2001:db8:1:2:3::4", "", ()) == client_of("2001:db8:1:2:ffff::1", "", ())
    assert client_of("2001:db8:1:2:3::4", "", ()) != client_of("2001:db8:1:3::4", "", ())


def test_an_ipv4_address_in_ipv6_clothes_is_the_same_client():
    assert client_of("::ffff:203.0.113.9", "", ()) == "203.0.113.9"


def test_a_unix_socket_has_no_address():
    assert client_of("", "198.51.100.1", ()) == ""
