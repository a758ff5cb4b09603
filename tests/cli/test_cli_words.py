"""What the command says of itself, in both languages, and the statuses it ends with."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import vigie as core
import vigie_cli
import vigie_node
from vigie.terms.errors import VigieError
from vigie.terms.languages import Words
from vigie.terms.posts import POSTS
from vigie_cli import exits
from vigie_cli.main import parser

ROOT = Path(__file__).parents[2]


def commands(whole, path=()):
    """Yield every command as the words people type, the bare one first."""
    yield path
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, own in action.choices.items():
                yield from commands(own, (*path, name))


COMMANDS = list(commands(parser(Words("en", packages=("vigie_cli", "vigie_node", "vigie")))))
KINDS = {exits.INPUT, exits.OUTPUT, exits.OPTION, exits.UNSOUND, exits.NODE}
NAMES = {*POSTS.names, "repost", "link", "hashtags", "reply", "text", "text_normalised", "image"}


def test_all_commands_are_known_to_these_tests():
    assert {" ".join(path) for path in COMMANDS if path} == {
        *("exercise", "exercise generate", "preview", "detect", "demo"),
        *("detect coaction", "detect families", "detect bursts", "detect engagement", "detect run"),
        *("detect rhythm", "detect deletions", "detect vanished", "detect posting-drop", "detect narratives"),
        *("detect pile-on", "detect exposure", "detect reuse", "detect omission", "detect calibrate"),
        *("init", "up", "collect", "doctor", "backup", "restore", "store", "store verify"),
        *("ledger", "ledger verify", "ledger export"),
        *("user", "user add", "user list", "user roles", "user suspend", "user restore", "user recover"),
    }


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(vigie, command, language):
    told = vigie("--lang", language, *command, "--help")
    assert (told.status, told.err) == (0, "")
    assert "vigie " + " ".join(command) in told.out


def bare(line):
    """Return what is left of a line of help without names of options, values, columns, files and tools."""
    line = re.sub(r"\[?--?[a-z-]+|\{[^}]*\}|\b[A-Z_=]+\b|\b[\w.]+\.(parquet|json|html|ndjson)\b", " ", line)
    return [word for word in re.findall(r"[^\W\d_]\w*", line) if word not in NAMES]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_sentence_of_the_french_help_is_left_in_english(vigie, command):
    english, french = (
        vigie("--lang", language, *command, "--help").out.splitlines() for language in ("en", "fr")
    )
    same = {line.strip() for line in english} & {line.strip() for line in french}
    left = {" ".join(bare(line)) for line in same} - {"", "options"}
    commands_shown = {word.partition("-")[0] for path in COMMANDS for word in path}
    assert left - commands_shown == set()


def test_the_version_is_told(vigie):
    told = vigie("--version")
    assert (told.status, told.out) == (0, f"vigie {core.__version__}\n")


def said(vigie, *arguments):
    """Return the language in which a missing file is told."""
    err = vigie(*arguments, "preview", "nowhere.csv").err
    return "fr" if "Il n’y a pas de fichier" in err else "en" if "There is no file" in err else err


def test_english_is_spoken_when_nobody_asks(vigie):
    assert said(vigie) == "en"


@pytest.mark.parametrize("arguments", [["--lang", "fr"], ["--lang=fr"]])
def test_the_language_asked_for_is_spoken(vigie, arguments):
    assert said(vigie, *arguments) == "fr"
    assert "pas de fichier" in vigie("preview", "nowhere.csv", *arguments).err  # also after the command


def test_the_last_language_asked_for_counts(vigie):
    assert said(vigie, "--lang", "fr", "--lang", "en") == "en"


@pytest.mark.parametrize("value", ["fr_CA.UTF-8", "fr", "fr-CA", "FR", "fr_FR@euro"])
def test_the_systems_language_is_spoken(vigie, monkeypatch, value):
    monkeypatch.setenv("LANG", value)
    assert said(vigie) == "fr"


def test_the_nearest_wish_wins(vigie, monkeypatch):
    order = ["LANG", "LC_MESSAGES", "LC_ALL", "VIGIE_LANG"]  # each stronger than those before
    languages = ["fr_CA.UTF-8", "en_CA.UTF-8", "fr_CA.UTF-8", "en"]
    for name, language in zip(order, languages, strict=True):
        monkeypatch.setenv(name, language)
        assert said(vigie) == language[:2]
    assert said(vigie, "--lang", "fr") == "fr"


def test_a_language_that_nobody_speaks_is_refused(vigie):
    told = vigie("--lang", "xx", "preview", "nowhere.csv")
    assert told.status == exits.USAGE
    assert "--lang" in told.err


def test_a_shortened_option_is_taken_or_refused(vigie):
    told = vigie("preview", "nowhere.csv", "--lan", "fr")
    assert told.status == exits.USAGE or "Il n’y a pas" in told.err


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "arguments", [[], ["nothing"], ["detect"], ["detect", "coaction"], ["preview", "--x", "f"]]
)
def test_a_line_that_is_not_understood_is_told_with_the_usage(vigie, language, arguments):
    told = vigie("--lang", language, *arguments)
    assert told.status == exits.USAGE
    assert told.err.startswith("usage: " if language == "en" else "utilisation")
    assert ("error: " if language == "en" else "erreur : ") in told.err.replace("\xa0", " ").replace(
        "\u202f", " "
    )


# Statuses


PAGE = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")


def test_every_status_is_on_the_page_in_both_languages():
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)
    statuses = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    assert {int(number) for number, _meaning, _sens in rows} == statuses
    assert all(meaning != sens for _number, meaning, sens in rows)


def every_error():
    for package in (core, vigie_node, vigie_cli):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    kinds = [VigieError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if "code" in vars(kind):
            yield kind


def test_every_error_ends_with_a_status_of_its_own_kind():
    errors = list(every_error())
    assert len(errors) > 15
    for kind in errors:
        assert exits.status_of(kind.code) in KINDS, kind.code


def test_every_error_has_a_sentence_and_a_remedy_in_french():
    english, french = (
        Words(language, packages=("vigie_cli", "vigie_node", "vigie")) for language in ("en", "fr")
    )
    for kind in every_error():
        for sentence in (kind.sentence, kind.remedy):
            names = re.findall(r"{(\w+)}", sentence)
            facts = dict.fromkeys(names, "X")
            assert french(sentence, **facts) != english(sentence, **facts), sentence


def test_an_unknown_code_is_a_fault_of_ours():
    assert exits.status_of("new.kind") == exits.BROKEN


def test_a_fault_of_ours_is_one_sentence_and_a_way_to_report_it(vigie, monkeypatch, posts):
    def fail(*_arguments, **_options):
        raise RuntimeError("boom " + "x" * 10_000)

    monkeypatch.setattr("vigie.collect.preview", fail)
    told = vigie("preview", posts)
    assert told.status == exits.BROKEN
    assert "boom" in told.err
    assert "VIGIE_DEBUG" in told.err
    assert len(told.err) < 1_000
    monkeypatch.setenv("VIGIE_DEBUG", "1")
    with pytest.raises(RuntimeError, match="boom"):
        vigie("preview", posts)


def test_a_reader_who_has_gone_is_no_fault(vigie, monkeypatch, posts):
    def gone(*_arguments, **_options):
        raise BrokenPipeError

    monkeypatch.setattr("vigie.collect.preview", gone)
    told = vigie("preview", posts)
    assert (told.status, told.err) == (exits.DONE, "")
