"""The home of a node: the one folder that holds everything it owns.

`vigie.toml` (what the operator decides), `node.db`, `store/` (observations), `evidence/` (sealed originals),
`vault.db` (sealed identities), `keys/` (never in a backup), `spool/` (files on their way in), `cache/`,
`logs/`.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie.trust import derive

FOLDERS = ("store", "evidence", "keys", "spool", "cache", "logs")
SECOND_FACTORS = ("required", "optional")
SECTIONS = ("node", "web", "sign_in", "limits", "privacy", "worker", "outbound")


class NoHomeError(VigieError):
    """There is no node in this folder."""

    code = "home.absent"
    sentence = say("There is no node in “{path}”.")
    remedy = say("Make one with `vigie init`, or name its folder in VIGIE_HOME.")


class BadConfigurationError(VigieError):
    """`vigie.toml` cannot be read, or a value in it means nothing."""

    code = "home.configuration"
    sentence = say("“{path}” cannot be used: {reason}.")
    remedy = say("Mend the file; docs/reference/configuration.md lists every setting.")


class NoKeyError(VigieError):
    """The master key is missing."""

    code = "key.absent"
    sentence = say("The node’s key is not at “{path}”.")
    remedy = say("Put back the folder “keys”: it is kept apart from backups.")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What the operator decides, with defaults. docs/reference/configuration.md explains each."""

    id: str
    name: str
    address: str = "http://localhost:8000"  # as people reach it; links are made from it, never from a request
    exercise: bool = False  # the data are invented: every page says so
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed
    second_factor: str = "required"  # or "optional", for exercises only
    oidc_issuer: str = ""  # an identity provider (OpenID Connect) that people may sign in with
    oidc_client: str = ""  # our name with it
    oidc_secret_file: str = ""  # below the home; empty: we have none, PKCE alone
    oidc_name: str = ""  # how pages call it
    oidc_proof: str = ""  # values of `acr` or `amr` that stand for a second factor; empty: codes are asked
    session_hours_max: int = 12
    session_idle_minutes_max: int = 60
    upload_bytes_max: int = 4 * 1024**3
    c2pa_trust_file: str = ""  # certificates (PEM) whose content credentials are trusted; below the home
    store_bytes_max: int = 0  # 0: no limit but the disk
    disk_free_bytes_min: int = 1024**3
    deleted_posts_days: int = 30  # what was seen deleted on its platform is erased so long after
    job_seconds_max: int = 24 * 60 * 60
    expand_links: bool = False  # shorteners are asked where their addresses lead, while posts are taken in
    peers: tuple[
        str, ...
    ] = ()  # services of our own network that sources may be: "https://HOST:PORT NETWORK …"


@dataclass(frozen=True)
class Home:
    """One node's folder."""

    folder: Path

    @classmethod
    def here(cls) -> Home:
        """Return the home that VIGIE_HOME names, else the user's own."""
        named = os.environ.get("VIGIE_HOME")
        return cls(Path(named) if named else Path.home() / ".local" / "share" / "vigie")

    @property
    def configuration_file(self) -> Path:
        """`vigie.toml`."""
        return self.folder / "vigie.toml"

    @property
    def database(self) -> Path:
        """The SQLite database, where DATABASE_URL names no other."""
        return self.folder / "node.db"

    @property
    def vault(self) -> Path:
        """The sealed identities."""
        return self.folder / "vault.db"

    @property
    def store(self) -> Path:
        """The batches of observations."""
        return self.folder / "store"

    @property
    def keys(self) -> Path:
        """The keys; readable by the node's user alone."""
        return self.folder / "keys"

    @property
    def spool(self) -> Path:
        """Files on their way in."""
        return self.folder / "spool"

    @property
    def logs(self) -> Path:
        """Logs of the processes."""
        return self.folder / "logs"

    @property
    def cache(self) -> Path:
        """What can be made again."""
        return self.folder / "cache"

    @cached_property
    def configuration(self) -> Configuration:
        """What `vigie.toml` says.

        Raises:
            NoHomeError: there is no such file.
            BadConfigurationError: it cannot be read, or holds a name or value that means nothing.
        """
        return read_configuration(self.configuration_file)

    @cached_property
    def master_key(self) -> bytes:
        """The key all others are derived from.

        Raises:
            NoKeyError: it is not there.
        """
        path = self.keys / "master.key"
        try:
            return bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (FileNotFoundError, ValueError) as error:
            raise NoKeyError(path=path) from error

    def key(self, use: str) -> bytes:
        """Return the key of one use."""
        return derive(self.master_key, use)


def read_configuration(path: Path) -> Configuration:
    """Return what a `vigie.toml` says; sections only order it, names are unique."""
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NoHomeError(path=path.parent) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadConfigurationError(path=path, reason=str(error)) from error
    known = Configuration.__dataclass_fields__
    values: dict[str, Any] = {}
    for section, content in sections.items():
        if section not in SECTIONS or not isinstance(content, dict):
            raise BadConfigurationError(path=path, reason=f"[{section}]")
        for name, value in content.items():
            if name not in known:
                raise BadConfigurationError(path=path, reason=f"{section}.{name}")
            values[name] = _fit(path, name, value, str(known[name].type))
    if values.get("second_factor", "required") not in SECOND_FACTORS:
        raise BadConfigurationError(path=path, reason=f"second_factor = {values['second_factor']!r}")
    for name in ("id", "name"):
        if not values.get(name):
            raise BadConfigurationError(path=path, reason=f"node.{name}")
    return Configuration(**values)


def _network(path: Path, name: str, value: object) -> str:
    """Return the address or network that a proxy is named by, as it is written."""
    try:
        ip_network(str(value), strict=False)
    except ValueError as error:
        raise BadConfigurationError(path=path, reason=f"{name} = {value!r}") from error
    return str(value)


def _peer(path: Path, name: str, value: object) -> str:
    """Return a peer as it is written: an address without path, and the networks in which it stands."""
    address, *networks = str(value).split() or [""]
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"https", "http"} and parts.hostname and not (parts.path or parts.query)
        _ = parts.port, [ip_network(one) for one in networks]
    except ValueError as error:
        raise BadConfigurationError(path=path, reason=f"{name} = {value!r}") from error
    if not sound:
        raise BadConfigurationError(path=path, reason=f"{name} = {value!r}")
    return str(value)


def _fit(path: Path, name: str, value: object, type_name: str) -> object:
    if type_name.startswith("tuple") and isinstance(value, list):
        read = _peer if name == "peers" else _network
        return tuple(read(path, name, one) for one in value)
    wanted = {"str": str, "int": int, "bool": bool}.get(type_name)
    if wanted is None or type(value) is not wanted:
        raise BadConfigurationError(path=path, reason=f"{name} = {value!r}")
    return value
