"""Make the home of a new node: folders, key, configuration. Nothing that exists is touched."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import new_master
from vigie_node.home import FOLDERS, Home

if TYPE_CHECKING:
    from pathlib import Path

ONLY_OWNER = 0o700
ONLY_OWNER_FILE = 0o600


class HomeExistsError(VigieError):
    """A node lives there already."""

    code = "home.exists"
    sentence = say("A node lives in “{path}” already.")
    remedy = say("Start it with `vigie up`, or name another folder in VIGIE_HOME.")


def make_home(
    folder: Path,
    *,
    name: str,
    address: str,
    exercise: bool = False,
    second_factor: str = "required",
    host: str = "127.0.0.1",
    port: int = 8000,
) -> Home:
    """Make folders, master key and `vigie.toml`; the configuration comes last: it is what makes a home.

    Raises:
        HomeExistsError: there is one.
    """
    home = Home(folder)
    if home.configuration_file.exists():
        raise HomeExistsError(path=folder)
    folder.mkdir(mode=ONLY_OWNER, parents=True, exist_ok=True)
    for each in FOLDERS:
        (folder / each).mkdir(mode=ONLY_OWNER, exist_ok=True)
    key = home.keys / "master.key"
    if not key.exists():  # left by a making that was cut short: it may already have sealed something
        key.touch(mode=ONLY_OWNER_FILE)
        key.write_text(new_master().hex() + "\n", encoding="ascii")
    text = CONFIGURATION.format(
        id=secrets.token_hex(4),
        name=json.dumps(name, ensure_ascii=False),
        address=json.dumps(address),
        exercise=str(exercise).lower(),
        host=json.dumps(host),
        port=port,
        second_factor=json.dumps(second_factor),
    )
    draft = home.configuration_file.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(home.configuration_file)
    return home


CONFIGURATION = """\
# The configuration of a Vigie node; docs/reference/configuration.md explains every setting.
# La configuration d’un nœud Vigie ; docs/reference/configuration.md explique chaque réglage.

[node]
id = "{id}"
name = {name}
address = {address}  # as people reach it / telle qu’on la joint
exercise = {exercise}  # true: the data are invented / les données sont inventées

[web]
host = {host}
port = {port}

[sign_in]
second_factor = {second_factor}  # "optional" for exercises only / pour les exercices seulement
"""
