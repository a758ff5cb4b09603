"""What people find of media: no machine does, and nobody's finding replaces another's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from vigie.assess.media_findings import UNDETERMINED, vocabulary
from vigie.terms.errors import BadOptionError, VigieError
from vigie.terms.languages import say
from vigie.terms.signs import shown
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.ledger.actions import record
from vigie_node.ledger.kinds import describe
from vigie_node.people.access import may
from vigie_node.sources.actions.common import actor
from vigie_node.sources.actions.two_persons import answered
from vigie_node.sources.models import MediumFinding

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from vigie_node.people.models import Person

FIND = "medium.find"
REASON_MAX = 4_000
SHA256 = re.compile(r"[0-9a-f]{64}")

describe({"medium.found": say("A person recorded what they find of the file {sha256}: {finding}.")})


class NoBasisError(VigieError):
    """A finding rests on nothing."""

    code = "option.no_basis"
    sentence = say("A finding needs what it rests on.")
    remedy = say("Tick at least one basis, or conclude “undetermined”.")


@transaction.atomic
def find_of_medium(
    sha256: str,
    *,
    finding: str,
    bases: Collection[str],
    reason: str,
    by: Person,
    finding_id: UUID | None = None,
) -> MediumFinding:
    """Record what one person finds of a file; earlier findings are kept. The ledger does not hold the reason.

    Args:
        sha256: which file, wherever it was seen: 64 hexadecimal digits in lower case.
        finding: a finding of `vigie.assess.media_findings`.
        bases: what it rests on, of the same vocabulary.
        reason: how it was found, so that another can follow it.
        by: who.
        finding_id: the form's own, so that a form sent twice is one finding.

    Raises:
        PermissionDenied: they may not, or the form was another's.
        BadOptionError: it is no SHA-256, or a word is not of the vocabulary.
        NoBasisError: a conclusion rests on nothing.
        NothingSaidError: there is no reason.
    """
    if not may(by, FIND):
        raise PermissionDenied
    _check_words(sha256, finding, bases)
    if finding != UNDETERMINED and not bases:
        raise NoBasisError
    finding_id = finding_id or new_id()
    sent = MediumFinding.objects.filter(pk=finding_id).first()
    if sent is not None:
        if (sent.by_id, sent.sha256) != (by.pk, sha256):
            raise PermissionDenied
        return sent
    words = vocabulary()
    found = MediumFinding(
        id=finding_id,
        organisation_id=by.organisation_id,
        sha256=sha256,
        finding=finding,
        bases=[basis for basis in words.bases if basis in bases],
        vocabulary=words.version,
        reason=shown(answered("reason", reason), lines=True)[:REASON_MAX],
        by=by,
        at_ms=now_ms(),
    )
    found.save(force_insert=True)
    record(
        "medium.found",
        of=f"medium:{found.pk}",
        by=actor(by),
        organisation=by.organisation_id,
        sha256=sha256,
        finding=finding,
        bases=found.bases,
    )
    return found


def _check_words(sha256: str, finding: str, bases: Collection[str]) -> None:
    words = vocabulary()
    if not SHA256.fullmatch(sha256):
        raise BadOptionError(option="sha256", value=sha256, expected="[0-9a-f]{64}")
    if finding not in words.findings:
        raise BadOptionError(option="finding", value=finding, expected=", ".join(words.findings))
    for basis in bases:
        if basis not in words.bases:
            raise BadOptionError(option="bases", value=basis, expected=", ".join(words.bases))
