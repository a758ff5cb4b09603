"""Where the guard lets a request go: names are resolved once and every answer counts. No sockets here."""

from __future__ import annotations

import itertools
import threading
from ipaddress import ip_network

import pytest

from vigie.outbound import LOOPBACK, Client, Peer, Policy
from vigie.outbound.errors import (
    AddressRefusedError,
    BadUrlError,
    OtherOriginError,
    OutboundError,
    PortRefusedError,
    SchemeRefusedError,
    TimedOutError,
    UnknownHostError,
)
from vigie.terms.errors import tell
from vigie.terms.languages import Words

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1::1"
TEN = (ip_network("10.0.0.0/8"),)
URL = "https://feed.example/"


def checker(*answers: str, policy: Policy | None = None) -> Client:
    """Return a client in a world where every name has these addresses."""
    return Client(policy or Policy(), resolver=lambda _host, _port: answers)


LITERALS = [  # abuse case, what somebody enters as a feed
    (20, "0.0.0.0"),  # noqa: S104 (refused: nothing listens here)
    (20, "127.0.0.1"), (20, "127.255.255.254"), (20, "0.1.2.3"), (20, "10.0.0.1"), (20, "172.16.0.1"),
    (20, "172.31.255.255"), (20, "192.168.1.1"), (20, "100.64.0.1"), (20, "169.254.0.1"),
    (20, "169.254.169.254"),
    (20, "169.254.170.2"), (20, "168.63.129.16"), (20, "100.100.100.200"), (20, "192.0.0.192"),
    (20, "192.0.2.1"),
    (20, "192.88.99.1"), (20, "198.18.0.1"), (20, "198.51.100.1"), (20, "203.0.113.1"), (20, "224.0.0.1"),
    (20, "239.255.255.250"), (20, "240.0.0.1"), (20, "255.255.255.255"),
    (20, "[::]"), (20, "[::1]"), (20, "[fe80::1]"), (20, "[fec0::1]"), (20, "[fc00::1]"),
    (20, "[fd00:ec2::254]"),
    (20, "[fd20:ce::254]"), (20, "[ff02::1]"), (20, "[100::1]"), (20, "[2001:db8::1]"), (20, "[3fff::1]"),
    (20, "[5f00::1]"), (20, "[4000::1]"), (20, "[2001:2::1]"), (20, "[2001:10::1]"), (20, "[2001:20::1]"),
    (22, "[::ffff:127.0.0.1]"), (22, "[::ffff:7f00:1]"), (22, "[::ffff:169.254.169.254]"),
    (22, "[::ffff:10.0.0.1]"),
    (22, "[::127.0.0.1]"), (22, "[::ffff:0:127.0.0.1]"), (22, "[64:ff9b::7f00:1]"),
    (22, "[64:ff9b::8.8.8.8]"),
    (22, "[64:ff9b:1::a00:1]"), (22, "[2002:7f00:1::]"), (22, "[2002:a9fe:a9fe::1]"),
    (22, "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"), (22, "[0:0:0:0:0:0:0:1]"), (22, "[::0001]"),
    (22, "127.0.0.1."), (22, "127。0。0。1"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "host"), LITERALS)
def test_abuse_20_and_22_an_inside_address_is_refused_however_written(case, host):
    with pytest.raises(AddressRefusedError) as caught:
        checker().check(f"https://{host}/")
    assert caught.value.code == "outbound.address", case


@pytest.mark.parametrize(("case", "host"), LITERALS)
def test_abuse_22_a_name_that_resolves_to_an_inside_address_is_refused(case, host):
    with pytest.raises(AddressRefusedError) as caught:
        checker(host.strip("[].").replace("。", ".")).check(URL)
    assert caught.value.facts["host"] == "feed.example", case


@pytest.mark.parametrize("answers", [(PUBLIC,), (PUBLIC_6,), (PUBLIC, PUBLIC_6), ("::ffff:8.8.8.8",)])
def test_a_name_with_public_addresses_is_admitted(answers):
    assert checker(*answers).check(URL) == URL


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.1", "::1", "64:ff9b::a00:1", "fe80::1%eth0"])
@pytest.mark.parametrize("others", [(PUBLIC, PUBLIC_6), ("8.8.8.8",)])
def test_abuse_22_one_denied_answer_among_several_refuses_the_name(inside, others):
    for answers in itertools.permutations((*others, inside)):
        with pytest.raises(AddressRefusedError):
            checker(*answers).check(URL)


def test_abuse_22_a_name_that_changes_its_answer_is_judged_each_time():
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    client = Client(Policy(), resolver=lambda _host, _port: next(answers))
    assert client.check(URL) == URL
    with pytest.raises(AddressRefusedError):
        client.get(URL)


def test_one_request_resolves_once_and_a_literal_never():
    asked = []
    client = Client(Policy(), resolver=lambda host, port: asked.append((host, port)) or [PUBLIC])
    client.check("https://Feed.Example./a")
    client.check("https://8.8.8.8/")
    assert asked == [("feed.example", 443)]


def test_a_name_without_address_is_unknown():
    with pytest.raises(UnknownHostError):
        checker().check(URL)


def test_a_resolver_that_never_answers_is_left_behind():
    never = threading.Event()
    client = Client(Policy(total_ms=20), resolver=lambda _host, _port: [PUBLIC] if never.wait(10) else [])
    with pytest.raises(TimedOutError):
        client.check(URL)
    never.set()


@pytest.mark.enable_socket
@pytest.mark.parametrize("name", ["localhost", "localhost.", "LOCALHOST"])
def test_abuse_20_the_resolver_of_this_machine_finds_this_machine_and_it_is_refused(name):
    with pytest.raises(AddressRefusedError):
        Client(Policy()).check(f"https://{name}/")


@pytest.mark.enable_socket
def test_a_name_that_cannot_be_is_unknown_to_the_resolver_of_this_machine():
    with pytest.raises(UnknownHostError):
        Client(Policy()).check("https://nothing.invalid/")  # RFC 6761: never a name


# Schemes and ports


@pytest.mark.parametrize("url", ["http://feed.example/", "http://feed.example:443/", "http://8.8.8.8/"])
def test_http_is_refused_without_a_peer(url):
    with pytest.raises(SchemeRefusedError):
        checker(PUBLIC).check(url)


@pytest.mark.parametrize("port", [0, 22, 25, 80, 6379, 8443, 65535])
def test_abuse_22_a_port_that_the_policy_does_not_name_is_refused(port):
    with pytest.raises(PortRefusedError):
        checker(PUBLIC).check(f"https://feed.example:{port}/")


def test_a_policy_names_its_ports():
    client = checker(PUBLIC, policy=Policy(ports=frozenset({443, 8443})))
    assert client.check("https://feed.example:8443/") == "https://feed.example:8443/"


# Peers


INSIDE = Policy(peers=(Peer("Partner.example.", 9000, scheme="http", networks=TEN),))


def test_a_peer_is_opened_at_its_scheme_host_port_and_network():
    assert (
        checker("10.1.2.3", policy=INSIDE).check("http://partner.example:9000/a")
        == "http://partner.example:9000/a"
    )


@pytest.mark.parametrize(("url", "error"), [
    ("http://partner.example:9001/", SchemeRefusedError),
    ("http://partner.example/", SchemeRefusedError),
    ("http://other.example:9000/", SchemeRefusedError),
    ("http://a.partner.example:9000/", SchemeRefusedError),
    ("http://10.1.2.3:9000/", SchemeRefusedError),
    ("https://partner.example:9000/", PortRefusedError),
    ("https://partner.example/", AddressRefusedError),
    ("https://10.1.2.3/", AddressRefusedError),
])  # fmt: skip
def test_whatever_differs_from_the_peer_stays_shut(url, error):
    with pytest.raises(error):
        checker("10.1.2.3", policy=INSIDE).check(url)


@pytest.mark.parametrize("answers", [
    ("192.168.0.1",), ("127.0.0.1",), (PUBLIC,), ("10.1.2.3", PUBLIC), ("10.1.2.3", "169.254.169.254"),
    ("fd00::1",),
])  # fmt: skip
def test_a_peer_with_networks_stands_there_and_nowhere_else(answers):
    with pytest.raises(AddressRefusedError):
        checker(*answers, policy=INSIDE).check("http://partner.example:9000/")


@pytest.mark.parametrize("network", [
    "169.254.169.254/32", "169.254.0.0/16", "fd00:ec2::254/128", "0.0.0.0/0", "::/0", "224.0.0.0/4",
    "64:ff9b::/96",
    "2002::/16", "240.0.0.0/4", "100.64.0.0/10",
])  # fmt: skip
def test_no_peer_opens_a_metadata_service_or_a_reserved_network(network):
    denied = [
        "169.254.169.254", "fd00:ec2::254", "224.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "240.0.0.1",
        "100.100.100.200", "::ffff:169.254.169.254",
    ]  # fmt: skip
    policy = Policy(peers=(Peer("partner.example", 443, networks=(ip_network(network),)),))
    for answer in denied:
        with pytest.raises(AddressRefusedError):
            checker(answer, policy=policy).check("https://partner.example/")


def test_a_peer_without_networks_is_at_a_public_address():
    policy = Policy(peers=(Peer("old.example", 80, scheme="http"),))
    assert checker(PUBLIC, policy=policy).check("http://old.example/") == "http://old.example/"
    with pytest.raises(AddressRefusedError):
        checker("10.0.0.1", policy=policy).check("http://old.example/")


def test_a_peer_on_this_machine_may_have_both_addresses_of_localhost():
    policy = Policy(peers=(Peer("localhost", 8000, scheme="http", networks=LOOPBACK),))
    client = checker("::1", "127.0.0.1", policy=policy)
    assert client.check("http://localhost:8000/") == "http://localhost:8000/"
    with pytest.raises(AddressRefusedError):
        checker("::1", "192.168.0.1", policy=policy).check("http://localhost:8000/")


# Addresses that an answer names


@pytest.mark.parametrize(("named", "leads"), [
    ("?page=2", "https://feed.example/list?page=2"),
    ("/other", "https://feed.example/other"),
    ("https://FEED.example:443/list?page=2", "https://feed.example/list?page=2"),
])  # fmt: skip
def test_abuse_21_a_next_page_of_the_same_origin_is_admitted(named, leads):
    assert checker(PUBLIC).check(named, named_by="https://feed.example/list?page=1") == leads


@pytest.mark.parametrize("named", [
    "https://other.example/", "//other.example/", "https://feed.example:8443/", "http://feed.example/",
    "https://feed.example.evil.example/", "https://169.254.169.254/", "https://a.feed.example/",
])  # fmt: skip
def test_abuse_21_a_next_page_of_another_origin_is_refused(named):
    with pytest.raises(OtherOriginError):
        checker(PUBLIC).check(named, named_by=URL)


@pytest.mark.parametrize(("named", "error"), [
    ("https://169.254.169.254/latest/", AddressRefusedError),
    ("//127.0.0.1/", AddressRefusedError),
    ("http://feed.example/", SchemeRefusedError),
    ("https://feed.example:22/", PortRefusedError),
    ("javascript:alert(1)", SchemeRefusedError),
    ("https://user@feed.example/", BadUrlError),
    ("https://127.1/", BadUrlError),
])  # fmt: skip
def test_abuse_21_an_address_that_an_answer_names_is_judged_where_any_origin_will_do(named, error):
    with pytest.raises(error):
        checker(PUBLIC).check(named, named_by=URL, same_origin=False)


def test_abuse_21_where_any_origin_will_do_a_public_one_is_admitted():
    assert (
        checker(PUBLIC).check("https://b.example/", named_by=URL, same_origin=False) == "https://b.example/"
    )


TWO_INSIDE = Policy(
    peers=(
        Peer("a.inside.example", 443, networks=TEN),
        Peer("b.inside.example", 443, networks=TEN),
        Peer("c.inside.example", 80, scheme="http", networks=TEN),
    )
)


def test_abuse_21_an_outside_answer_does_not_lead_to_an_inside_peer(names):
    known = {"feed.example": [PUBLIC], "a.inside.example": ["10.0.0.1"], "b.inside.example": ["10.0.0.2"]}
    client = Client(TWO_INSIDE, resolver=names(known))
    inside = "https://a.inside.example/"
    assert client.check(inside) == inside
    assert client.check(inside, named_by="https://b.inside.example/", same_origin=False) == inside
    with pytest.raises(AddressRefusedError):
        client.check(inside, named_by=URL, same_origin=False)


def test_abuse_22_https_does_not_lead_to_http_even_at_a_peer():
    client = checker("10.0.0.3", policy=TWO_INSIDE)
    assert client.check("http://c.inside.example/") == "http://c.inside.example/"
    with pytest.raises(SchemeRefusedError):
        client.check("http://c.inside.example/", named_by="https://a.inside.example/", same_origin=False)


# What errors say


@pytest.mark.parametrize("url", [
    "https://feed.example/private/path?token=secret", "https://secret@feed.example/",
    "http://feed.example/?token=secret", "https://feed.example:22/?token=secret",
])  # fmt: skip
def test_abuse_23_an_error_repeats_no_path_no_token_and_no_inside_address(url):
    with pytest.raises(OutboundError) as caught:
        checker("10.66.77.88").check(url)
    told = tell(caught.value, Words("en")) + repr(caught.value) + repr(caught.value.facts)
    assert not {word for word in ("secret", "token", "path?", "10.66.77.88") if word in told}
