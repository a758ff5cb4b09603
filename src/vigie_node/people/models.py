"""Organisations, persons, their roles, and what signing in needs."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from vigie_node.ids import new_id
from vigie_node.people.roles import allowed, rank_of


class Organisation(models.Model):
    """A tenant of the node: nothing crosses from one to another by default."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=200, unique=True)
    zone = models.CharField(max_length=64, default="America/Toronto")  # in which its duties are planned
    created_ms = models.BigIntegerField()


class Person(AbstractBaseUser):
    """Somebody who signs in."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="persons")
    username = models.CharField(max_length=64, unique=True)  # see `vigie_node.people.names.normal`
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="en")
    zone = models.CharField(max_length=64, default="America/Toronto")  # IANA name
    is_active = models.BooleanField(default=True)
    totp_sealed = models.BinaryField(
        null=True
    )  # RFC 6238 secret, sealed under the node's key; null: none yet
    totp_step = models.BigIntegerField(default=0)  # the last step accepted: a code is good once
    session_key = models.CharField(max_length=36, default="")  # changed to end every session at once
    created_ms = models.BigIntegerField()
    signed_in_ms = models.BigIntegerField(null=True)  # the last time
    last_login = None  # Django's own column: times are milliseconds here

    objects = BaseUserManager["Person"]()
    USERNAME_FIELD = "username"

    @cached_property
    def role_ids(self) -> tuple[str, ...]:
        """The ids of this person's roles, sorted."""
        return tuple(sorted(grant.role for grant in self.grants.all()))

    @cached_property
    def permissions(self) -> frozenset[str]:
        """What this person may do; nothing when suspended."""
        return allowed(self.role_ids) if self.is_active else frozenset()

    @property
    def rank(self) -> int:
        """The highest rank among this person's roles; 0 without a role."""
        return rank_of(self.role_ids)

    @property
    def has_second_factor(self) -> bool:
        """Whether codes are asked of this person."""
        return self.totp_sealed is not None


class Grant(models.Model):
    """One role of one person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=32)
    granted_ms = models.BigIntegerField()
    # null: the node's operator; see `vigie_node.people.access.is_independent`
    granted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "role"], name="a_role_once")]


class Link(models.Model):
    """A way in that works once: an invitation or a recovery. Only the hash of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="links")
    secret_hash = models.CharField(max_length=64, unique=True)
    expires_ms = models.BigIntegerField()
    used_ms = models.BigIntegerField(null=True)


class Recovery(models.Model):
    """Somebody lost their way in: one administrator asks that they get a new one, another decides."""

    class State(models.TextChoices):
        """Where a request stands."""

        ASKED = "asked"
        APPROVED = "approved"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        LAPSED = "lapsed"

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recoveries")
    reason = models.CharField(max_length=500)
    second_factor = models.BooleanField(default=False)  # whether that is lost too
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.ASKED)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state="asked"), name="one_open_recovery_per_person"
            ),
        ]


class RecoveryCode(models.Model):
    """A code that stands in for the second factor, once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    secret_hash = models.CharField(max_length=64)
    used_ms = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "secret_hash"])]


class Passkey(models.Model):
    """A passkey (WebAuthn) of a person: its public key, never a secret."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=100)  # the person's word for the device
    credential_id = models.CharField(max_length=1364, unique=True)  # base64url of at most 1023 bytes
    credential = models.BinaryField()  # attested credential data: WebAuthn level 3, section 6.5.1
    sign_count = models.BigIntegerField()  # 0: the device does not count
    challenge_hash = models.CharField(max_length=64, default="")  # the last one signed: none is good twice
    made_ms = models.BigIntegerField()
    used_ms = models.BigIntegerField(null=True)


class LinkedIdentity(models.Model):
    """Who a person is with an identity provider: issuer and subject, never an e-mail address."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    linked_ms = models.BigIntegerField()
    used_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_person_per_identity"),
            models.UniqueConstraint(fields=["person", "issuer"], name="one_identity_per_provider"),
        ]


class Attempt(models.Model):
    """How often somebody failed to prove who they are: what the throttle counts.

    `subject` is a keyed hash of a name, an address or a person: neither stands here as it is.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    failure_count = models.PositiveIntegerField(default=0)
    last_ms = models.BigIntegerField(default=0, db_index=True)


class Token(models.Model):
    """A person's key to the API; never allows more than the person may do."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    secret_hash = models.CharField(max_length=64, unique=True)
    permissions = models.JSONField(default=list)  # a subset of the person's
    created_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()
    revoked_ms = models.BigIntegerField(null=True)


class Team(models.Model):
    """People of an organisation who work together."""

    id = models.UUIDField(primary_key=True, default=new_id)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=100)
    members = models.ManyToManyField(Person, related_name="teams")
    made_ms = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="a_team_name_once")
        ]


class Duty(models.Model):
    """One turn of one person on duty."""

    id = models.UUIDField(primary_key=True, default=new_id)  # a form's own: sent twice, it is one turn
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="duties")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, related_name="duties")
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()  # not on duty any more

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(from_ms__lt=models.F("to_ms")), name="a_duty_lasts")
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "from_ms"], name="duties_by_time")]
