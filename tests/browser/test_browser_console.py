"""Overview, inbox, alert, posts and runs in a real browser, served by the real web process of a real home.

Accessible in both languages, both widths, light and dark; nothing runs off the side, also at 200 % zoom;
every flow by keyboard alone and without JavaScript; no console message, so no breach of the content security
policy.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from browser.assessing_pages import EMPTY_INCIDENTS, INCIDENTS
from browser.collecting_pages import COLLECTING, EMPTY
from browser.looks import LOOKS, WIDTHS

from vigie_node.making import make_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "src" / "vigie_node" / "web" / "static"
CHROMIUM = next((path for path in ("/usr/bin/chromium",) if Path(path).exists()), None) or shutil.which(
    "chromium"
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,  # Playwright and its driver; the node on loopback
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(
        not (STATIC / "web" / "build" / "vigie.js").exists(), reason="run `make console` first"
    ),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LANGUAGES = ("en", "fr")
START_S = 120
READY_MS = 20_000


@dataclass(frozen=True)
class Node:
    """A node that serves, and what is in it."""

    address: str
    cookies: dict[str, dict[str, str]]
    ids: dict[str, str]

    def at(self, path: str, language: str = "en") -> str:
        """Return the address of a page; `{_5}` stands for the id of alert 5."""
        return (
            f"{self.address}/{language}{path.format(**{f'_{name}': id_ for name, id_ in self.ids.items()})}"
        )


PAGES = {
    "overview": "/",
    "inbox": "/alerts",
    "alert": "/alerts/{_12}",
    "signal": "/alerts/{_13}",
    "decided": "/alerts/{_5}",
    "posts": "/alerts/{_12}/posts",
    "together": "/alerts/together?alert={_12}&alert={_11}",
    "caring": "/alerts/caring?alert={_12}&alert={_11}",
    "parity": "/alerts/parity",
    "runs": "/watch/runs",
    "run": "/watch/runs/{_run}",
    "noticed": "/watch/runs/{_noticed}",
    "methods": "/watch/declarations/{_declaration}/methods",
    "failed": "/watch/runs/{_failed}",
    "lists": "/watch/lists",
    "list": "/watch/lists/{_list}",
    "removed": "/watch/lists/{_list}?change=removed",
    "list file": "/watch/lists/files/{_file}",
    "list new": "/watch/lists/new",
    "nothing": "/alerts?status=disputed&behaviour=image",
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, socket_enabled_for_module: None) -> Iterator[Node]:
    del socket_enabled_for_module
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder, address = tmp_path_factory.mktemp("node") / "home", f"http://localhost:{port}"
    make_home(folder, name="Nœud d’essai", address=address, exercise=True, second_factor="optional")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"VIGIE_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "vigie_node.settings"}
    made = subprocess.run(
        [sys.executable, str(HERE / "console_node.py")], env=environment, check=True, stdout=subprocess.PIPE
    )
    server = [sys.executable, "-m", "uvicorn", "vigie_node.asgi:application", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*server, "--port", str(port), "--lifespan", "off", "--log-level", "critical"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{address}/en/sign-in")
        yield Node(address, **json.loads(made.stdout.splitlines()[-1]))
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def socket_enabled_for_module() -> Iterator[None]:
    import pytest_socket

    pytest_socket.enable_socket()
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)


def _wait_for(address: str) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            with urlopen(address, timeout=30):  # noqa: S310 (our own process)
                return
        except OSError:  # not there yet, or slow to answer
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.fixture(scope="module")
def browser(socket_enabled_for_module: None) -> Iterator[Browser]:
    del socket_enabled_for_module
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser: Browser, node: Node) -> Iterator[Any]:
    """Return a maker of pages; at the end, none of them has complained in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "status of 422" in message.text:  # a form that came back: the browser says so of every such answer
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            complaints.append(f"{message.type}: {message.text}")

    def make(*, who: str = "anne", width: int = 1280, height: int = 900, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        context.add_cookies(
            [{"name": name, "value": value, "url": node.address} for name, value in node.cookies[who].items()]
        )
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _violations(page: Page) -> list[tuple[str, str]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=WCAG).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_axe_finds_nothing_on_any_page(
    opened: Any, node: Node, language: str, width: int, scheme: str
) -> None:
    page = opened(
        width=width, color_scheme=scheme, bypass_csp=True
    )  # axe is injected; the rest stays as it is
    bad = {}
    for name, path in PAGES.items():
        page.goto(node.at(path, language))
        page.eval_on_selector_all("main details", "all => all.slice(0, 3).forEach(one => one.open = true)")
        bad[name] = _violations(page)
    page = opened(who="new", width=width, color_scheme=scheme, bypass_csp=True)
    for name in ("overview", "inbox", "runs"):
        page.goto(node.at(PAGES[name], language))
        bad[f"{name} of a new node"] = _violations(page)
    assert {name: found for name, found in bad.items() if found} == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_off_the_side(opened: Any, node: Node, width: int) -> None:
    page = opened(width=width)
    wide = {}
    for language in LANGUAGES:
        for name, path in PAGES.items():
            page.goto(node.at(path, language))
            wide[language, name] = page.evaluate("document.documentElement.scrollWidth")
    assert {key: found for key, found in wide.items() if found > width} == {}


def test_pages_answer_without_scripts_from_elsewhere_or_inside_the_page(opened: Any, node: Node) -> None:
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES.values():
        page.goto(node.at(path))
        page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((node.address, "blob:", "data:"))] == []


def test_the_network_comes_alive_and_tells_about_an_account(opened: Any, node: Node) -> None:
    page = opened()
    page.goto(node.at(PAGES["alert"]))
    page.locator("#network").scroll_into_view_if_needed()
    page.wait_for_selector(".graph canvas", timeout=READY_MS)
    list_ = page.locator(".graph-tools select")
    list_.select_option(index=1)
    page.wait_for_function(
        "document.querySelector('.graph-says').textContent.includes('moved together with')"
    )
    assert page.locator(".graph-says a").get_attribute("href").startswith("/en/alerts/")


def test_without_scripts_the_pictures_and_their_tables_stand(opened: Any, node: Node) -> None:
    page = opened(java_script_enabled=False)
    page.goto(node.at(PAGES["alert"]))
    for name in ("network", "timeline", "lags", "strip"):
        figure = page.locator(f"figure[aria-labelledby={name}]")
        picture = figure.locator("img").first
        assert picture.is_visible()
        assert picture.bounding_box()["width"] > 200
        figure.locator("summary").click()
        assert figure.locator("table").is_visible()


def test_a_verdict_without_scripts(opened: Any, node: Node) -> None:
    page = opened(java_script_enabled=False)
    page.goto(node.at("/alerts/{_10}", "fr"))
    page.get_by_role("button", name=re.compile("^Consigner")).click()
    assert page.locator(".field-error").count() == 2
    page.get_by_role("radio", name=re.compile("^Écarter")).check()
    page.get_by_role("textbox", name="Motif").fill("Une rédaction connue.")
    page.get_by_role("button", name=re.compile("^Consigner")).click()
    assert "/fr/alerts/" in page.url
    assert page.get_by_text("Une rédaction connue.").is_visible()
    assert page.locator(".page-head .status").inner_text() == "Écartée"


def test_filters_tabs_and_pages_without_scripts(opened: Any, node: Node) -> None:
    page = opened(java_script_enabled=False)
    page.goto(node.at("/alerts"))
    page.get_by_role("navigation", name="Alerts by status").get_by_role("link", name="All alerts").click()
    assert "status=all" in page.url
    page.get_by_label("Behaviour").select_option("hashtags")
    page.get_by_role("button", name="Apply").click()
    assert "behaviour=hashtags" in page.url
    assert "status=all" in page.url
    assert page.locator("tbody tr").count() >= 2
    page.get_by_role("link", name="Français").click()
    assert "/fr/alerts" in page.url
    assert "behaviour=hashtags" in page.url


def _reach(page: Page, selector: str, *, key: str = "Tab") -> None:
    """Press a key until what a selector names has the focus, as somebody without a mouse does."""
    for _ in range(200):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by {key}")


def test_an_alert_is_found_read_and_confirmed_by_keyboard_alone(opened: Any, node: Node) -> None:
    page = opened()
    page.goto(node.at("/alerts?status=new"))
    page.wait_for_selector("[data-keys-hint]:not([hidden])")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr') !== null")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*-*")
    _reach(page, "input[name=verdict]")
    page.keyboard.press("Space")
    _reach(page, "textarea[name=reason]")
    page.keyboard.type("The same words within seconds.")
    _reach(page, "button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".messages .notice")
    assert "is recorded" in page.locator(".messages").inner_text()
    assert page.get_by_text("The same words within seconds.").first.is_visible()


def test_several_alerts_are_chosen_and_decided_by_keyboard_alone(opened: Any, node: Node) -> None:
    page = opened(who="guy")
    page.goto(node.at("/alerts?status=new"))
    page.wait_for_selector("[data-keys-hint]:not([hidden])")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    assert page.locator("tbody input:checked").count() == 2
    _reach(page, "form[action$=together] button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/together?*")
    assert page.locator("tbody tr").count() == 2
    _reach(page, "input[name=verdict]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    _reach(page, "textarea[name=reason]")
    page.keyboard.type("More must be known.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts")
    assert "2 alerts" in page.locator(".messages").inner_text()


def test_new_alerts_are_told_while_the_list_stays_open(opened: Any, node: Node) -> None:
    page = opened()

    def as_it_was(route: Route) -> None:
        """Give the list as it was when it had one alert."""
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r"after=\d+", "after=1", answer.text()))

    page.route("**/en/alerts", as_it_was)
    page.goto(node.at("/alerts"))
    line = page.wait_for_selector("[aria-live=polite][data-arrivals] a", timeout=READY_MS)
    assert re.fullmatch(r"\d+ new alerts: show them", line.inner_text())
    line.click()
    page.wait_for_url("**/en/alerts")


def test_the_keys_are_listed_on_demand(opened: Any, node: Node) -> None:
    page = opened()
    page.goto(node.at("/alerts"))
    page.wait_for_selector("[data-keys-hint]:not([hidden])")
    page.keyboard.press("?")
    assert page.locator("#keyboard-help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keyboard-help").is_visible()


def test_on_paper_stand_content_and_sources_only(opened: Any, node: Node) -> None:
    page = opened(java_script_enabled=False)
    page.goto(node.at(PAGES["alert"]))
    page.emulate_media(media="print")
    assert not page.locator(".rail").is_visible()
    assert page.locator("#readings").is_visible()
    assert page.locator("figure[aria-labelledby=timeline] img").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_axe_finds_nothing_on_the_pages_about_collecting_and_incidents(
    opened: Any, node: Node, language: str, width: int, scheme: str
) -> None:
    bad = {}
    pages = COLLECTING | INCIDENTS
    for who, names in (("guy", tuple(pages)), ("new", EMPTY + EMPTY_INCIDENTS)):
        page = opened(who=who, width=width, color_scheme=scheme, bypass_csp=True)  # axe is injected
        for name in names:
            page.goto(node.at(pages[name], language))
            page.eval_on_selector_all("main details", "all => all.forEach(one => one.open = true)")
            bad[who, name] = _violations(page)
    assert {name: found for name, found in bad.items() if found} == {}


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_off_the_side_of_pages_about_collecting_and_incidents(
    opened: Any, node: Node, width: int
) -> None:
    page = opened(who="guy", width=width)
    wide = {}
    for language in LANGUAGES:
        for name, path in (COLLECTING | INCIDENTS).items():
            page.goto(node.at(path, language))
            page.eval_on_selector_all("main details", "all => all.forEach(one => one.open = true)")
            wide[language, name] = page.evaluate("document.documentElement.scrollWidth")
    assert {key: found for key, found in wide.items() if found > width} == {}
