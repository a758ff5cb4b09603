"""The page: one file, no script, nothing fetched, both languages, and data that can do no harm."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from vigie.report import drawing
from vigie.report.render import render
from vigie.report.text import visible
from vigie.terms.findings import Indicator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vigie.terms.findings import Findings, Group

pytestmark = pytest.mark.usefixtures("drawn_once")
VOID = {"meta", "input", "br", "link", "img", "hr", "base", "area", "col", "embed", "source", "track", "wbr"}


class Outline(HTMLParser):
    """Reads a page into the list of its elements and their attributes' names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [
            value or "" for name, value in attrs if name in {"href", "src", "xlink:href", "action"}
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def hostile(group: Group, text: str) -> Group:
    """Return `group` with `text` wherever data can stand."""
    first = group.members[0].account
    renamed = lambda account: text if account == first else account  # noqa: E731 (a shorthand)
    return replace(
        group,
        members=tuple(
            replace(m, account=renamed(m.account), known_as=text if at == 0 else None)
            for at, m in enumerate(group.members)
        ),
        edges=tuple(
            replace(e, account_a=renamed(e.account_a), account_b=renamed(e.account_b)) for e in group.edges
        ),
        objects=tuple(
            replace(o, object=text, acts=tuple((at, renamed(who)) for at, who in o.acts))
            for o in group.objects
        ),
        indicators=(
            Indicator(code="x", leaning="open", sentence="One source, {origin}.", facts={"origin": text}),
        ),
    )


@pytest.fixture(scope="module")
def small(make_group: Callable[..., Group]) -> Group:
    return make_group(1, 4, objects=3)


EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "data:text/html,<b>x",
    "</title></svg><a href='//e.ca'>",
    "{{ 7*7 }}{% raw %}{number}",
    "]]><!--",
    "\u202egnp.exe\u2066",
    "\x00\x1b[31m",
    "\ud800",
)


@pytest.mark.parametrize("text", EVIL)
def test_hostile_strings_stay_text(small: Group, make_findings: Callable[..., Findings], text: str) -> None:
    page = render(make_findings(hostile(small, text)))
    page.encode()
    outline = Outline(page)
    calm = Outline(render(make_findings(hostile(small, "calm account"))))
    assert outline.tags == calm.tags
    assert outline.links == calm.links
    assert not set("\u202e\u2066\x00\x1b") & set(page)


@pytest.fixture(scope="module")
def undrawn() -> Iterator[None]:
    """Leave the charts out: they hold figures only, and drawing them is what takes time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drawing, "draw", lambda _spec, _language: Markup("<svg></svg>"))
        yield


@pytest.fixture(scope="module")
def calm(undrawn: None, small: Group, make_findings: Callable[..., Findings]) -> list[str]:
    del undrawn
    return _fixed(Outline(render(make_findings(hostile(small, "calm account")))))


def _fixed(outline: Outline) -> list[str]:
    """Return a page's elements but those that a long name adds or a hidden label leaves out."""
    return [tag for tag, _ in outline.tags if tag not in {"text", "details", "summary", "bdi"}]


@pytest.mark.slow  # a report for each example
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(text=st.text(st.characters(), min_size=1, max_size=16))
def test_no_string_of_data_changes_the_page(
    small: Group, calm: list[str], make_findings: Callable[..., Findings], text: str
) -> None:
    outline = Outline(render(make_findings(hostile(small, text))))
    assert not outline.open
    assert "script" not in {tag for tag, _ in outline.tags}
    assert not any(name.startswith("on") for _, names in outline.tags for name in names)
    assert all(link.startswith("#") for link in outline.links)
    assert _fixed(outline) == calm


def test_controls_and_directions_are_shown() -> None:
    assert visible("a\u202eb\x07\u200bc\nd") == "a⟨U+202E⟩b⟨U+0007⟩⟨U+200B⟩c↵ d"
    assert visible("👩\u200d🚀 é") == "👩\u200d🚀 é"


def test_the_manifest_cannot_break_out(make_findings: Callable[..., Findings]) -> None:
    page = render(replace(make_findings(), manifest={"</pre><script>": "\u202e<b>"}))
    assert "<script" not in page
    assert "\u202e" not in page


@pytest.mark.usefixtures("drawn_afresh")
def test_the_same_findings_give_the_same_bytes(realistic: Findings) -> None:
    assert render(realistic, made_ms=0) == render(realistic, made_ms=0)


def test_the_page_fetches_nothing_and_runs_nothing(realistic: Findings) -> None:
    page = render(realistic)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    outline = Outline(page)
    assert {tag for tag, _ in outline.tags}.isdisjoint({"script", "link", "iframe", "object", "img", "form"})
    assert all(link.startswith("#") for link in outline.links)
    assert "url(" not in page
    assert "@import" not in page


def test_ids_are_unique_and_every_reference_has_its_target(realistic: Findings) -> None:
    class Ids(HTMLParser):
        ids: list[str]
        named: list[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            del tag
            self.ids += [value or "" for name, value in attrs if name == "id"]
            self.named += [value or "" for name, value in attrs if name in {"aria-labelledby", "for"}]

    found = Ids()
    found.ids, found.named = [], []
    found.feed(render(realistic))
    assert len(found.ids) == len(set(found.ids))
    assert set(found.named) <= set(found.ids)


@pytest.mark.parametrize(("language", "other"), [("en", "fr"), ("fr", "en")])
def test_the_language_asked_for_shows_first(realistic: Findings, language: str, other: str) -> None:
    page = render(realistic, language=language)  # type: ignore[arg-type]
    assert f'<html lang="{language}">' in page
    assert f'id="lang-{language}" value="{language}" checked' in page
    assert f'id="lang-{other}" value="{other}">' in page


def test_every_picture_has_its_table(realistic: Findings) -> None:
    figures = render(realistic).split("<figure")[1:]
    assert len(figures) == 4 * len(realistic.groups)
    for figure in figures:
        body = figure.split("</figure>")[0]
        assert 'role="img"' in body
        assert "<details><summary>" in body
        assert "<table>" in body


def test_a_large_group_says_what_is_not_drawn(
    make_findings: Callable[..., Findings], make_group: Callable[..., Group]
) -> None:
    page = render(make_findings(make_group(1, 160, objects=4)))
    assert "Drawn: the 150 best connected of 160 accounts, the 600 strongest of" in page
    assert page.count('class="n" lang="en"') <= 150
    assert page.count('<path class="e"') <= 600
    assert "Drawn: the 40 best connected of the" in page


def test_nothing_found_says_what_was_tested(make_findings: Callable[..., Findings]) -> None:
    page = render(make_findings())
    assert "No group of accounts moved together" in page
    assert "2 combinations of behaviour and window were tested" in page
    assert "none holds" in page


def test_nothing_read_is_no_trouble(make_findings: Callable[..., Findings]) -> None:
    empty = replace(
        make_findings(), start_ms=None, end_ms=None, post_count=0, account_count=0, calibrations=()
    )
    page = render(empty)
    assert "Nothing could be tested" in page
    assert "No layer had enough acts" in page


def test_content_keeps_its_own_language(small: Group, make_findings: Callable[..., Findings]) -> None:
    assert '<bdi lang="">calm account</bdi>' in render(make_findings(hostile(small, "calm account")))


def test_a_group_without_evidence_still_renders(small: Group, make_findings: Callable[..., Findings]) -> None:
    bare = replace(small, edges=(), layers=(), objects=(), indicators=())
    assert "Nothing found in what was read." in render(make_findings(bare))
