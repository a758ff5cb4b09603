"""Write docs/reference/errors.md from the errors in the source, so that the page cannot go stale.

python tools/reference.py            write the page
python tools/reference.py --check    exit 1 when the page is not what would be written
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

from catalogues import packages, place, read

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
TOP = """# Errors / Erreurs

Written by `make words` from the source. Each error has a code that does not change, for machines; what
happened and what to do, for people. Words in braces are filled in when it happens.

Produit par `make words` à partir du code source. Chaque erreur a un code qui ne change pas, pour les
machines ; ce qui s’est passé et ce qu’il faut faire, pour les gens. Les mots entre accolades sont remplis
sur le moment.
"""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An error as its class tells it."""

    code: str
    package: Path
    sentence: str
    remedy: str


def text_of(value: ast.expr) -> str | None:
    """Return the text in `"…"` or `say("…")`."""
    if isinstance(value, ast.Call) and value.args:
        value = value.args[0]
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def texts_of(defined: ast.ClassDef) -> dict[str, str]:
    """Return the texts that the body of a class assigns."""
    texts = {}
    for line in defined.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            text = text_of(line.value)
            if text is not None:
                texts[line.targets[0].id] = text
    return texts


def errors(root: Path = ROOT) -> list[Told]:
    """Return every error class below src/ that has a code; words it lacks are those of its bases."""
    own: dict[str, tuple[Path, list[str], dict[str, str]]] = {}
    for package in packages(root):
        for path in sorted(package.rglob("*.py")):
            for defined in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(defined, ast.ClassDef):
                    bases = [base.id for base in defined.bases if isinstance(base, ast.Name)]
                    own[defined.name] = (package, bases, texts_of(defined))

    def whole(name: str) -> dict[str, str]:
        if name not in own:
            return {}
        texts: dict[str, str] = {}
        for base in own[name][1]:
            texts |= whole(base)
        return texts | own[name][2]

    told = []
    for name, (package, _, texts) in own.items():
        full = whole(name)
        if "code" in texts and {"sentence", "remedy"} <= set(full):
            told.append(
                Told(code=full["code"], package=package, sentence=full["sentence"], remedy=full["remedy"])
            )
    return sorted(told, key=lambda error: error.code)


def page(root: Path = ROOT) -> str:
    """Return the text of the page."""
    french = {package: read(place(package, "fr"), "fr") for package in packages(root)}

    def in_french(package: Path, sentence: str) -> str:
        message = french[package].get(sentence)
        return str(message.string) if message is not None and message.string else "—"

    return TOP + "".join(
        f"\n## `{error.code}`\n\n"
        f"- EN: {error.sentence} {error.remedy}\n"
        f"- FR : {in_french(error.package, error.sentence)} {in_french(error.package, error.remedy)}\n"
        for error in errors(root)
    )


def main(*options: str) -> int:
    text = page()
    if "--check" in options:
        fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print("Errors page: fresh" if fresh else "Errors page: stale; run make words")
        return 0 if fresh else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
