"""How much room the store has left: the operator's quota and the disk's."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db.models import Sum

from vigie_node.sources.errors import NoRoomError, StoreFullError
from vigie_node.sources.models import Batch

if TYPE_CHECKING:
    from pathlib import Path

NEAR_SHARE = 0.8  # of the quota: people are told before it is used up
NEAR_TIMES = 2  # so many times what must stay free

State = Literal["ok", "near", "full"]


@dataclass(frozen=True, kw_only=True)
class Room:
    """What the store holds and what it may hold.

    Args:
        used_bytes: of all batches.
        bytes_max: the quota, 0 for none.
        free_bytes: on the disk.
        free_bytes_min: what must stay free.
    """

    used_bytes: int
    bytes_max: int
    free_bytes: int
    free_bytes_min: int

    @property
    def state(self) -> State:
        """Whether there is room, hardly any, or none."""
        if self.is_over_quota() or self.free_bytes < self.free_bytes_min:
            return "full"
        near_quota = self.bytes_max and self.used_bytes >= NEAR_SHARE * self.bytes_max
        return "near" if near_quota or self.free_bytes < NEAR_TIMES * self.free_bytes_min else "ok"

    def is_over_quota(self, more_bytes: int = 0) -> bool:
        """Return whether the quota is used up once `more_bytes` are added."""
        return bool(self.bytes_max) and self.used_bytes + more_bytes >= self.bytes_max

    def check(self) -> None:
        """Do nothing where there is room.

        Raises:
            StoreFullError: the quota is used up.
            NoRoomError: the disk is nearly full.
        """
        if self.is_over_quota():
            raise StoreFullError(bytes=self.used_bytes, bytes_max=self.bytes_max)
        if self.free_bytes < self.free_bytes_min:
            raise NoRoomError(bytes=self.free_bytes, bytes_min=self.free_bytes_min)


def room_now() -> Room:
    """Return how much room there is at this moment."""
    used = Batch.objects.filter(erased_ms=None).aggregate(bytes=Sum("byte_count"))["bytes"]
    return Room(
        used_bytes=used or 0,
        bytes_max=settings.NODE.store_bytes_max,
        free_bytes=shutil.disk_usage(_standing(settings.HOME.store)).free,
        free_bytes_min=settings.NODE.disk_free_bytes_min,
    )


def _standing(folder: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
