"""Keys and what they protect: the node's door to `cryptography`; salts and nonces come from the system."""

from vigie.trust.keys import WrongKeyError, derive, new_master, seal, tag, unseal

__all__ = ["WrongKeyError", "derive", "new_master", "seal", "tag", "unseal"]
