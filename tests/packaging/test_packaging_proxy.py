"""deploy/nginx.conf as shipped, before a node installed from a wheel: TLS, addresses, large files."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyotp
import pytest
from packed import ROOT, Browser, Node, install

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
PASSWORD = "trois phoques sur la grève"  # noqa: S105 (of people who are invented)
PROXY, SOMEBODY, ANOTHER, STRANGER = "127.0.0.1", "127.0.0.5", "127.0.0.6", "127.0.0.7"
FREE = 20  # wrong passwords from one address before one must wait
MORE = 8  # each wait is twice the former: no machine is so slow that it outlasts the last
LINES = [
    b"post_id,author,created_ms,body\n",
    *[b"1,ana,1700000000000," + b"mot " * 16_379 + b"\n"] * 1024,
]  # 64 MiB
DECLARED = {
    "declaration": "new",
    "new-purpose": "Essai",
    "new-legal_basis": "Mandat 12",
    "new-responsible": "Anouk",
    "new-retention_days": "30",
}
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/vigie.conf;
}}
"""


@dataclass(frozen=True)
class Place:
    """A node behind a proxy."""

    node: Node
    address: str  # by TLS
    plain: str  # where the proxy only redirects
    behind: str  # past the proxy
    certificate: Path
    folder: Path

    def browser(self, comes_from: str) -> Browser:
        return Browser(trusts=self.certificate, comes_from=comes_from)

    def signed_in(self, username: str) -> Browser:
        """Return the browser of somebody new who has chosen a password and a second factor."""
        told = self.node.call("user", "add", username, "--role", "analyst", "--role", "approver")
        browser = self.browser(SOMEBODY)
        chosen = browser.post(
            browser.get(re.search(r"https://\S+", told)[0]), {"password": PASSWORD, "again": PASSWORD}
        )
        enrol = browser.follow(chosen)
        letters = re.search(r"<code>([A-Z2-7 ]+)</code>", enrol.text)[1].replace(" ", "")
        assert browser.post(enrol, {"code": pyotp.TOTP(letters).now()}).status == 200
        return browser


@pytest.fixture(scope="module")
def place(wheel, tmp_path_factory):
    programs = {
        name: shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") for name in ("nginx", "openssl")
    }
    if not all(programs.values()):
        pytest.skip("no nginx or openssl on this machine: the node was not tried behind a proxy")
    folder = tmp_path_factory.mktemp("place")
    tls, plain, behind = free_ports(3)
    command = install(wheel, folder / "vigie")
    shared = {name: os.environ[name] for name in ("DATABASE_URL",) if name in os.environ}
    node = Node(command, folder / "node", shared)
    node.call(
        "init",
        "--organisation",
        "Unité d’essai",
        "--admin",
        "camille",
        "--address",
        f"https://localhost:{tls}",
    )
    believe_proxy(node)
    certificate = certify(programs["openssl"], folder)
    configure(folder, tls=tls, plain=plain, behind=behind)
    with node.running("--port", str(behind)), proxying(programs["nginx"], folder, tls):
        yield Place(
            node=node,
            address=f"https://localhost:{tls}",
            plain=f"http://localhost:{plain}",
            behind=f"http://127.0.0.1:{behind}",
            certificate=certificate,
            folder=folder,
        )


def free_ports(count: int) -> list[int]:
    held = [socket.create_server((PROXY, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def believe_proxy(node: Node) -> None:
    """Write what the guide says into vigie.toml."""
    path = node.home / "vigie.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[web]\n", f'[web]\ntrusted_proxies = ["{PROXY}"]\n'), encoding="utf-8")


def certify(openssl: str, folder: Path) -> Path:
    certificate = folder / "fullchain.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    kind = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", str(folder / "privkey.pem")]
    command = [openssl, "req", "-x509", *kind, *names, "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate


def configure(folder: Path, *, tls: int, plain: int, behind: int) -> None:
    """Write deploy/nginx.conf with this machine's names, ports and paths; nothing else is altered."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    for shipped, here in (
        (r"    listen \[::\].*\n", ""),
        (r"listen 443 ", f"listen {PROXY}:{tls} "),
        (r"listen 80;", f"listen {PROXY}:{plain};"),
        (r"/etc/letsencrypt/live/vigie\.example\.org/", f"{folder}/"),
        (r"/var/log/nginx/", f"{folder}/"),
        (r"server_name vigie\.example\.org", "server_name localhost"),
        (r"vigie\.example\.org", f"localhost:{tls}"),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{behind}"),
    ):
        text, count = re.subn(shipped, here, text)
        assert count, shipped
    (folder / "vigie.conf").write_text(text, encoding="utf-8")
    (folder / "main.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")


@contextmanager
def proxying(nginx: str, folder: Path, port: int):
    command = [nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "main.conf")]
    with subprocess.Popen(command) as proxy:
        try:
            while not answers(port):
                assert proxy.poll() is None, (folder / "error.log").read_text()
                time.sleep(0.05)
            yield
        finally:
            proxy.terminate()


def answers(port: int) -> bool:
    try:
        socket.create_connection((PROXY, port), timeout=1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_who_comes_without_tls_is_led_to_the_same_page_with_it(place):
    led = place.browser(SOMEBODY).get(f"{place.plain}/fr/alerts?status=open")
    assert (led.status, led.headers["location"]) == (301, f"{place.address}/fr/alerts?status=open")


def test_pages_ask_for_tls_from_then_on_and_cookies_never_travel_without(place):
    browser = place.browser(SOMEBODY)
    page = browser.get(f"{place.address}/en/sign-in")
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert [cookie.name for cookie in browser.cookies if not cookie.secure] == []
    assert len(browser.cookies)


def test_one_signs_in_with_a_second_factor(place):
    browser = place.signed_in("noor")
    assert browser.get(f"{place.address}/en/").status == 200
    assert {cookie.secure for cookie in browser.cookies} == {True}


def test_guesses_are_counted_by_the_address_that_the_proxy_saw(place):
    guesser, another = place.browser(SOMEBODY), place.browser(ANOTHER)
    answers = [
        guess(guesser, place.address, number, X_Forwarded_For=f"203.0.113.{number}")
        for number in range(FREE + MORE)
    ]
    assert (answers[:FREE], 429 in answers[FREE:]) == ([422] * FREE, True)
    assert guess(another, place.address, FREE + MORE) == 422


def test_whoever_gets_past_the_proxy_is_not_believed(place):
    stranger = place.browser(STRANGER)
    answers = [
        guess(stranger, place.behind, number, X_Forwarded_For=f"198.51.100.{number}", Origin=place.address)
        for number in range(100, 100 + FREE + MORE)
    ]
    assert (answers[:FREE], 429 in answers[FREE:]) == ([422] * FREE, True)


def guess(browser: Browser, address: str, number: int, **headers: str) -> int:
    """Try a wrong password under a name that nobody tried before; the cookie goes along even without TLS."""
    page = browser.get(f"{address}/en/sign-in", **headers)
    cookie = page.headers["set-cookie"].partition(";")[0]
    tried = {"username": f"nobody{number}", "password": PASSWORD}
    return browser.post(page, tried, Cookie=cookie, **headers).status


def test_a_large_file_streams_through_and_leaves_no_copy_with_the_proxy(place):
    browser = place.signed_in("anouk")
    form = browser.get(f"{place.address}/en/watch/intakes/new")
    answer = browser.send(form, DECLARED, file=LINES, size_bytes=sum(map(len, LINES)))
    assert (answer.status, "/en/watch/intakes/" in answer.headers.get("location", "")) == (302, True)
    assert browser.follow(answer).status == 200
    assert [path for path in (place.folder / "body").rglob("*") if path.is_file()] == []


def spooled(place: Place) -> set[str]:
    return {path.name for path in (place.node.home / "spool").iterdir()}


def test_a_large_file_from_somebody_unknown_is_refused_and_kept_nowhere(place):
    browser = place.browser(SOMEBODY)
    form = browser.get(f"{place.address}/en/sign-in")
    before = spooled(place)
    answer = browser.send(form, {}, file=LINES, size_bytes=sum(map(len, LINES)))
    assert answer.status == 413
    assert spooled(place) == before


def test_the_doctor_finds_nothing_wrong_behind_the_proxy(place):
    assert ": warning" not in place.node.call("doctor", "--lang", "en")
