"""The report in a real browser: accessible, readable at any width, switched without JavaScript."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser.looks import LOOKS, WIDTHS

from vigie.report.render import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from playwright.sync_api import Browser, Page

CHROMIUM = next((path for path in ("/usr/bin/chromium",) if Path(path).exists()), None) or shutil.which(
    "chromium"
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,  # Playwright speaks with its driver over a socket pair
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
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

PICTURES_APART = {"exclude": [["svg"]]}  # hidden from assistive technology: names and tables speak for them


def _builder() -> ModuleType:
    """Return the makers of findings that the spec tests of the report use."""
    file = Path(__file__).parents[1] / "spec" / "report" / "conftest.py"
    spec = importlib.util.spec_from_file_location("report_findings", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    make = _builder()
    found = make.findings(
        make.group(1, 12, objects=9), make.group(2, 5, behaviours=("link", "text"), objects=3)
    )
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render(found, made_ms=make.START_MS), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def socket_enabled_for_module() -> Iterator[None]:
    import pytest_socket

    pytest_socket.enable_socket()
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="module")
def browser(socket_enabled_for_module: None) -> Iterator[Browser]:
    del socket_enabled_for_module
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def opened(browser: Browser, address: str, *, width: int, language: str = "en", **more: Any) -> Page:
    """Return the page at a width, in a language chosen as a reader would."""
    page = browser.new_context(viewport={"width": width, "height": 800}, **more).new_page()
    page.goto(address)
    if language == "fr":
        page.focus("#lang-en")
        page.keyboard.press("ArrowRight")
    return page


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_axe_finds_nothing(browser: Browser, address: str, scheme: str, width: int, language: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, address, width=width, language=language, color_scheme=scheme, bypass_csp=True)
    page.eval_on_selector_all("main details", "all => all.slice(0, 6).forEach(one => one.open = true)")
    violations = Axe().run(page, context=PICTURES_APART, options=WCAG).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_off_the_side(browser: Browser, address: str, width: int) -> None:
    for language in ("en", "fr"):
        page = opened(browser, address, width=width, language=language)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.is_visible("#answer")
        assert page.is_visible(".switch")


def test_the_switch_works_by_keyboard_without_javascript_and_keeps_the_place(
    browser: Browser, address: str
) -> None:
    page = opened(browser, address, width=1280, java_script_enabled=False)
    assert page.locator(".answer .lede [lang=en]").first.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.locator(".answer .lede [lang=fr]").first.is_visible()
    assert not page.locator(".answer .lede [lang=en]").first.is_visible()
    assert page.locator("label[for=lang-en]").is_visible()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".answer .lede [lang=en]").first.is_visible()


def test_switching_far_down_the_page_stays_there(browser: Browser, address: str) -> None:
    page = opened(browser, address, width=1280)
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    page.evaluate("document.querySelector('#group-2').scrollIntoView()")
    page.wait_for_timeout(100)
    before = page.locator("#group-2").bounding_box()
    page.locator("#lang-fr").click()
    page.wait_for_timeout(100)
    after = page.locator("#group-2").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 120


def test_printing_shows_the_chosen_language_only(browser: Browser, address: str) -> None:
    page = opened(browser, address, width=1280, language="fr")
    page.emulate_media(media="print")
    assert page.locator(".answer .lede [lang=fr]").first.is_visible()
    assert not page.locator(".answer .lede [lang=en]").first.is_visible()
    assert not page.is_visible(".switch")


def test_the_page_asks_the_network_for_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    spoken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: spoken.append(message.text))
    page.goto(address)
    assert asked == [address]
    assert spoken == []
