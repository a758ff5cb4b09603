"""XML and HTML from anybody: read without entities, outside files or network, and told as text and links.

lxml holds a document to 256 levels and to 10 MB for one text; what breaks its own rules is read as far as it
can be. A document type is taken out before reading, with all that it declares.
"""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lxml import etree, html

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What may stand before the first element: https://www.w3.org/TR/xml/#sec-prolog-dtd
BEFORE = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
ENDS = re.compile(rb"[\[\]>]|\"[^\"]*\"|'[^']*'")
# A named entity but the five of XML; only HTML's own names mean something without a document type.
NAMED = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{0,31});")
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "footer", "hr", "li", "main", "ol", "p", "pre", "section",
    "table", "td", "th", "tr", "ul",
})  # fmt: skip
SILENT = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object"})
LINKS_MAX = 500  # of one text; a page with more is an index
TEXT_MAX = 1 << 20  # characters of one text


def xml_tree(content: bytes) -> etree._Element | None:
    """Return the root of an XML document, as far as it can be read; None where nothing can."""
    parser = etree.XMLParser(
        resolve_entities="internal",  # the five of XML; others were taken out with the document type
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(NAMED.sub(_numbered, without_doctype(content)), parser)
    except (etree.XMLSyntaxError, ValueError):  # nothing but broken pieces; an encoding that nobody knows
        return None


def _numbered(entity: re.Match[bytes]) -> bytes:
    """Return one of HTML's named characters by its number; another name as the text that it is."""
    meant = html5.get(entity[1].decode() + ";")
    if meant is None:
        return b"&amp;" + entity[1] + b";"
    return "".join(f"&#{ord(one)};" for one in meant).encode()


def without_doctype(content: bytes) -> bytes:
    """Return an XML document without its document type; UTF-16 becomes UTF-8."""
    if content.startswith(WIDE_MARKS):
        content = _without_declaration(content.decode("utf-16", "replace").encode("utf-8", "replace"))
    start = 0
    while found := BEFORE.match(content, start):
        start = found.end()
    if not DOCTYPE.match(content, start):
        return content
    return content[:start] + content[_doctype_end(content, start) :]


def _without_declaration(content: bytes) -> bytes:
    start = content.find(b"<?xml")
    end = content.find(b"?>", start)
    return content[:start] + content[end + 2 :] if 0 <= start < end else content


def _doctype_end(content: bytes, start: int) -> int:
    """Return where a document type ends: at the first > that stands outside of quotes and brackets."""
    depth = 0
    for found in ENDS.finditer(content, start):
        sign = found[0]
        depth += (sign == b"[") - (sign == b"]")
        if sign == b">" and depth <= 0:
            return found.end()
    return len(content)


def text_and_links(marked: str | None, base: str | None) -> tuple[str | None, list[str]]:
    """Return what people read of a piece of HTML, and the addresses that it passes on, each once.

    Args:
        marked: the HTML; a text without signs of HTML is itself.
        base: the address that relative ones go by.
    """
    if not marked or not marked.strip():
        return None, []
    if "<" not in marked and "&" not in marked:
        return marked.strip()[:TEXT_MAX], []
    try:
        root = html.fragment_fromstring(marked[:TEXT_MAX].replace("\0", ""), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None, []  # lxml asserts that a page has one body: a document type alone has none
    return text_of(root), links_of(root, base)


def text_of(root: etree._Element) -> str | None:
    """Return what people read below an element, blocks on lines of their own; None where it says nothing."""
    lines = "".join(_texts(root)).split("\n")
    told = "\n".join(line for line in (" ".join(one.split()) for one in lines) if line)
    return told[:TEXT_MAX] or None


def _texts(root: etree._Element) -> Iterator[str]:
    """Yield the texts below an element in order, line ends around blocks; scripts stay silent."""
    hidden = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if name in SILENT:
            hidden += 1 if event == "start" else -1
        elif name in BLOCKS:
            yield "\n"
        said = element.text if event == "start" else element.tail
        if said and not hidden and (name or event == "end"):
            yield said.replace("\n", " ")


def links_of(root: etree._Element, base: str | None) -> list[str]:
    """Return the addresses of the web that the anchors below an element lead to, each once, in order."""
    found: dict[str, None] = {}
    for anchor in root.iter("a"):
        address = absolute(anchor.get("href"), base)
        if address:
            found[address] = None
        if len(found) >= LINKS_MAX:
            break
    return list(found)


def absolute(address: str | None, base: str | None) -> str | None:
    """Return an address of the web in full; None for what is none (`javascript:`, `mailto:`, an anchor)."""
    address = (address or "").strip()
    if not address or address.startswith("#"):
        return None
    try:
        whole = urljoin(base, address) if base else address
    except ValueError:  # brackets that are no IPv6 address
        return None
    return whole if whole[:8].lower().startswith(("http://", "https://")) else None


def said(element: etree._Element | None) -> str | None:
    """Return the text of an element and all below it, in one line; None where it says nothing."""
    if element is None:
        return None
    whole = " ".join("".join(part for part in element.itertext() if isinstance(part, str)).split())
    return whole[:TEXT_MAX] or None
