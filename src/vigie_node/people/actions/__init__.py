"""Every write about people: one verb, one transaction, its entry in the ledger."""

from vigie_node.people.actions.persons import (
    LINK_HOURS,
    Invited,
    change_profile,
    change_roles,
    end_sessions,
    invite_person,
    make_organisation,
    recover,
    restore,
    suspend,
)
from vigie_node.people.actions.proofs import (
    accept_link,
    enrol_second_factor,
    make_recovery_codes,
    set_password,
)
from vigie_node.people.actions.recovery import (
    REASON_MAX,
    RECOVERY_HOURS,
    approve_recovery,
    ask_recovery,
    lapse_recoveries,
    refuse_recovery,
)
from vigie_node.people.actions.signing_in import (
    check_code,
    check_own_password,
    check_password,
    device_mark,
    signed_in,
)
from vigie_node.people.actions.tokens import Bearer, check_token, make_token, revoke_token

__all__ = [
    "LINK_HOURS",
    "REASON_MAX",
    "RECOVERY_HOURS",
    "Bearer",
    "Invited",
    "accept_link",
    "approve_recovery",
    "ask_recovery",
    "change_profile",
    "change_roles",
    "check_code",
    "check_own_password",
    "check_password",
    "check_token",
    "device_mark",
    "end_sessions",
    "enrol_second_factor",
    "invite_person",
    "lapse_recoveries",
    "make_organisation",
    "make_recovery_codes",
    "make_token",
    "recover",
    "refuse_recovery",
    "restore",
    "revoke_token",
    "set_password",
    "signed_in",
    "suspend",
]
