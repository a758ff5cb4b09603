"""French and English are equals: what one says, the other says."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import vigie
import vigie_cli
import vigie_node
from vigie.terms.errors import VigieError

ROOT = Path(__file__).parents[2]
PACKAGES = (vigie, vigie_node, vigie_cli)
TOOL = ROOT / "tools" / "catalogues.py"
SOURCE = '''"""A package."""
def say(text): return text
HELLO = say("Hello {name}: welcome")
words = lambda text: text
words(say("Outside {inner}") + words("inside"))
words.count("one account", "{number} accounts", 3)
"a string".count("x")
'''
TEMPLATE = (
    "{{ _('In a template') }} {{ words.count('a day', '{number} days', n) }} {% trans %}Done{% endtrans %}"
)
FRENCH = {
    "Hello {name}: welcome": "Bonjour {name}\u00a0: bienvenue",
    "Outside {inner}": "Dehors {inner}",
    "inside": "dedans",
    "In a template": "Dans un gabarit",
    "Done": "Terminé",
}


def tool(*arguments: object, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, TOOL, "--root", root, *arguments]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def families(error: type[VigieError]) -> list[type[VigieError]]:
    return [error, *(deeper for child in error.__subclasses__() for deeper in families(child))]


def all_errors() -> list[type[VigieError]]:
    for package in PACKAGES:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    ours = [
        error
        for error in families(VigieError)
        if error.__module__.startswith(tuple(f"{one.__name__}." for one in PACKAGES))
    ]
    return [error for error in ours if "code" in vars(error)]


def fragment(translations: dict[str, str]) -> str:
    entries = [f'msgid "{english}"\nmsgstr "{french}"\n' for english, french in translations.items()]
    counted = """
msgid "one account"
msgid_plural "{number} accounts"
msgstr[0] "un compte"
msgstr[1] "{number} comptes"

msgid "a day"
msgid_plural "{number} days"
msgstr[0] "un jour"
msgstr[1] "{number} jours"
"""
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n"Language: fr\\n"\n'
    return "\n".join([head, *entries, counted])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository of one package whose catalogues are complete."""
    package = tmp_path / "src" / "small"
    (package / "templates").mkdir(parents=True)
    (package / "locale").mkdir()
    (package / "module.py").write_text(SOURCE, encoding="utf-8")
    (package / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "fr.po").write_text(fragment(FRENCH), encoding="utf-8")
    assert tool("update", root=tmp_path).returncode == 0
    merged = tool("merge", tmp_path / "fr.po", root=tmp_path)
    assert (merged.returncode, merged.stderr) == (0, "")
    return tmp_path


def french(root: Path) -> Path:
    return root / "src" / "small" / "locale" / "fr" / "LC_MESSAGES" / "small.po"


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_everything_people_read_is_said_in_french_and_english():
    checked = tool("check")
    assert checked.returncode == 0, checked.stderr


def test_every_error_has_a_code_of_its_own_and_speaks_french():
    errors = all_errors()
    codes = [error.code for error in errors]
    assert sorted(codes) == sorted(set(codes))
    untold = [
        (error.code, text)
        for error in errors
        for text in (error.sentence, error.remedy)
        if vigie.terms.languages.Words(
            "fr", packages=("vigie_cli", "vigie_node", "vigie")
        )._catalogue.gettext(text)
        == text
    ]
    assert untold == []


def test_complete_catalogues_pass_and_renewing_them_changes_nothing(small):
    before = french(small).read_text(encoding="utf-8")
    assert tool("update", root=small).returncode == 0
    assert french(small).read_text(encoding="utf-8") == before
    checked = tool("check", root=small)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('msgstr "dedans"', 'msgstr ""', "no French"),
        ('msgid "inside"', '#, fuzzy\nmsgid "inside"', "fuzzy"),
        ("Dehors {inner}", "Dehors {outer}", "placeholders differ"),
        ("{number} comptes", "des comptes", "placeholders differ"),
        ('msgstr[1] "{number} jours"', 'msgstr[1] ""', "a plural form is missing"),
        ("dedans", "dedans !", "a plain space before"),
        ("dedans", "dedans ", "spaces at the beginning or the end"),
        ("dedans", "« dedans »", "no non-breaking space after “«”"),
        ("dedans", r"\"dedans\"", "straight double quotes"),
        ("{name}\u00a0:", "{name} :", "no non-breaking space before “:”"),
        ("{name}\u00a0:", "{name}:", "no non-breaking space before “:”"),
    ],
)
def test_a_flaw_in_the_french_is_named(small, old, new, said):
    change(french(small), old, new)
    checked = tool("check", root=small)
    assert checked.returncode == 1
    assert said in checked.stderr


def test_a_time_an_address_and_code_are_no_breach_of_typography(small):
    change(french(small), "dedans", "dedans à 12:30, https://example.org, `a: b !`")
    checked = tool("check", root=small)
    assert checked.returncode == 0, checked.stderr


def test_a_sentence_that_nobody_says_any_more_is_named_then_dropped(small):
    change(small / "src" / "small" / "module.py", '+ words("inside")', "")
    checked = tool("check", root=small)
    assert checked.returncode == 1
    assert "no longer used: 'inside'" in checked.stderr
    tool("update", root=small)
    assert tool("check", root=small).returncode == 0


def test_a_sentence_glued_from_parts_is_refused(small):
    change(small / "src" / "small" / "module.py", 'say("Hello {name}: welcome")', 'say("Hello" + name)')
    checked = tool("check", root=small)
    assert checked.returncode == 1
    assert "needs its sentence as one plain string" in checked.stderr


def test_percent_placeholders_are_compared_too(small):
    module = small / "src" / "small" / "module.py"
    change(module, '"inside"', '"%(prog)s: missing %s"')
    tool("update", root=small)
    change(
        french(small),
        'msgid "%(prog)s: missing %s"\nmsgstr ""',
        'msgid "%(prog)s: missing %s"\nmsgstr "il manque %s"',
    )
    checked = tool("check", root=small)
    assert "placeholders differ" in checked.stderr
