"""What a file shows: its kind, its hashes, its content credentials; read apart, so that no file harms us."""

from vigie.media.kinds import kind_of
from vigie.media.medium import Medium, hashes_of

__all__ = ["Medium", "hashes_of", "kind_of"]
