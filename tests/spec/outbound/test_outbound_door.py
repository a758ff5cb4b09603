"""There is one door: nothing else of the source opens a way out."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).parents[3] / "src"
DOOR = "vigie/outbound/"
WAYS_OUT = (  # modules that open connections, with all that is below them
    "httpx", "httpcore", "h11", "h2", "requests", "urllib3", "aiohttp", "websockets", "websocket", "pycurl",
    "anyio",
    "urllib.request", "http.client", "ftplib", "imaplib", "nntplib", "poplib", "smtplib", "telnetlib",
    "xmlrpc",
    "socket", "_socket", "ssl", "asyncio.streams", "multiprocessing.connection", "paramiko", "dns",
)  # fmt: skip
CALLS_OUT = {"open_connection", "create_connection", "urlopen", "urlretrieve", "sock_connect"}
NOT_OUT = {  # (file, module) -> why it may be there and calls nobody; what calls is caught by CALLS_OUT
    ("vigie_node/supervisor.py", "socket"): "it listens for visitors",
    ("vigie_node/serving.py", "socket"): "it takes over the socket that listens",
    ("vigie_node/doctor.py", "socket"): "it asks whether the node's port is free",
}


@pytest.fixture(scope="module")
def trees() -> list[tuple[str, ast.Module]]:
    files = {path.relative_to(SOURCE).as_posix(): path for path in sorted(SOURCE.rglob("*.py"))}
    return [
        (file, ast.parse(path.read_text(encoding="utf-8")))
        for file, path in files.items()
        if not file.startswith(DOOR)
    ]


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield every module that a file imports, by statement or by its name as text."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield from (f"{module}.{alias.name}" for alias in names)
            case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
                if ast.unparse(function).rpartition(".")[2] in {"import_module", "__import__"}:
                    yield name


def ways_out(tree: ast.AST) -> set[str]:
    return {way for name in imported(tree) for way in WAYS_OUT if f"{name}.".startswith(f"{way}.")}


def test_only_the_guarded_client_has_a_way_out(trees):
    found = {(file, way) for file, tree in trees for way in ways_out(tree)}
    assert found - set(NOT_OUT) == set(), "ask through vigie.outbound"


def test_every_exception_is_still_needed(trees):
    assert set(NOT_OUT) <= {(file, way) for file, tree in trees for way in ways_out(tree)}


def test_nothing_else_calls_out_by_name(trees):
    calls = [
        f"{file}:{node.lineno}"
        for file, tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).rpartition(".")[2] in CALLS_OUT
    ]
    assert calls == []


@pytest.mark.parametrize("line", [
    "import httpx", "import httpx as h", "from httpx import get", "import urllib.request",
    "from urllib import request",
    "from urllib.request import urlopen", "import http.client", "from http import client", "import socket",
    "from socket import create_connection", "__import__('requests')", "importlib.import_module('httpcore')",
    "def f():\n    import ssl", "import smtplib",
])  # fmt: skip
def test_this_test_sees_a_way_out(line):
    assert ways_out(ast.parse(line))


@pytest.mark.parametrize("line", [
    "from urllib.parse import urlsplit", "from http import HTTPStatus", "import sockets_of_ours",
    "from vigie.outbound import Client", "from .requests import thing",
])  # fmt: skip
def test_this_test_sees_no_way_out_where_there_is_none(line):
    assert not ways_out(ast.parse(line))
