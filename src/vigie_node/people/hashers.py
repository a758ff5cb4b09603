"""How passwords are hashed: Argon2id (RFC 9106), 46 MiB, one pass, so that sign-ins leave room for pages.

Source: OWASP Password Storage Cheat Sheet, which gives this and 19 MiB with two passes as equally strong;
https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id, 46 MiB, one pass, one lane."""

    time_cost = 1
    memory_cost = 47_104  # KiB
    parallelism = 1
