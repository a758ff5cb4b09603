"""What is installed is exactly what was locked, from anywhere, under licences that let others build on it."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PERMISSIVE = {
    "MIT", "MIT-0", "BSD",
    "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC",
    "0BSD", "Zlib", "CC0-1.0", "PSF-2.0", "MIT-CMU", "CNRI-Python",
}  # fmt: skip
CLASSIFIERS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
}
ODD: dict[str, str] = {  # package -> why it may be used although its licence is not in the list above
    "publicsuffixlist": "MPL-2.0 binds changes to its own files only: a list of suffixes, used as it is",
    "tld": "of its three licences MPL-1.1 is taken: it binds changes to its own files only",
    "fido2": "BSD-2-Clause; MPL-2.0 binds the list of public suffixes that it ships, used as it is",
    "certifi": "MPL-2.0 binds changes to its own files only: a list of authorities, used as it is",
}


def lock() -> str:
    return (ROOT / "requirements.lock").read_text(encoding="utf-8")


def locked() -> dict[str, str]:
    """Return the version of each locked package."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock(), re.MULTILINE))


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def asked() -> list[Requirement]:
    """Return all ranges of pyproject.toml: what runs, what tests, what builds."""
    whole = project()
    ranges = [*whole["project"]["dependencies"], *whole["build-system"]["requires"]]
    return [Requirement(text) for text in [*ranges, *whole["dependency-groups"]["dev"]]]


def installed_for(names: list[str]) -> set[str]:
    """Return the packages that run when those `names` run."""
    seen: set[str] = set()
    while names:
        name = canonicalize_name(names.pop())
        if name in seen:
            continue
        seen.add(name)
        needs = [Requirement(text) for text in metadata.distribution(name).requires or []]
        names += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return seen


def licences(name: str) -> set[str]:
    """Return all licences that a package states, in SPDX if it does."""
    about = metadata.metadata(name)
    spdx = about.get("License-Expression")
    if spdx:
        return {part.strip() for part in re.split(r"\bAND\b|\bOR\b|[()]", spdx)} - {""}
    trove = [
        text.split(" :: ")[-1] for text in about.get_all("Classifier", []) if text.startswith("License :: ")
    ]
    if trove:
        return {CLASSIFIERS.get(text, text) for text in trove}
    return set((about.get("License") or "none stated").split(" OR "))


def test_every_range_is_locked_within_it():
    versions = locked()
    wrong = [
        str(need)
        for need in asked()
        if not need.specifier.contains(versions.get(canonicalize_name(need.name), "0.dev0"))
    ]
    assert wrong == []


def test_every_locked_package_has_hashes():
    entries = re.split(r"^(?=[a-z0-9-]+==)", lock(), flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_holds_no_address_no_option_and_no_place():
    strange = [
        line
        for line in lock().splitlines()
        if not re.fullmatch(r"#.*|[a-z0-9-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?|    #.*", line)
    ]
    assert strange == []
    assert re.findall(r"\S*[/@]\S*", lock()) == []


def test_what_runs_is_under_permissive_licences():
    names = [Requirement(text).name for text in project()["project"]["dependencies"]]
    strict = {name: licences(name) - PERMISSIVE for name in installed_for(names) if name not in ODD}
    assert {name: stated for name, stated in strict.items() if stated} == {}
