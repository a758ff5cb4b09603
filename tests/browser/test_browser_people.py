"""Ways in, in a real browser against the real web process of a real home.

Passkeys with a virtual authenticator; an identity provider that we did not write, on another site.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest

from vigie_node.making import make_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

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
        not (STATIC / "web" / "build" / "passkeys.js").exists(), reason="run `make console` first"
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
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
PROVIDER = HERE.parents[1] / "node_modules" / "oidc-provider"
PASSWORD = "une phrase de passe pour les essais"  # noqa: S105 (of invented people)
START_S = 120


@pytest.fixture(scope="module")
def socket_enabled_for_module() -> Iterator[None]:
    import pytest_socket

    pytest_socket.enable_socket()
    yield
    pytest_socket.disable_socket(allow_unix_socket=True)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, socket_enabled_for_module: None) -> Iterator[str]:
    """Yield the address of a node that serves."""
    del socket_enabled_for_module
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder, address = tmp_path_factory.mktemp("node") / "home", f"http://localhost:{port}"
    make_home(folder, name="Nœud d’essai", address=address, exercise=True, second_factor="optional")
    provider = _name_provider(folder, address)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"VIGIE_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "vigie_node.settings"}
    subprocess.run([sys.executable, str(HERE / "people_node.py")], env=environment, check=True)
    server = [sys.executable, "-m", "uvicorn", "vigie_node.asgi:application", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*server, "--port", str(port), "--lifespan", "off", "--log-level", "critical"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"{address}/en/sign-in")
        yield address
    finally:
        process.terminate()
        process.wait(10)
        if provider:
            provider.communicate()


def _name_provider(folder: Path, address: str) -> subprocess.Popen[str] | None:
    """Run the provider, where it is installed, and name it in a node's configuration."""
    node = shutil.which("node")
    if node is None or not PROVIDER.is_dir():
        return None
    script = HERE.parent / "node" / "people" / "provider.mjs"
    backs = [f"{address}/{language}/sign-in/service/back" for language in ("en", "fr")]
    process = subprocess.Popen(
        [node, str(script), "vigie", "secret", "ES256", *backs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    issuer = process.stdout.readline().strip()
    (folder / "keys" / "oidc.secret").write_text("secret", encoding="utf-8")
    settings = folder / "vigie.toml"
    said = settings.read_text(encoding="utf-8").replace(
        "[sign_in]",
        f'[outbound]\npeers = ["{issuer} 127.0.0.1/32"]\n\n[sign_in]\noidc_issuer = "{issuer}"\n'
        'oidc_client = "vigie"\noidc_secret_file = "keys/oidc.secret"\noidc_name = "essai"',
    )
    settings.write_text(said, encoding="utf-8")
    return process


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


def _with_device(page: Page, **changes: Any) -> tuple[Any, str]:
    """Give a page a device that holds passkeys, and return its door."""
    door = page.context.new_cdp_session(page)
    door.send("WebAuthn.enable")
    kind = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = door.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **changes}})
    return door, made["authenticatorId"]


def _sign_in_with_password(page: Page, address: str, username: str) -> None:
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    with page.expect_navigation(wait_until="domcontentloaded"):
        page.press("#id_password", "Enter")


def _violations(page: Page) -> list[tuple[str, str]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=WCAG).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


@pytest.mark.parametrize(("language", "who"), [("en", "anne"), ("fr", "guy")])
def test_a_passkey_is_added_and_signs_in(address: str, browser: Browser, language: str, who: str) -> None:
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    door, device = _with_device(page)

    page.goto(f"{address}/{language}/sign-in?next=/{language}/settings/passkeys")
    _sign_in_with_password(page, address, who)
    page.fill("#id_name", "portable")
    page.fill("#id_current", PASSWORD)
    page.click("[data-passkey=create] button")
    page.wait_for_selector("table#passkeys")
    (held,) = door.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert (held["isResidentCredential"], held["rpId"]) == (True, "localhost")

    context.clear_cookies()
    page.goto(f"{address}/{language}/sign-in?next=/{language}/settings/passkeys")
    page.press("[data-passkey=get] button", "Enter")
    page.wait_for_selector("table#passkeys")
    assert page.locator("table#passkeys td").nth(1).inner_text() != ""
    context.close()
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_device_without_a_passkey_is_told_so_and_the_password_stays(
    address: str, browser: Browser, language: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    _with_device(page)
    page.goto(f"{address}/{language}/sign-in")
    page.click("[data-passkey=get] button")
    page.wait_for_selector("[data-passkey-said=cancelled]")
    _sign_in_with_password(page, address, "anne")
    assert "/sign-in" not in page.url
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_about_passkeys_are_accessible_with_and_without_scripts(
    address: str, browser: Browser, language: str, width: int
) -> None:
    bad = {}
    for scripts in (True, False):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, bypass_csp=True, java_script_enabled=scripts
        )
        page = context.new_page()
        page.goto(f"{address}/{language}/sign-in?next=/{language}/settings/passkeys")
        assert page.locator("[data-passkey-without]").is_visible() is not scripts
        bad["sign-in"] = _violations(page) if scripts else []
        _sign_in_with_password(page, address, "anne")
        assert page.locator("#id_current").is_visible() is scripts
        bad["passkeys"] = _violations(page) if scripts else []
        if scripts:
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
        assert {name: found for name, found in bad.items() if found} == {}


def _sign_in_there(page: Page, login: str) -> None:
    """Sign in on the provider's own pages, and consent."""
    page.fill("[name=login]", login)
    page.fill("[name=password]", "x")
    page.press("[name=password]", "Enter")
    page.wait_for_selector("input[name=prompt][value=consent]", state="attached")
    page.locator("form button[type=submit]").last.click()


@pytest.mark.skipif(not PROVIDER.is_dir(), reason="there is no oidc-provider: run `make console`")
@pytest.mark.parametrize(("language", "who"), [("en", "anne"), ("fr", "guy")])
def test_an_account_is_linked_to_a_provider_and_signs_in_there(
    address: str, browser: Browser, language: str, who: str
) -> None:
    """Our policy lets nobody be led away by a form, and our cookie comes back from another site."""
    context = browser.new_context()
    page, place = context.new_page(), f"{address}/{language}/settings/sign-in-service"
    page.goto(f"{address}/{language}/sign-in?next=/{language}/settings/sign-in-service")
    _sign_in_with_password(page, address, who)
    page.fill("#id_current", PASSWORD)
    page.press("#id_current", "Enter")
    page.click("main a.button.primary")
    _sign_in_there(page, f"subject of {who}")
    page.wait_for_selector("table#identities")
    assert page.url == place

    context.clear_cookies()
    page.goto(f"{address}/{language}/sign-in?next=/{language}/settings/sign-in-service")
    page.click("a[href*='/sign-in/service']")
    _sign_in_there(page, f"subject of {who}")
    page.wait_for_selector("table#identities")
    assert page.url == place
    context.close()
