"""Requests to real servers on this machine, over TLS and without."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import hashlib
import socket
import struct
import threading
import traceback

import pytest

from vigie.outbound import LOOPBACK, Client, Peer, Policy
from vigie.outbound.errors import (
    AddressRefusedError,
    BadCaFileError,
    BadHeaderError,
    BadUrlError,
    BrokenAnswerError,
    InsecureError,
    OutboundError,
    RedirectRefusedError,
    SchemeRefusedError,
    UnknownHostError,
    UnreachableError,
)

pytestmark = pytest.mark.enable_socket

BODY = "Élection\n".encode() * 100


def test_a_page_is_fetched_over_tls_under_its_name(serve, client, page):
    site = serve({"/a": page(200, BODY, Content_Type="text/plain")})
    answer = client(site).get(f"{site.url}a?b=c")
    assert (answer.status, answer.body, answer.size_bytes) == (200, BODY, len(BODY))
    assert answer.sha256 == hashlib.sha256(BODY).hexdigest()
    assert answer.headers["content-type"] == "text/plain"
    assert (answer.url, answer.hops, answer.path) == (f"{site.url}a?b=c", (), None)
    [(method, path, headers, _)] = site.asked
    assert (method, path, headers["host"]) == ("GET", "/a?b=c", f"feed.example:{site.port}")
    assert headers["user-agent"] == "Vigie"


def test_an_answer_is_a_value_and_does_not_show_what_it_holds(serve, client, page):
    site = serve({"/": page(200, b"secret body", X_Key="secret header")})
    answer = client(site).get(site.url)
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.status = 500
    with pytest.raises(TypeError):
        answer.headers["a"] = "b"
    assert "secret" not in repr(answer)


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 404, 429, 500, 503])
def test_every_final_status_is_an_answer(serve, client, page, status):
    site = serve({"/": page(status, b"" if status == 204 else b"why", Retry_After="7")}, tls=None)
    answer = client(site).get(site.url)
    assert (answer.status, answer.is_success, answer.headers["retry-after"]) == (status, status < 300, "7")


def test_a_peer_with_http_alone_is_asked_by_http(serve, client, page):
    site = serve({"/": page(200, b"plain")}, tls=None)
    assert client(site).get(site.url).body == b"plain"


def test_content_is_posted(serve, client, page):
    site = serve({"/": page(202, b"taken")})
    content = b"x" * 300_000
    answer = client(site).post(site.url, content, content_type="application/json", headers={"X-Key": "k"})
    [(method, _, headers, received)] = site.asked
    assert (answer.status, method, received) == (202, "POST", content)
    assert (headers["content-type"], headers["x-key"]) == ("application/json", "k")


def test_the_next_address_is_tried_when_one_accepts_no_connection(serve, client, page):
    site = serve({"/": page(200, b"here")})
    answer = client(site, resolver=lambda _host, _port: ["127.0.0.2", "127.0.0.1"]).get(site.url)
    assert answer.body == b"here"


def test_threads_share_a_client(serve, client, page):
    site = serve({f"/{number}": page(200, str(number).encode()) for number in range(8)}, tls=None)
    shared, got = client(site), {}

    def ask(number: int) -> None:
        got[number] = shared.get(f"{site.url}{number}").body

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {number: str(number).encode() for number in range(8)}


# News only


def test_an_unchanged_page_is_not_sent_again(serve, client, page):
    first = page(200, b"news", ETag='W/"7"', Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT")
    site = serve({"/": lambda handler: (page(304) if handler.headers["If-None-Match"] else first)(handler)})
    asking = client(site)
    answer = asking.get(site.url)
    again = asking.get(site.url, etag=answer.etag, last_modified=answer.last_modified)
    assert (again.status, again.is_unchanged, again.body) == (304, True, b"")
    headers = site.asked[-1][2]
    assert headers["if-none-match"] == 'W/"7"'
    assert headers["if-modified-since"] == "Sun, 22 Nov 2026 10:00:00 GMT"


# Nothing remembered, nothing from the environment


def test_cookies_are_neither_kept_nor_told(serve, client, page):
    site = serve({"/": page(200, b"", Set_Cookie="id=1")})
    asking = client(site)
    assert "set-cookie" not in asking.get(site.url).headers
    asking.get(site.url)
    assert "cookie" not in site.asked[-1][2]


def test_proxies_trust_and_passwords_of_the_environment_are_not_used(
    serve, client, page, stranger, monkeypatch, tmp_path
):
    (tmp_path / ".netrc").write_text("machine feed.example login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("SSL_CERT_FILE", str(stranger.path))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site = serve({"/": page(200, b"direct")})
    answer = client(site).get(site.url)
    assert answer.body == b"direct"
    assert "authorization" not in site.asked[0][2]
    assert not (tmp_path / "keys.log").exists()
    other = serve({"/": page(200)}, host="other.example", tls=stranger)
    with pytest.raises(InsecureError):
        client(other).get(other.url)


# Certificates


def test_a_certificate_of_an_unknown_authority_is_refused(serve, client, page, stranger):
    site = serve({"/": page(200)}, tls=stranger)
    with pytest.raises(InsecureError) as caught:
        client(site).get(site.url)
    assert "authority" in caught.value.facts["reason"]
    assert site.asked == []


def test_a_certificate_for_another_name_is_refused(serve, client, page, authority):
    site = serve({"/": page(200)}, tls=authority.server_context("other.example"))
    with pytest.raises(InsecureError) as caught:
        client(site).get(site.url)
    assert "another name" in caught.value.facts["reason"]


def test_a_certificate_out_of_date_is_refused(serve, client, page, authority):
    context = authority.server_context("feed.example", until=dt.datetime(2001, 1, 1, tzinfo=dt.UTC))
    site = serve({"/": page(200)}, tls=context)
    with pytest.raises(InsecureError) as caught:
        client(site).get(site.url)
    assert "out of date" in caught.value.facts["reason"]


def test_a_server_without_tls_is_not_asked_by_https(serve, page, authority):
    site = serve({"/": page(200)}, tls=None)
    policy = Policy(peers=(Peer(site.host, site.port, networks=LOOPBACK),), ca_file=authority.path)
    with pytest.raises(InsecureError):
        Client(policy, resolver=lambda _host, _port: ["127.0.0.1"]).get(f"https://feed.example:{site.port}/")
    assert site.asked == []


def test_our_authority_is_unknown_without_the_policy_that_names_it(serve, page):
    site = serve({"/": page(200)})
    with pytest.raises(InsecureError):
        Client(Policy(peers=(site.peer,)), resolver=lambda _host, _port: ["127.0.0.1"]).get(site.url)


@pytest.mark.parametrize("content", [None, b"", b"not a certificate, secret"])
def test_abuse_23_a_file_of_authorities_that_cannot_be_used_is_told_without_its_content(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    client = Client(Policy(ca_file=path), resolver=lambda _host, _port: ["8.8.8.8"])
    with pytest.raises(BadCaFileError) as caught:
        client.get("https://feed.example/")
    assert "secret" not in whole_text(caught.value)


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_told(serve, client, page, status):
    site = serve({"/": page(status, b"moved", Location="/b"), "/b": page(200, b"there")}, tls=None)
    answer = client(site).get(site.url, headers={"Authorization": "secret"})
    assert (answer.body, answer.url, answer.hops) == (b"there", f"{site.url}b", (site.url,))
    assert site.asked[-1][2]["authorization"] == "secret"  # same origin


def test_abuse_22_credentials_stay_with_their_origin(serve, client, page):
    there = serve({"/": page(200, b"there")}, host="other.example")
    here = serve({"/": page(302, Location=there.url)})
    secrets = {"Authorization": "s", "Cookie": "s", "X-Api-Key": "s", "Proxy-Authorization": "s"}
    answer = client(here, there).get(here.url, headers={**secrets, "Accept-Language": "fr"}, etag="e")
    assert answer.hops == (here.url,)
    [(_, _, at_home, _)], [(_, _, abroad, _)] = here.asked, there.asked
    assert {name.lower() for name in secrets} | {"if-none-match"} <= set(at_home)
    assert set(abroad) == {"host", "user-agent", "accept-encoding", "connection", "accept", "accept-language"}


def test_abuse_22_another_port_is_another_origin(serve, client, page):
    there = serve({"/": page(200, b"there")})
    here = serve({"/": page(302, Location=there.url)})
    client(here, there).get(here.url, headers={"Authorization": "s"})
    assert "authorization" not in there.asked[0][2]


def test_abuse_22_credentials_do_not_come_back_with_a_second_redirect(serve, client, page):
    pages = {"/back": page(200, b"back")}
    here = serve(pages)
    there = serve({"/": page(302, Location=f"{here.url}back")}, host="other.example")
    pages["/"] = page(302, Location=there.url)
    client(here, there).get(here.url, headers={"Authorization": "s"})
    assert "authorization" not in here.asked[-1][2]


@pytest.mark.parametrize("to", [
    "https://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "https://localhost:{port}/", "https://[::1]:{port}/",
    "https://169.254.169.254/latest/meta-data/", "https://[::ffff:127.0.0.1]:{port}/",
    "http://feed.example:{port}/",
    "https://2130706433:{port}/", "https://inside.example/", "https://x@inside.example/",
    "javascript:alert(1)",
    "data:text/plain,x", "file:" + "///etc/passwd", "gopher://feed.example:{port}/_", "https://",
    "https://inside.example:22/",
    "https://nothing.example/",
])  # fmt: skip
def test_abuse_20_22_26_a_redirect_is_judged_as_any_address(serve, client, page, names, to):
    inside = serve({"/": page(200, b"inside")}, host="localhost", tls=None)
    here = serve({"/": page(302, Location=to.format(port=inside.port))})
    known = {"feed.example": ["127.0.0.1"], "localhost": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    with pytest.raises(OutboundError) as caught:
        client(here, resolver=names(known)).get(here.url)
    assert not isinstance(caught.value, UnreachableError | InsecureError)  # refused, not tried
    assert inside.asked == []


def test_abuse_22_https_does_not_lead_to_http(serve, client, page):
    there = serve({"/": page(200, b"there")}, host="other.example", tls=None)
    here = serve({"/": page(302, Location=there.url)})
    with pytest.raises(SchemeRefusedError):
        client(here, there).get(here.url)
    assert there.asked == []


def test_abuse_22_a_name_that_changes_between_two_hops_is_judged_anew(serve, client, page):
    site = serve({"/": page(302, Location="/b"), "/b": page(200, b"inside")})
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with pytest.raises(AddressRefusedError):
        client(site, resolver=lambda _host, _port: next(answers)).get(site.url)
    assert [path for _, path, _, _ in site.asked] == ["/"]


def test_abuse_22_the_checked_address_is_the_one_connected_to(serve, client, page):
    site = serve({"/": page(200, b"here")})
    asked = []
    resolver = lambda host, port: asked.append((host, port)) or ["127.0.0.1"]  # noqa: E731 (notes and answers)
    assert client(site, resolver=resolver).get(site.url).body == b"here"
    assert asked == [
        ("feed.example", site.port)
    ]  # once; the system's resolver does not know this name at all


@pytest.mark.parametrize(("redirects", "most", "is_followed"), [(2, 2, True), (3, 2, False), (1, 0, False)])
def test_redirects_end_somewhere(serve, client, page, redirects, most, is_followed):
    pages = {f"/{number}": page(302, Location=f"/{number + 1}") for number in range(redirects)}
    site = serve({**pages, f"/{redirects}": page(200, b"end")}, tls=None)
    if is_followed:
        assert len(client(site, redirects_max=most).get(f"{site.url}0").hops) == redirects
    else:
        with pytest.raises(RedirectRefusedError):
            client(site, redirects_max=most).get(f"{site.url}0")
        assert len(site.asked) == most + 1


@pytest.mark.parametrize("lines", [b"", b"Location: /a\r\nLocation: /b\r\n", b"Location: /\xff\r\n"])
def test_a_redirect_that_does_not_say_where_to_is_refused(serve, client, raw, lines):
    site = serve({"/": raw(b"HTTP/1.1 302 Found\r\n" + lines + b"Content-Length: 0\r\n\r\n")}, tls=None)
    with pytest.raises(RedirectRefusedError):
        client(site).get(site.url)


def test_what_is_posted_is_not_sent_elsewhere(serve, client, page):
    site = serve({"/": page(307, Location="/b"), "/b": page(200)})
    with pytest.raises(RedirectRefusedError):
        client(site).post(site.url, b"secret", content_type="text/plain")
    assert len(site.asked) == 1


# Headers that callers give


@pytest.mark.parametrize(("name", "value"), [
    ("X-Key", "a\r\nX-Other: b"), ("X-Key", "a\nb"), ("X-Key", "a\x00b"), ("X-Key", " a"), ("X-Key", "a "),
    ("X-Key", "€"), ("X Key", "a"), ("X-Key:", "a"), ("", "a"), ("X\r\nY", "a"), ("Clé", "a"),
    ("Host", "inside.example"), ("host", "a"), ("Content-Length", "0"), ("Transfer-Encoding", "chunked"),
    ("Connection", "keep-alive"), ("Accept-Encoding", "br"), ("Upgrade", "h2c"), ("User-Agent", "Mozilla"),
])  # fmt: skip
def test_a_header_that_would_break_or_steer_the_request_is_refused(client, name, value):
    with pytest.raises(BadHeaderError):
        client().get("https://feed.example/", headers={name: value})


@pytest.mark.parametrize("value", ["Bearer secret\n", "secret€"])
def test_abuse_23_a_refused_header_is_told_by_name_alone(client, value):
    with pytest.raises(BadHeaderError) as caught:
        client().get("https://feed.example/", headers={"Authorization": value})
    assert "secret" not in whole_text(caught.value)


def test_a_bad_etag_of_an_earlier_answer_is_refused(client):
    with pytest.raises(BadHeaderError):
        client().get("https://feed.example/", etag='"a"\r\nX: y')


# What cannot be read, and what errors say of it


def whole_text(error: BaseException) -> str:
    """Return all that a log or a page could show of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(getattr(error, "facts", ""))


@pytest.mark.parametrize("sent", [
    b"", b"SSH-2.0-secret\r\n", b"-ERR secret\r\n", b"HTTP/1.1 secret OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nsecret\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: secret\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nsecret",
    b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nsecret",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: secret\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
    b"HTTP/1.1 101 Switching\r\n\r\nsecret",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsecr",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 6\r\n\r\nsecret",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 6\r\n\r\nsecret",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: 6\r\n\r\nsecret",
])  # fmt: skip
def test_abuse_23_what_cannot_be_read_is_refused_and_not_repeated(serve, client, raw, sent):
    site = serve({"/": raw(sent)}, tls=None)
    with pytest.raises(BrokenAnswerError) as caught:
        client(site).get(site.url)
    assert "secret" not in whole_text(caught.value)


def test_a_host_that_accepts_no_connection_is_unreachable(serve, client, page):
    site = serve({"/": page(200)})
    resolver = lambda _host, _port: ["127.0.0.2", "127.0.0.3"]  # noqa: E731 (nobody listens there)
    with pytest.raises(UnreachableError):
        client(site, resolver=resolver).get(site.url)


def hanging_up(listening: socket.socket, *, after: bytes) -> threading.Thread:
    """Return a running server for one connection: it hears something, sends `after`, and resets."""

    def serve_one() -> None:
        connection, _ = listening.accept()
        connection.recv(65_536)
        connection.sendall(after)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, not end
        connection.close()

    thread = threading.Thread(target=serve_one)
    thread.start()
    return thread


def test_a_host_that_hangs_up_before_tls_is_unreachable(client, listener):
    thread = hanging_up(listener.socket, after=b"")
    with pytest.raises(UnreachableError):
        client(listener.site).get(listener.site.url)
    thread.join()


@pytest.mark.parametrize(
    "after", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_a_host_that_hangs_up_in_the_middle_gives_no_answer(client, listener, after):
    site = dataclasses.replace(listener.site, scheme="http")
    thread = hanging_up(listener.socket, after=after)
    with pytest.raises(BrokenAnswerError):
        client(site).get(site.url)
    thread.join()


def test_an_unknown_host_is_told_as_such(client):
    with pytest.raises(UnknownHostError):
        client().get("https://nothing.example/")


def test_a_bad_address_is_told_before_anything_is_asked(client):
    with pytest.raises(BadUrlError):
        client().get("https://127.1/")


# Compression


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_given_as_it_was(serve, client, page, coding):
    site = serve({"/": page(200, gzip.compress(BODY), Content_Encoding=coding)}, tls=None)
    answer = client(site).get(site.url)
    assert (answer.body, answer.sha256) == (BODY, hashlib.sha256(BODY).hexdigest())
    assert site.asked[0][2]["accept-encoding"] == "gzip"


def test_a_body_compressed_in_parts_is_read_whole(serve, client, page):
    site = serve({"/": page(200, gzip.compress(b"one ") + gzip.compress(b"two"), Content_Encoding="gzip")})
    assert client(site).get(site.url).body == b"one two"


@pytest.mark.parametrize("spoil", [
    lambda packed: packed[:-9], lambda packed: packed[:5], lambda packed: packed + b"more",
    lambda packed: packed[:12] + b"\xff\xff\xff" + packed[15:], lambda packed: packed[:-8] + b"\x00" * 8,
])  # fmt: skip
def test_a_body_compressed_badly_is_refused(serve, client, page, spoil):
    site = serve({"/": page(200, spoil(gzip.compress(BODY)), Content_Encoding="gzip")}, tls=None)
    with pytest.raises(BrokenAnswerError):
        client(site).get(site.url)


def test_a_compressed_file_stays_one(serve, client, page):
    packed = gzip.compress(BODY)
    site = serve({"/a.gz": page(200, packed, Content_Type="application/gzip")})
    assert client(site).get(f"{site.url}a.gz").body == packed


# Files


def test_a_body_goes_to_a_file(serve, client, page, tmp_path):
    site = serve({"/": page(200, gzip.compress(BODY), Content_Encoding="gzip")})
    answer = client(site).get(site.url, to=tmp_path / "body")
    assert (tmp_path / "body").read_bytes() == BODY
    assert (answer.path, answer.body, answer.size_bytes) == (tmp_path / "body", b"", len(BODY))
    assert answer.sha256 == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize("status", [304, 404, 500])
def test_the_body_of_an_error_makes_no_file(serve, client, page, tmp_path, status):
    site = serve({"/": page(status)}, tls=None)
    assert client(site).get(site.url, to=tmp_path / "body").path is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sent", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nbad",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nbad",
])  # fmt: skip
def test_a_file_is_whole_or_not_there(serve, client, raw, tmp_path, sent):
    site = serve({"/": raw(sent)}, tls=None)
    with pytest.raises(BrokenAnswerError):
        client(site).get(site.url, to=tmp_path / "body")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_already_is_left_alone(serve, client, page, tmp_path):
    (tmp_path / "body").write_text("mine")
    site = serve({"/": page(200, b"new")}, tls=None)
    with pytest.raises(FileExistsError):
        client(site).get(site.url, to=tmp_path / "body")
    assert (tmp_path / "body").read_text() == "mine"
