"""Look behind a pseudonym, and for what is held on an account. Imports the core's heavy stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from vigie.store.batches import Store
from vigie.store.tokens import Tokens, account_form, platform_name
from vigie.store.vault import Vault
from vigie_node.sources.access import batches_held
from vigie_node.sources.actions.person_requests import Held
from vigie_node.sources.actions.projects import check_key
from vigie_node.sources.errors import NoProjectKeyError
from vigie_node.sources.keys import key_of
from vigie_node.sources.models import Batch, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from vigie.store.tokens import ProjectKey
    from vigie_node.sources.actions.person_requests import About
    from vigie_node.sources.models import Declaration, Unmasking

READ = ("platform", "post_id", "author", "channel_id", "mentions", "title", "body", "created_ms")


@dataclass(frozen=True, kw_only=True)
class Marks:
    """How an account stands in the batches of one project.

    Args:
        tokens: its pseudonyms: on its platform, and where a file named none.
        platform: as `platform_name` gives it.
        clear: its name in clear, for what it posted in public office.
    """

    tokens: frozenset[str]
    platform: str
    clear: str

    @classmethod
    def of(cls, key: ProjectKey, about: About) -> Marks:
        """Return the marks of an account under a project's key."""
        platform, tokens = platform_name(about.platform), Tokens(key)
        made = {tokens.shown("account", one, about.handle) for one in (platform, "")}
        return cls(tokens=frozenset(made), platform=platform, clear=account_form(about.handle, platform))

    def own(self, rows: pa.RecordBatch) -> pa.Array:
        """Return which posts are the account's own."""
        authors = rows.column("author")
        hidden = pc.is_in(authors, pa.array(sorted(self.tokens)))
        here = pa.array([platform_name(one) == self.platform for one in rows.column("platform").to_pylist()])
        return pc.or_(hidden, pc.and_(pc.fill_null(pc.equal(authors, self.clear), fill_value=False), here))

    def naming(self, rows: pa.RecordBatch) -> pa.Array:
        """Return which posts name the account: as their channel, in mentions or in what they say."""
        tokens = pa.array(sorted(self.tokens))
        found = pc.is_in(rows.column("channel_id"), tokens)
        mentions = rows.column("mentions")
        rows_of = pc.list_parent_indices(mentions).filter(pc.is_in(pc.list_flatten(mentions), tokens))
        found = pc.or_(found, pc.is_in(pa.array(range(rows.num_rows)), rows_of.cast(pa.int64())))
        for name in ("title", "body"):
            for token in self.tokens:
                said = pc.match_substring(rows.column(name), token)
                found = pc.or_(found, pc.fill_null(said, fill_value=False))
        return found


@dataclass
class _Count:
    own: set[str] = field(default_factory=set)  # ids of posts: an edit is no second post
    naming: set[str] = field(default_factory=set)
    moments: list[int] = field(default_factory=list)

    def add(self, rows: pa.RecordBatch, marks: Marks) -> None:
        own, naming = marks.own(rows), marks.naming(rows)
        self.own.update(rows.column("post_id").filter(own).to_pylist())
        self.naming.update(rows.column("post_id").filter(naming).to_pylist())
        times = pc.min_max(rows.column("created_ms").filter(pc.or_(own, naming)))
        self.moments += [one.as_py() for one in times.values() if one.is_valid]


def identity_behind(asked: Unmasking) -> list[str]:
    """Return the raw name behind a pseudonym, from the latest batch whose vault knows it; nothing where none.

    Raises:
        KeyDestroyedError: two persons destroyed the project's key, whether its file is gone or not.
        NoProjectKeyError: the project's key is gone.
        VaultDamagedError, VaultKeyError: the vault does not open.
    """
    check_key(asked.project)
    held = Batch.objects.filter(declaration__project=asked.project, erased_ms=None)
    with Vault(settings.HOME.vault, key_of(asked.project)) as vault:
        for sha256 in held.order_by("-stored_ms", "-id").values_list("sha256", flat=True):
            found = vault.open([asked.pseudonym], [sha256])
            if found:
                return sorted(found.values())
    return []


def held_on(
    about: About, organisation: UUID, check: Callable[[], None]
) -> tuple[Sequence[Held], Sequence[str]]:
    """Return what is held on an account by declaration, and the projects whose key is gone.

    Args:
        about: the account.
        organisation: whose projects are searched.
        check: called between batches; may raise to stop.
    """
    found, unread = [], []
    for project in Project.objects.filter(organisation=organisation).order_by("id"):
        marks = marks_in(project, about)
        if marks is None:
            unread.append(project.name)
            continue
        counts = (_count(one, marks, check) for one in project.declarations.order_by("id"))
        found += [one for one in counts if one is not None]
    return found, unread


def marks_in(project: Project, about: About) -> Marks | None:
    """Return how an account stands in a project's batches; None where nobody can tell: its key is gone."""
    try:
        return Marks.of(key_of(project), about)
    except NoProjectKeyError:
        return None


def own_rows(batch: Batch, marks: Marks) -> set[str]:
    """Return the ids of the account's own posts in a batch, those that were only looked at again too."""
    return {
        post
        for rows in Store(settings.HOME.store).rows([batch.sha256], READ)
        for post in rows.column("post_id").filter(marks.own(rows)).to_pylist()
    }


def _count(declaration: Declaration, marks: Marks, check: Callable[[], None]) -> Held | None:
    count = _Count()
    for rows in _rows(declaration, check):
        count.add(rows, marks)
    if not count.moments:
        return None
    return Held(
        declaration=str(declaration.id),
        own_count=len(count.own),
        naming_count=len(count.naming - count.own),
        first_ms=min(count.moments),
        last_ms=max(count.moments),
    )


def _rows(declaration: Declaration, check: Callable[[], None]) -> Iterator[pa.RecordBatch]:
    store = Store(settings.HOME.store)
    for sha256 in batches_held(declaration).values_list("sha256", flat=True):
        check()
        yield from store.rows([sha256], READ)
