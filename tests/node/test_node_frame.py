"""What every page and every answer keeps: headers, languages, errors that help; and a small web process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.test import Client

from vigie_node.web.middleware import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.django_db
HEAVY = ("numpy", "pyarrow", "scipy", "numba", "altair", "networkit", "vl_convert", "pandas", "httpx")


@pytest.mark.any_database
def test_the_web_process_imports_nothing_scientific():
    script = (
        "import sys, vigie_node.asgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "vigie_node.settings"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", ["/en/sign-in", "/fr/nowhere", "/health", "/api/v1/alerts", "/en/alerts"])
def test_every_answer_keeps_to_itself(path):
    headers = Client().get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(("asked", "language"), [("fr-CA,fr;q=0.9", "fr"), ("en", "en"), ("de", "en")])
def test_the_front_door_leads_to_the_visitors_language(asked, language):
    answer = Client().get("/", headers={"accept-language": asked})
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")


def test_the_front_door_leads_a_person_to_their_own_language(make_person, browser_of):
    answer = browser_of(make_person("analyst", language="fr")).get("/", headers={"accept-language": "en"})
    assert answer["Location"] == "/fr/"


def test_the_language_switch_keeps_the_place(analyst, browser_of):
    page = browser_of(analyst).get("/en/alerts?status=new&sort=-opened").content.decode()
    assert 'href="/fr/alerts?status=new&amp;sort=-opened"' in page
    assert 'hreflang="fr"' in page


@pytest.mark.parametrize(("language", "words"), [("en", "page"), ("fr", "page")])
def test_a_place_that_is_not_there_says_so_in_the_pages_language(language, words):
    answer = Client().get(f"/{language}/nowhere")
    assert answer.status_code == 404
    assert f'lang="{language}' in answer.content.decode()
    assert words in answer.content.decode()


def test_a_host_that_is_not_ours_is_refused():
    answer = Client().get("/en/sign-in", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_a_fault_of_ours_is_told_in_both_languages_and_shows_nothing_of_itself(
    monkeypatch, analyst, browser_of
):
    from vigie_node.overview import console

    def fail(*_: object) -> None:
        message = "a secret of the inside"
        raise RuntimeError(message)

    monkeypatch.setattr(console, "render", fail)
    browser = browser_of(analyst)
    browser.raise_request_exception = False
    page = browser.get("/en/")
    assert page.status_code == 500
    assert "secret of the inside" not in page.content.decode()
    assert 'lang="fr' in page.content.decode()
    assert 'lang="en' in page.content.decode()
