"""The last entry as witnessed outside the database, in `keys/ledger.head`: so a ledger cut short is found.

Whoever can write to the database alone cannot alter the witness. It is renewed by the worker every minute:
entries younger than that can be cut without a trace.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from vigie.terms.errors import VigieError
from vigie.terms.languages import say
from vigie_node.durable import to_disk

if TYPE_CHECKING:
    from pathlib import Path

FILE = "ledger.head"
ONLY_OWNER = 0o600


class BadWitnessError(VigieError):
    """The witness is there but cannot be read."""

    code = "ledger.witness"
    sentence = say("The witness of the ledger, “{path}”, cannot be read.")
    remedy = say("Put the file back from a copy of the folder “keys”.")


@dataclass(frozen=True)
class Witness:
    """An entry that was there."""

    seq: int
    hash: str


def read_witness(path: Path) -> Witness | None:
    """Return what was witnessed; None when nothing was yet.

    Raises:
        BadWitnessError: the file says something else.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Witness(seq=int(said["seq"]), hash=str(said["hash"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, OSError) as error:
        raise BadWitnessError(path=path) from error


def write_witness(path: Path, witness: Witness) -> None:
    """Replace the witness; a crash leaves the old one or the new."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ONLY_OWNER)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(witness), file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    to_disk(path.parent)
