"""A wheel, installed where there is neither Node nor this tree, is a whole node."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

import pytest
from packed import Browser, Node, bare_environment, install

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
INIT = ("init", "--organisation", "Unité d’essai", "--admin", "camille")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
CHUNK = re.compile(r"chunks/[\w-]+[.]js")


@pytest.fixture(scope="module")
def command(wheel, tmp_path_factory):
    return install(wheel, tmp_path_factory.mktemp("installed") / "vigie")


def test_the_command_speaks_both_languages_and_runs_what_was_installed(command, tmp_path):
    node = Node(command, tmp_path / "node")
    assert "comptes" in node.call("--lang", "fr", "--help")
    assert "accounts" in node.call("--lang", "en", "--help")
    where = [command.parent / "python", "-c", "import vigie_node; print(vigie_node.__file__)"]
    told = subprocess.run(where, env=bare_environment(), capture_output=True, text=True, check=True).stdout
    assert told.startswith(str(command.parents[1]))


def test_a_node_is_made_and_shows_its_pages_with_styles_scripts_and_fonts(command, tmp_path):
    node, browser = Node(command, tmp_path / "node"), Browser()
    assert "/en/welcome/" in node.call(*INIT)
    with node.running("--port", "0") as address:
        page = browser.get(f"{address}/fr/sign-in")
        assert (page.status, "Mot de passe" in page.text) == (200, True)
        script = browser.get(f"{address}/static/web/build/vigie.js")
        loaded = [script, *(browser.get(one) for one in page.linked(*TYPES))]
        loaded += [browser.get(font) for sheet in loaded for font in sheet.linked(".woff2")]
        loaded += [browser.get(urljoin(script.address, name)) for name in CHUNK.findall(script.text)]
        assert {ending_of(one.address) for one in loaded} == set(TYPES)
        assert [one.address for one in loaded if one.status != 200] == []
        assert [one.address for one in loaded if kind_of(one) != TYPES[ending_of(one.address)]] == []
        found = {one["check"]: one["state"] for one in json.loads(node.call("doctor", "--json"))}
        assert set(found.values()) == {"ok"}


def ending_of(address: str) -> str:
    return PurePosixPath(urlsplit(address).path).suffix


def kind_of(page) -> str:
    return page.headers["content-type"].split(";")[0]


def test_the_demonstration_runs_to_its_end(command, tmp_path):
    node = Node(command, tmp_path / "node")
    said = node.call(
        "demo",
        "--out",
        str(tmp_path / "demo"),
        "--posts",
        "20000",
        "--port",
        "0",
        "--no-serve",
        "--lang",
        "en",
    )
    assert "Precision" in said
    there = Node(command, tmp_path / "demo" / "node")
    there.call("ledger", "verify")
    there.call("store", "verify")
