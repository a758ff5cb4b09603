"""Keep the French and English catalogues: gather the sentences, check them, take translations in, compile.

    python tools/catalogues.py update          gather what src/ says into the catalogues
    python tools/catalogues.py check           list what is missing or wrong; exit 1 when there is something
    python tools/catalogues.py merge FILE.po   take French translations from fragments
    python tools/catalogues.py compile         write the .mo files

Sentences are found where they are written: `say("…")`, `words("…")`, `_("…")`, `gettext("…")` and, for those
that count, `words.count("one", "many", n)` and `ngettext("one", "many", n)`, in Python and in templates.
A sentence marked in a package belongs to the catalogue of that package.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections import defaultdict
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Literal

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po
from catalogue_files import compile_catalogues
from jinja2 import Environment, nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from babel.messages.catalog import Message

ROOT = Path(__file__).parent.parent
ONE = {"say", "_", "words", "_words", "gettext"}  # a sentence
COUNTED = {"count", "ngettext"}  # a sentence about one and about many
LITERAL = {"say"}  # whose sentence must stand where it is marked, or nobody could gather it
PLURALS = {"en": "nplurals=2; plural=(n != 1);", "fr": "nplurals=2; plural=(n > 1);"}

Id = str | tuple[str, str]
Found = dict[Id, set[str]]  # files by sentence
Language = Literal["en", "fr"]


class NotGatheredError(Exception):
    """A sentence is marked in a way that cannot be gathered."""


# --- Gather ----------------------------------------------------------------------------------------------


def in_python(source: str, file: str) -> Iterator[Id]:
    """Yield the sentences that Python `source` marks."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
        values = [arg.value if isinstance(arg, ast.Constant) else None for arg in call.args]
        glued = any(isinstance(arg, ast.JoinedStr) for arg in call.args[:1])
        if (name in LITERAL and not isinstance(next(iter(values), None), str)) or (name in ONE and glued):
            message = f"{file}:{call.lineno}: {name}(…) needs its sentence as one plain string"
            raise NotGatheredError(message)
        yield from marked(name, values)


def in_template(source: str) -> Iterator[Id]:
    """Yield the sentences that a Jinja template marks."""
    environment = Environment(  # noqa: S701 (nothing is rendered)
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"]
    )
    for call in environment.parse(source).find_all(nodes.Call):
        name = getattr(call.node, "name", None) or getattr(call.node, "attr", None)
        yield from marked(name, [arg.value if isinstance(arg, nodes.Const) else None for arg in call.args])


def marked(name: str | None, values: Sequence[object]) -> Iterator[Id]:
    """Yield what a call of `name` with these constants marks, if anything."""
    match values:
        case [str(one), *_] if name in ONE and one:
            yield one
        case [str(one), str(many), *_] if name in COUNTED:
            yield (one, many)


def gather(package: Path) -> Found:
    """Return the sentences of one package below src/, with the files that say them."""
    found: Found = defaultdict(set)
    for path in sorted(package.rglob("*")):
        file = path.relative_to(package.parent.parent).as_posix()
        if path.suffix == ".py":
            ids = list(in_python(path.read_text(encoding="utf-8"), file))
        elif path.suffix == ".html" and "templates" in path.parts:
            ids = list(in_template(path.read_text(encoding="utf-8")))
        else:
            continue
        for id_ in ids:
            found[id_].add(file)
    for id_ in [id_ for id_ in found if isinstance(id_, tuple) and id_[0] in found]:
        found[id_] |= found.pop(id_[0])  # gettext finds the form for one under the plural entry
    return dict(found)


# --- Catalogues ------------------------------------------------------------------------------------------


def packages(root: Path) -> list[Path]:
    """Return the packages below src/ that have catalogues."""
    return sorted(folder.parent for folder in root.glob("src/*/locale"))


def place(package: Path, language: str) -> Path:
    """Return where a package keeps its catalogue of one language."""
    return package / "locale" / language / "LC_MESSAGES" / f"{package.name}.po"


def read(path: Path, language: str) -> Catalog:
    """Return the catalogue at `path`, an empty one where there is none."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def key(id_: Id | Sequence[str]) -> str:
    """Return what a catalogue files a sentence under."""
    return id_ if isinstance(id_, str) else id_[0]


def kept(old: Catalog, id_: Id) -> str | tuple[str, ...]:
    """Return the translation that `old` has of a sentence, empty where it has none of this kind."""
    message = old.get(key(id_))
    empty: str | tuple[str, ...] = "" if isinstance(id_, str) else ("", "")
    if message is None or message.id != id_:
        return empty
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else message.string or empty


def render(found: Found, old: Catalog, language: Language) -> str:
    """Return the text of a catalogue: the same sentences and translations always give the same text."""
    new = Catalog(locale=language)
    for id_, files in found.items():
        string = id_ if language == "en" else kept(old, id_)
        before = old.get(key(id_))
        flags = {"fuzzy"} if before is not None and before.fuzzy and language == "fr" else set()
        new.add(id_, string, locations=[(file, 0) for file in sorted(files)], flags=flags)
        new[key(id_)].flags -= {"python-format", "python-brace-format"}  # our own check is stricter
    text = io.BytesIO()
    write_po(text, new, width=0, omit_header=True, sort_output=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n'
        f'"Plural-Forms: {PLURALS[language]}\\n"\n'
    )
    body = text.getvalue().decode("utf-8").strip()
    return f"{header}\n{body}\n" if body else header


def update(root: Path) -> None:
    for package in packages(root):
        found = gather(package)
        for language in ("en", "fr"):
            path = place(package, language)
            text = render(found, read(path, language), language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        missing = sum(not all(forms(message)) for message in read(place(package, "fr"), "fr") if message.id)
        print(f"{package.name}: {len(found)} sentences, {missing} without French")


def merge(root: Path, fragments: list[Path]) -> None:
    """Take the French translations of `fragments` for the sentences that our catalogues have."""
    french = {package: read(place(package, "fr"), "fr") for package in packages(root)}
    unknown = []
    for fragment in fragments:
        for message in read(fragment, "fr"):
            if not message.id or not all(forms(message)):
                continue
            holders = [ours for ours in french.values() if taken(message, ours)]
            unknown += [] if holders else [f"{fragment.name}: no such sentence: {message.id!r}"]
    for package, catalogue in french.items():
        text = render(gather(package), catalogue, "fr")
        place(package, "fr").write_text(text, encoding="utf-8")
    print("\n".join(unknown), file=sys.stderr, end="\n" if unknown else "")


def taken(message: Message, catalogue: Catalog) -> bool:
    """Put a translation into `catalogue` if it has the sentence, and tell whether it has."""
    ours = catalogue.get(key(message.id))
    if ours is None or ours.id != message.id:
        return False
    ours.string = message.string
    ours.flags.discard("fuzzy")
    return True


def forms(message: Message) -> tuple[str, ...]:
    """Return the forms of a translation."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


# --- Check -----------------------------------------------------------------------------------------------

PERCENT = re.compile(r"%(?:\((\w+)\))?[-#0+]*\d*(?:\.\d+)?[sdrifgeoxX]")
FRENCH = (
    (re.compile(r'"'), "straight double quotes; write « … »"),
    (re.compile(r"(?<![\u00a0\u202f]):(?=\s|$)"), "no non-breaking space before “:”"),
    (re.compile(r"«(?![\u00a0\u202f])"), "no non-breaking space after “«”"),
    (re.compile(r"(?<![\u00a0\u202f])»"), "no non-breaking space before “»”"),
    (re.compile(r" [;!?]"), "a plain space before “;”, “!” or “?”"),
)
CODE = re.compile(r"`[^`]*`|<[^>]*>")  # not prose: French typography does not rule it


def blanks(text: str) -> tuple[list[str], list[str]]:
    """Return the placeholders of a sentence: named ones sorted, unnamed ones (%s) in their order."""
    named = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    percent = list(PERCENT.finditer(text))
    named |= {f"%({match[1]})" for match in percent if match[1]}
    return sorted(named), [match[0] for match in percent if not match[1]]


def bad_typography(text: str) -> list[str]:
    """Return the rules of French typography that `text` breaks."""
    prose = CODE.sub("\u00a0", text)
    return [rule for pattern, rule in FRENCH if pattern.search(prose)]


def bad_translation(id_: Id, strings: tuple[str, ...]) -> list[str]:
    """Return what is wrong with the French of a sentence."""
    sources = (id_,) if isinstance(id_, str) else id_
    if not any(strings):
        return ["no French"]
    if len(strings) != len(sources) or not all(strings):
        return ["a plural form is missing"]
    problems = []
    for number, string in enumerate(strings):
        models = sources if number == 0 else sources[-1:]  # one account: the number may be a word
        try:
            if blanks(string) not in [blanks(model) for model in models]:
                problems.append(f"placeholders differ: {blanks(string)} for {blanks(models[-1])}")
        except ValueError as error:
            problems.append(f"placeholders are unreadable: {error}")
        ends = [(text[:1].isspace(), text[-1:].isspace()) for text in (string, models[-1])]
        if ends[0] != ends[1]:
            problems.append("spaces at the beginning or the end differ")
        problems += bad_typography(string)
    return problems


def bad_entries(found: Mapping[Id, set[str]], catalogue: Catalog, language: Language) -> Iterator[str]:
    """Yield what is wrong in one catalogue."""
    for id_ in found:
        message = catalogue.get(key(id_))
        if message is None or message.id != id_:
            yield f"not in the catalogue (make words): {id_!r}"
        elif message.fuzzy:
            yield f"fuzzy: {id_!r}"
        elif language == "en" and forms(message) != ((id_,) if isinstance(id_, str) else id_):
            yield f"English differs from its id: {id_!r}"
        elif language == "fr":
            yield from (f"{problem}: {id_!r}" for problem in bad_translation(id_, forms(message)))
    yield from (
        f"no longer used: {message.id!r}" for message in catalogue if message.id and message.id not in found
    )


def problems_of(root: Path) -> Iterator[str]:
    """Yield everything that is wrong with the catalogues below `root`."""
    for package in packages(root):
        try:
            found = gather(package)
        except NotGatheredError as error:
            yield str(error)
            continue
        languages: tuple[Language, ...] = ("en", "fr")
        for language in languages:
            path = place(package, language)
            try:
                catalogue = read(path, language)
            except PoFileError as error:
                yield f"{path.relative_to(root)}: unreadable: {error}"
                continue
            told = [f"{path.relative_to(root)}: {line}" for line in bad_entries(found, catalogue, language)]
            yield from told
            if not told and path.read_text(encoding="utf-8") != render(found, catalogue, language):
                yield f"{path.relative_to(root)}: not as `make words` writes it"


def check(root: Path) -> int:
    problems = list(problems_of(root))
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    print(
        f"Catalogues: {len(problems)} problems" if problems else "Catalogues: complete in French and English"
    )
    return 1 if problems else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Keep the French and English catalogues.")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository; tests give another")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update", help="gather what src/ says into the catalogues")
    commands.add_parser("check", help="list what is missing or wrong; exit 1 when there is something")
    commands.add_parser("compile", help="write the .mo files")
    fragments = commands.add_parser("merge", help="take French translations from fragments")
    fragments.add_argument("fragments", type=Path, nargs="+", metavar="FILE.po")
    given = parser.parse_args()
    if given.command == "update":
        update(given.root)
    elif given.command == "check":
        return check(given.root)
    elif given.command == "compile":
        compile_catalogues(given.root)
    else:
        merge(given.root, given.fragments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
