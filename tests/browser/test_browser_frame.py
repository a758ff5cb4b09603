"""The frame and its components in a real browser, under the node's own policy, with and without scripts."""

from __future__ import annotations

import json
import math
import re
import shutil
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from browser.looks import LOOKS
from django import forms
from django.http import QueryDict
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from vigie_node.web.jinja import environment
from vigie_node.web.middleware import CONTENT_SECURITY_POLICY
from vigie_node.web.words import words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Playwright

HERE = Path(__file__).parent
STATIC = HERE.parents[1] / "src" / "vigie_node" / "web" / "static"
TEMPLATES = HERE.parents[1] / "src" / "vigie_node" / "web" / "templates" / "web"
CHROMIUM = next((path for path in ("/usr/bin/chromium",) if Path(path).exists()), None) or shutil.which(
    "chromium"
)
pytestmark = [
    pytest.mark.slow,  # the specimen of all components; real pages are in test_browser_console
    pytest.mark.browser,
    pytest.mark.enable_socket,  # Playwright and its driver; pages on loopback
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(
        not (STATIC / "web" / "build" / "vigie.js").exists(), reason="run `make console` first"
    ),
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
WITH_WEBGL = ["--enable-unsafe-swiftshader"]
WITHOUT_WEBGL = ["--disable-3d-apis"]
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
}
ERRORS = (400, 403, 404, 413, 429, 500, 503)
LANGUAGES = ("en", "fr")


def _either(language: str) -> Any:
    """Return a chooser between two ways to say something."""
    return lambda english, french: french if language == "fr" else english


def _form(language: str) -> forms.Form:
    """Return a form of every kind of field, sent with faults."""
    t = _either(language)

    class Verdict(forms.Form):
        verdict = forms.ChoiceField(
            label=t("What do you conclude?", "Que concluez-vous?"),
            choices=[("a", t("Confirm: it was coordinated", "Confirmer : c’était coordonné")), ("b", "…")],
            widget=forms.RadioSelect,
            help_text=t("Two persons are needed to confirm.", "Il faut deux personnes pour confirmer."),
        )
        reason = forms.CharField(label=t("Reason", "Motif"), widget=forms.Textarea, help_text="…")
        address = forms.EmailField(label=t("Email", "Courriel"), required=False)
        kind = forms.ChoiceField(label=t("Behaviour", "Comportement"), choices=[("1", "1")])
        read = forms.BooleanField(label=t("I have read the method card", "J’ai lu la fiche de la méthode"))

    return Verdict({"verdict": "a", "address": "nowhere"})


def _navigation(language: str) -> list[SimpleNamespace]:
    labels = {
        "gauge": ("Overview", "Vue d’ensemble"),
        "bell": ("Alerts", "Alertes"),
        "binoculars": ("Watch", "Veille"),
        "scroll-text": ("Ledger", "Registre"),
        "settings": ("Settings", "Réglages"),
    }
    return [
        SimpleNamespace(
            label=_either(language)(*said),
            href=f"?{icon}",
            icon=icon,
            current=icon == "bell",
            count=12 if icon == "bell" else 0,
        )
        for icon, said in labels.items()
    ]


def _rows(language: str) -> list[dict[str, Any]]:
    text = _either(language)(
        "The debate in Laval is cancelled, share before they delete it!",
        "Le débat de Laval est annulé, partagez avant qu’ils ne l’effacent!",
    )
    states = (
        "new",
        "in_review",
        "confirmed",
        "dismissed",
        "unsure",
        "running",
        "failed",
        "done",
        "cancelled",
    )
    return [
        {
            "account": f"acct-{at:04x}",
            "state": state,
            "text": text,
            "week": [2, 3, 2, 4, 9, 6, 3 + at % 4],
            "share": 0.94 - 0.07 * at,
            "posts": 1840 // (at + 1),
        }
        for at, state in enumerate(states)
    ]


def _context(language: str) -> dict[str, Any]:
    """Return what every page has from the context processors, and the specimen's own data."""
    t = _either(language)
    words = words_in(language)  # type: ignore[arg-type]
    office = t("Office of the Chief Electoral Officer", "Bureau du directeur général des élections")
    return {
        "_": words,
        "words": words,
        "language": language,
        "other_language": "en" if language == "fr" else "fr",
        "other_language_url": "/fr/" if language == "en" else "/en/",
        "request": SimpleNamespace(GET=QueryDict("page=2&kind=link")),
        "person": SimpleNamespace(
            name="Anne-Marie Lavoie-Desrochers",
            zone="America/Toronto",
            organisation=SimpleNamespace(name=office),
        ),
        "may": lambda _permission: True,
        "node": SimpleNamespace(name=t("Election watch", "Veille électorale"), exercise=True),
        "navigation": _navigation(language),
        "messages": [
            SimpleNamespace(level_tag="success", message=t("Your verdict was recorded.", "Avis consigné."))
        ],
        "csrf_input": "",
        "t": t,
        "form": _form(language),
        "rows": _rows(language),
    }


@cache
def _templates() -> Environment:
    made = environment(autoescape=True)
    assert made.loader is not None
    made.loader = ChoiceLoader([made.loader, FileSystemLoader(HERE)])
    made.globals["url"] = lambda name, **_named: f"?{name}"  # the routes belong to the apps above
    return made


def _network() -> bytes:
    """Return a network of two groups on circles, with some organic background."""
    nodes = [
        {
            "id": f"{group}-{at}",
            "x": 8 * group + 3 * math.cos(at),
            "y": 3 * math.sin(at),
            "size": 6,
            "group": group,
            "label": f"compte {group}-{at}",
            "sentence": f"Le compte {group}-{at} a agi avec deux autres.",
            "href": "?compte",
        }
        for group in (0, 1)
        for at in range(6)
    ]
    nodes.append({"id": "o", "x": 4, "y": 4, "size": 3, "label": "o", "sentence": "o", "organic": True})
    edges = [(6 * group + at, 6 * group + (at + 1) % 6, at + 1) for group in (0, 1) for at in range(6)]
    edges.append((len(nodes) - 1, 1, 1))  # the last node is not of the group
    groups = [{"id": 0, "label": "Même lien"}, {"id": 1, "label": "Même texte"}]
    return json.dumps({"nodes": nodes, "edges": edges, "groups": groups}).encode()


def _chart() -> bytes:
    return json.dumps(
        {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "data": {"values": [{"gap": 5 * at, "count": 300 >> at} for at in range(9)]},
            "mark": {"type": "bar", "color": "var(--accent)", "tooltip": True},
            "encoding": {
                "x": {"field": "gap", "type": "ordinal", "title": "s"},
                "y": {"field": "count", "type": "quantitative", "title": None},
                "opacity": {"condition": {"test": "datum.count > 20", "value": 1}, "value": 0.6},
            },
            "height": 200,
        }
    ).encode()


STILL = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 240"><style>rect{fill:#1f497a}
@media (prefers-color-scheme:dark){rect{fill:#85afe0}}</style><rect x="40" y="40" width="80" height="160"/>
<rect x="140" y="120" width="80" height="80"/></svg>"""


class _Node(BaseHTTPRequestHandler):
    """Serves the specimen as the node would: same policy, static files from the package."""

    protocol_version = "HTTP/1.1"
    pages: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            self._answer(file.read_bytes() if file.is_file() else None, KINDS[file.suffix])
        else:
            self._answer(self.pages.get(path), KINDS[Path(path).suffix or ".html"])

    def _answer(self, body: bytes | None, kind: str) -> None:
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base's name)
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    pages: dict[str, bytes] = {}
    for language in LANGUAGES:
        page = _templates().get_template("specimen.html").render(_context(language))
        parts = {"": page.encode(), "graph.json": _network(), "chart.json": _chart(), "chart.svg": STILL}
        parts["part.html"] = b'<p id="came">24</p>'
        parts["sign-in"] = _templates().from_string(SIGN_IN).render(_context(language)).encode()
        pages |= {f"/{language}/{name}": body for name, body in parts.items()}
    for code in ERRORS:
        template = _templates().get_template(f"web/error_{code}.html")
        pages[f"/error/{code}"] = template.render().encode()
    _Node.pages = pages
    with ThreadingHTTPServer(("127.0.0.1", 0), _Node) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


SIGN_IN = """{% extends "web/bare.html" %}
{% block title %}{{ t("Sign in", "Ouvrir une session") }}{% endblock %}
{% block main %}
{{ ui.page_head(t("Sign in", "Ouvrir une session")) }}
{{ ui.form_errors(form) }}
<form method="post">
{{ ui.field(form.address) }}
{% call ui.actions() %}{{ ui.button(t("Sign in", "Ouvrir une session")) }}{% endcall %}
</form>
{% endblock %}"""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *WITH_WEBGL]) as chromium:
        yield chromium


@pytest.fixture
def browser_without_webgl(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *WITHOUT_WEBGL]) as chromium:
        yield chromium


@pytest.fixture
def page_at(browser: Browser, address: str) -> Iterator[Any]:
    """Open pages of the specimen's node: `page_at("fr/", width=390)`."""
    contexts = []

    def open_page(place: str, *, width: int = 1280, **more: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800}, **more)
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{address}/{place}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def violations_on(page: Page, *, only: str | None = None) -> list[tuple[str, list[str]]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, context=only, options=WCAG).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_axe_finds_nothing_on_the_specimen(page_at: Any, language: str, width: int, scheme: str) -> None:
    page = page_at(f"{language}/", width=width, color_scheme=scheme, bypass_csp=True)
    page.wait_for_selector("#came")
    page.eval_on_selector_all("main details", "all => all.forEach(one => one.open = true)")
    assert violations_on(page) == []
    page.locator(".menu summary").click()
    assert violations_on(page, only=".menu") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("place", ["en/sign-in", "fr/sign-in", "error/500"])
def test_axe_finds_nothing_on_sign_in_and_error_pages(page_at: Any, place: str, scheme: str) -> None:
    assert violations_on(page_at(place, color_scheme=scheme, bypass_csp=True)) == []


@pytest.mark.parametrize("place", ["en/", "fr/", "fr/sign-in", "error/413"])
def test_nothing_in_the_frame_runs_off_the_side(page_at: Any, place: str) -> None:
    """640 is 1,280 at 200 % zoom, 320 the narrowest that WCAG asks for."""
    page = page_at(place)
    for width in (1280, 1024, 800, 640, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_policy_of_the_node_blocks_nothing_that_the_page_needs(
    browser: Browser, address: str, language: str
) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.add_init_script(
            "window.blocked = []; addEventListener('securitypolicyviolation',"
            " one => blocked.push(one.violatedDirective + ' ' + one.blockedURI))"
        )
        page = context.new_page()
        asked: list[str] = []
        wrong: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(f"{address}/{language}/")
        for island in ("graph", "chart"):
            page.locator(f"[data-island={island}]").scroll_into_view_if_needed()
            page.wait_for_selector(f"[data-island={island}][data-island-state=shown]")
        page.wait_for_selector("#came")
        assert page.evaluate("blocked") == []
        assert wrong == []
        assert [url for url in asked if not url.startswith(address)] == []


def test_every_letter_of_the_fonts_comes_from_the_node(page_at: Any) -> None:
    page = page_at("fr/")
    page.locator(".post").first.scroll_into_view_if_needed()
    page.wait_for_function("document.fonts.status === 'loaded'")
    loaded = page.evaluate(
        "[...document.fonts].filter(one => one.status === 'loaded').map(one => one.family)"
    )
    assert {family.strip('"') for family in loaded} >= {
        "Noto Sans",
        "Noto Sans Canadian Aboriginal",
        "Noto Sans Arabic",
        "Noto Sans Gurmukhi",
        "Noto Sans SC",
    }


def test_without_scripts_everything_can_be_read_and_sent(page_at: Any) -> None:
    page = page_at("en/", java_script_enabled=False)
    assert page.locator("#figure-network ~ .picture svg").is_visible()
    assert page.locator("#figure-lags ~ .picture img").is_visible()
    assert page.get_by_role("link", name="Latest runs").is_visible()
    page.locator("figure .disclosure summary").first.click()
    assert page.get_by_role("cell", name="9.4").is_visible()
    assert not page.locator("[data-keys-hint]").is_visible()
    assert page.get_by_role("button", name="Record the verdict").is_enabled()


def test_the_first_key_leads_past_the_navigation(page_at: Any) -> None:
    page = page_at("en/")
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("one => one === document.activeElement")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_rows_are_walked_selected_and_opened_by_keys(page_at: Any) -> None:
    page = page_at("en/")
    page.locator("[data-keys-hint]").wait_for()
    for key in ("j", "j", "k", "j", "x"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.rowIndex") == 2
    assert page.locator("tbody input:checked").get_attribute("value") == "acct-0001"
    page.keyboard.press("?")
    assert page.locator("#keyboard-help").is_visible()
    page.keyboard.press("Escape")
    page.locator("#q").fill("jk?")
    page.locator("#q").press("j")
    assert page.locator("#q").input_value() == "jk?j"
    page.locator("#q").blur()
    for key in ("j", "j", "j", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/?account=acct-0002")


def test_a_chosen_account_is_told_in_a_sentence_and_can_be_left(page_at: Any) -> None:
    page = page_at("fr/", reduced_motion="reduce")
    picture = page.locator("[data-island=graph]")
    picture.scroll_into_view_if_needed()
    page.wait_for_selector("[data-island=graph][data-island-state=shown]")
    said = page.locator(".graph-says")
    picture.get_by_role("combobox").select_option("1-3")
    assert "Le compte 1-3 a agi avec deux autres." in said.inner_text()
    assert "compte 1-2, compte 1-4" in said.inner_text()
    picture.locator(".graph").focus()
    for key in ("ArrowLeft", "ArrowUp", "+", "-", "0", "Escape"):
        page.keyboard.press(key)
    assert "Le compte 1-3" not in said.inner_text()


def test_without_webgl_the_static_network_stays(browser_without_webgl: Browser, address: str) -> None:
    page = browser_without_webgl.new_page()
    page.goto(f"{address}/en/")
    page.locator("[data-island=graph]").scroll_into_view_if_needed()
    page.wait_for_selector("[data-island=graph][data-island-state=kept]")
    assert page.locator("[data-island=graph] > svg").is_visible()


def test_a_chart_whose_data_do_not_come_stays_a_picture(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/chart.json", lambda route: route.fulfill(status=500))
        page.goto(f"{address}/en/")
        page.locator("[data-island=chart]").scroll_into_view_if_needed()
        page.wait_for_selector("[data-island=chart][data-island-state=kept]")
        assert page.locator("[data-island=chart] img").is_visible()


def test_heads_of_tables_stay_in_sight(page_at: Any) -> None:
    page = page_at("en/", reduced_motion="reduce")
    page.locator("#accounts-table tbody tr").last.evaluate("one => one.scrollIntoView({block: 'start'})")
    page.wait_for_function("document.querySelector('#accounts-table tbody').getBoundingClientRect().top < 0")
    top = page.evaluate("document.querySelector('#accounts-table thead th').getBoundingClientRect().top")
    assert top >= 0


def test_on_a_phone_what_one_presses_is_44_pixels_high(page_at: Any) -> None:
    page = page_at("fr/", width=390, has_touch=True)
    page.wait_for_selector("#came")
    small = page.evaluate(
        """() => [...document.querySelectorAll('.button, .rail a, .tools a, summary, select, .choice,'
             + '.tabs a, thead a, textarea, input:not([type=checkbox], [type=radio], [type=hidden])')]
             .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44)
             .map(one => one.outerHTML.slice(0, 120))"""
    )
    assert small == []


def test_paper_has_the_content_and_nothing_to_press(page_at: Any) -> None:
    page = page_at("en/")
    page.emulate_media(media="print")
    for gone in (".rail", ".tools", ".filters", ".downloads", ".pager .actions"):
        assert not page.locator(gone).first.is_visible(), gone
    assert page.locator("h1").is_visible()
    assert page.locator("#accounts-table").is_visible()


@pytest.mark.parametrize("code", ERRORS)
def test_error_pages_speak_both_languages_where_the_readers_is_unknown(code: int) -> None:
    template = _templates().get_template(f"web/error_{code}.html")
    nobody, reader = template.render(), template.render(language="fr", said="")
    assert 'lang="fr"' in nobody
    assert 'lang="en"' in nobody
    assert 'lang="en"' not in reader
    assert f"Erreur {code}" in reader


def test_templates_hold_no_inline_code_or_style() -> None:
    for file in TEMPLATES.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:|https?://", text), file.name
