"""Long work about people's rights: opening identities, searching and erasing accounts, removing keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vigie.terms.languages import say
from vigie_node.jobs import registry
from vigie_node.ledger.outbox import subscribe
from vigie_node.sources.actions import (
    key_destruction,
    original_openings,
    person_requests,
    tombstones,
    unmasking,
)
from vigie_node.sources.models import Opening, PersonRequest, Project

if TYPE_CHECKING:
    from vigie_node.jobs.task import Task
    from vigie_node.ledger.models import Entry

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
SEARCHING = say("Searching what is held on an account")
ERASING = say("Erasing an account’s posts")
DELETED = say("Erasing what was deleted on its platform")
UNLINKING = say("Removing what is left of a destroyed key")


@registry.handler(unmasking.OPEN)
def open_identity(task: Task) -> None:
    """Seal what the vault says of a pseudonym for the person who asked."""
    from vigie_node.sources.looking import identity_behind  # noqa: PLC0415 (heavy)

    opening = Opening.objects.select_related("unmasking__project").get(pk=task.arguments["opening"])
    if opening.state == Opening.State.WAITING:  # not ended meanwhile
        unmasking.keep_opened(opening, identity_behind(opening.unmasking))


@registry.handler(person_requests.FIND)
def find_person(task: Task) -> None:
    """Count what is held on an account."""
    from vigie_node.sources.looking import held_on  # noqa: PLC0415 (heavy)

    asked = PersonRequest.objects.get(pk=task.arguments["request"])
    about = person_requests.about_of(asked)
    if about is None:
        return  # closed, or past its date
    task.progress(SEARCHING, 0, None)
    person_requests.note_found(asked, *held_on(about, asked.organisation_id, task.check))


@registry.handler(person_requests.ERASE)
def erase_person(task: Task) -> None:
    """Erase an account's posts; run again after a crash, it goes on where it stopped."""
    from vigie_node.sources.erasing_posts import erase_of_person  # noqa: PLC0415 (heavy)

    asked = PersonRequest.objects.get(pk=task.arguments["request"])
    task.progress(ERASING, 0, None)
    person_requests.note_erased(asked, held_count=erase_of_person(asked, task.check))


@subscribe("sources.person_requests", "job.cancelled", "job.failed")
def end_with_its_job(entry: Entry) -> None:
    """Give a request back whose search or erasure failed for good: nobody else would."""
    work = str(entry.said.get("work"))
    if work not in (person_requests.FIND, person_requests.ERASE):
        return
    asked = PersonRequest.objects.filter(pk=str(entry.said["key"]).removeprefix(f"{work}:")).first()
    if asked is not None:
        person_requests.note_unfinished(asked, work)


@registry.handler(key_destruction.DESTROY)
def destroy_key(task: Task) -> None:
    """Remove what is left of a destroyed key, once its project is at no other work."""
    from vigie_node.sources.unlinking import unlink  # noqa: PLC0415 (heavy)

    project = Project.objects.get(pk=task.arguments["project"])
    unlink(project, lambda: task.progress(UNLINKING, 0, None))


@registry.every("sources.privacy", HOUR_MS)
def lapse(task: Task) -> None:  # noqa: ARG001 (a handler's signature)
    """Let lapse what nobody decided or looked at, let go what is past its date, finish what was lost."""
    unmasking.lapse_unmaskings()
    original_openings.lapse_openings()
    key_destruction.lapse_destructions()
    key_destruction.ask_removals_again()
    person_requests.lapse_requests()
    tombstones.forget_erased()


@registry.every("sources.deleted_posts", DAY_MS)
def erase_deleted_posts(task: Task) -> None:
    """Erase what its platform deleted longer ago than the grace."""
    from vigie_node.sources.erasing_posts import erase_deleted  # noqa: PLC0415 (heavy)

    task.progress(DELETED, 0, None)
    erase_deleted(task.check)
