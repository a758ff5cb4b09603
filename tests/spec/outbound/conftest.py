"""Real servers on this machine, a certificate authority of our own, and names that only tests know."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vigie.outbound import LOOPBACK, Client, Peer, Policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Page = Callable[[BaseHTTPRequestHandler], None]

HERE = "127.0.0.1"
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FAR = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


class Authority:
    """A certificate authority."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.path = folder / f"{name}.pem"
        builder = self._builder(self.name, self.key, FAR)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        cert = builder.sign(self.key, hashes.SHA256())
        self.path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject, key, until):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(LONG_AGO)
            .not_valid_after(until)
        )

    def server_context(self, host: str, *, until=FAR) -> ssl.SSLContext:
        """Return what a server that proves to be `host` speaks."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        builder = self._builder(x509.Name([]), key, until).add_extension(names, critical=True)
        cert = builder.sign(self.key, hashes.SHA256())
        path = self.folder / f"{host}-{until.year}-{self.path.stem}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + cert.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "ours")


@pytest.fixture(scope="session")
def stranger(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "stranger")


@dataclass
class Site:
    """A running server and what it was asked."""

    host: str
    scheme: str
    port: int = 0
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/"

    @property
    def peer(self) -> Peer:
        return Peer(self.host, self.port, scheme=self.scheme, networks=LOOPBACK)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address) -> None:
        """Say nothing: that a client hangs up in the middle is what many tests are about."""


@pytest.fixture
def serve(authority):
    """Return a function that starts a server for `host` from `pages`, path -> what answers."""
    with ExitStack() as running:

        def start(pages: dict[str, Page], *, host: str = "feed.example", tls=authority) -> Site:
            site = Site(host, "https" if tls else "http")

            class Handler(BaseHTTPRequestHandler):
                timeout = 5

                def answer(self) -> None:
                    content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    site.asked.append((self.command, self.path, headers, content))
                    pages[self.path.split("?")[0]](self)

                do_GET = do_HEAD = do_POST = answer  # noqa: N815 (names of http.server)

                def log_message(self, *args: object) -> None:
                    pass

            server = Server((HERE, 0), Handler)
            running.callback(server.server_close)
            if tls:
                context = tls if isinstance(tls, ssl.SSLContext) else tls.server_context(host)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            site.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            running.callback(thread.join)
            running.callback(server.shutdown)
            return site

        yield start


@pytest.fixture
def listener():
    """Return a `socket` that listens and never answers, and the `site` that would stand there."""
    with socket.create_server((HERE, 0)) as listening:
        site = Site("feed.example", "https", listening.getsockname()[1])
        yield SimpleNamespace(socket=listening, site=site)


@pytest.fixture
def client(authority):
    """Return a function that makes a client to whom these sites are open, at these names."""

    def make(*sites: Site, resolver=None, clock=None, **limits) -> Client:
        policy = Policy(peers=tuple(site.peer for site in sites), ca_file=authority.path, **limits)
        known = {site.host: [HERE] for site in sites}
        more = {} if clock is None else {"clock": clock}
        return Client(policy, resolver=resolver or known_names(known), **more)

    return make


def known_names(known: dict[str, list[str]]):
    """Return a resolver that knows these names alone."""

    def resolver(host: str, port: int) -> list[str]:
        if host not in known:
            raise OSError(-2, "Name or service not known")
        return known[host]

    return resolver


@pytest.fixture
def names():
    return known_names


def answering(status: int, body: bytes = b"", **headers: str) -> Page:
    """Return a page that answers so; `_` in the name of a header stands for `-`."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return page


@pytest.fixture
def page():
    """Return how to make a page: `page(200, b"…", ETag="…")`."""
    return answering


@pytest.fixture
def raw():
    """Return how to make a page that sends these bytes, HTTP or not."""
    return lambda sent: lambda handler: handler.wfile.write(sent)
