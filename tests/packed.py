"""Packages as people get them, a node that runs from one, a browser that visits it: for tests/packaging."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from http.cookiejar import CookieJar
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import (
    HTTPCookieProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    Request,
    build_opener,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

ROOT = Path(__file__).parent.parent
BUILT = Path("src/vigie_node/web/static/web/build")
STOP_S_MAX = 60
ANSWER_S_MAX = 60
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 (the name of a field)
EDGE, FIELD = "edge-of-the-form", "Content-Disposition: form-data"


def bare_environment(**more: str) -> dict[str, str]:
    """Return an environment in which no other program is found, and nothing of this tree."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PATH": "", "LANG": "C.UTF-8", **more}


def build(tree: Path, kind: str, into: Path) -> Path:
    """Build a `wheel` or an `sdist` without Node or any other program, and return it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(into)]
    subprocess.run(command, cwd=tree, env=bare_environment(), check=True, capture_output=True)
    (built,) = into.iterdir()
    return built


def install(wheel: Path, folder: Path) -> Path:
    """Install a wheel into an environment of its own, over the libraries of this one; return its command."""
    venv.create(folder, with_pip=False, symlinks=True)
    libraries = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # A bare path adds the libraries here, but not the links of editable installations among them.
    (libraries / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(folder / "bin" / "python"),
        "--disable-pip-version-check",
    ]
    options = ["--quiet", "--no-deps", "--no-index", "--ignore-installed"]
    subprocess.run([*pip, "install", *options, str(wheel)], check=True, capture_output=True)
    return folder / "bin" / "vigie"


@dataclass(frozen=True)
class Node:
    """A node that runs from an installed wheel.

    Args:
        command: the installed `vigie`.
        home: its folder.
        more: what else stands in its environment.
    """

    command: Path
    home: Path
    more: dict[str, str] = field(default_factory=dict)

    def call(self, *arguments: str) -> str:
        """Run a command to its end and return what it said."""
        done = subprocess.run(
            [self.command, *arguments],
            env=self._environment(),
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self, *options: str) -> Iterator[str]:
        """Run `vigie up` while the block runs and give the address that it tells."""
        with (
            (self.home.parent / "up.log").open("w+") as log,
            subprocess.Popen(
                [self.command, "up", *options],
                env=self._environment(),
                cwd=self.home.parent,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            ) as up,
        ):
            try:
                assert up.stdout is not None
                told = re.search(r"https?://\S+", up.stdout.readline())
                assert told, (self.home.parent / "up.log").read_text()
                yield told[0]
            finally:
                up.send_signal(signal.SIGTERM)
                up.wait(STOP_S_MAX)

    def _environment(self) -> dict[str, str]:
        return bare_environment(VIGIE_HOME=str(self.home), **self.more)


@dataclass(frozen=True)
class Page:
    """What a server answered."""

    address: str
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode(errors="replace")

    @property
    def token(self) -> str:
        """What a form must send back."""
        found = re.search(f'name="{TOKEN}" value="([^"]+)"', self.text)
        assert found, self.text
        return found[1]

    def linked(self, *endings: str) -> list[str]:
        """Return the addresses of files that the page loads, of these kinds."""
        found = re.findall(r"""(?:href|src)="([^"]+)"|url\(["']?([^)"']+)""", self.text)
        whole = [urljoin(self.address, first or second) for first, second in found]
        return [one for one in whole if one.split("?")[0].endswith(endings)]


class _From(HTTPSHandler, HTTPHandler):
    """Comes from one of this machine's addresses, and trusts one certificate."""

    def __init__(self, trusts: Path | None, comes_from: str | None) -> None:
        super().__init__()
        self._context = ssl.create_default_context(cafile=str(trusts) if trusts else None)
        self._source = (comes_from, 0) if comes_from else None

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(HTTPConnection, request, source_address=self._source)

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(HTTPSConnection, request, source_address=self._source, context=self._context)


class _Stay(HTTPRedirectHandler):
    """Shows where one is led instead of going there."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Browser:
    """Keeps cookies, fills forms in, follows nothing."""

    def __init__(self, *, trusts: Path | None = None, comes_from: str | None = None) -> None:
        self.cookies = CookieJar()
        keeps, goes = HTTPCookieProcessor(self.cookies), _From(trusts, comes_from)
        self._opener = build_opener(keeps, goes, _Stay())

    def get(self, address: str, **headers: str) -> Page:
        """Ask for a page; `X_Some_Header="…"` sends that header."""
        return self._ask(address, None, headers)

    def post(self, page: Page, values: Mapping[str, str], **headers: str) -> Page:
        """Send the form of a page back."""
        data = urlencode({TOKEN: page.token, **values}).encode()
        return self._ask(page.address, data, {"Referer": page.address, **headers})

    def send(self, page: Page, values: Mapping[str, str], *, file: Iterable[bytes], size_bytes: int) -> Page:
        """Send the form of a page back with a file, piece by piece, as browsers do."""
        fields = {TOKEN: page.token, **values}
        head = "".join(
            f'--{EDGE}\r\n{FIELD}; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        )
        head += f'--{EDGE}\r\n{FIELD}; name="file"; filename="posts.csv"\r\nContent-Type: text/csv\r\n\r\n'
        tail = f"\r\n--{EDGE}--\r\n".encode()
        headers = {
            "Referer": page.address,
            "Content-Type": f"multipart/form-data; boundary={EDGE}",
            "Content-Length": str(len(head.encode()) + size_bytes + len(tail)),
        }
        return self._ask(page.address, chain([head.encode()], file, [tail]), headers)

    def follow(self, page: Page) -> Page:
        """Go where a page leads."""
        return self.get(urljoin(page.address, page.headers["location"]))

    def _ask(self, address: str, data: Any, headers: Mapping[str, str]) -> Page:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(address, data, named)  # noqa: S310 (only servers that tests started)
        try:
            with self._opener.open(request, timeout=ANSWER_S_MAX) as answer:
                return _page(answer)
        except HTTPError as refused:
            with refused:
                return _page(refused)


def _page(answer: HTTPError) -> Page:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Page(answer.url, answer.status, headers, answer.read())
