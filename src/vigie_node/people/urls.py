"""The addresses of the app."""

from __future__ import annotations

from django.urls import path

from vigie_node.people.console import account, duties, passkeys, persons, provider, sign_in, teams

app_name = "people"
urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-in/second-step", sign_in.second_step, name="second-step"),
    path("sign-in/enrol", sign_in.enrol, name="enrol"),
    path("sign-in/passkey", passkeys.sign_in, name="passkey-sign-in"),
    path("sign-in/passkey/question", passkeys.ask, name="passkey-ask"),
    path("sign-in/service", provider.leave, name="provider-leave"),
    path("sign-in/service/back", provider.back, name="provider-back"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("welcome/<str:secret>", sign_in.welcome, name="welcome"),
    path("settings", account.settings, name="settings"),
    path("settings/account", account.account, name="account"),
    path("settings/sessions/end", account.end_sessions, name="end-sessions"),
    path("settings/password", account.password, name="password"),
    path("settings/second-factor", account.second_factor, name="second-factor"),
    path("settings/second-factor/new", account.new_second_factor, name="new-second-factor"),
    path("settings/recovery-codes", account.recovery_codes, name="recovery-codes"),
    path("settings/passkeys", passkeys.passkeys, name="passkeys"),
    path("settings/passkeys/question", passkeys.ask_new, name="passkey-ask-new"),
    path("settings/passkeys/<uuid:passkey>/name", passkeys.name, name="passkey-name"),
    path("settings/passkeys/<uuid:passkey>/remove", passkeys.remove, name="passkey-remove"),
    path("settings/sign-in-service", provider.identities, name="identities"),
    path("settings/sign-in-service/<uuid:identity>/unlink", provider.unlink, name="identity-unlink"),
    path("settings/tokens", account.tokens, name="tokens"),
    path("settings/tokens/<uuid:token>/revoke", account.revoke_token, name="revoke-token"),
    path("duty", duties.roster, name="roster"),
    path("duty/<uuid:duty>", duties.duty, name="duty"),
    path("duty/<uuid:duty>/drop", duties.drop, name="duty-drop"),
    path("settings/teams", teams.teams, name="teams"),
    path("settings/teams/zone", teams.zone, name="organisation-zone"),
    path("settings/teams/<uuid:team>", teams.team, name="team"),
    path("settings/teams/<uuid:team>/remove", teams.remove, name="team-remove"),
    path("settings/roles", persons.role_table, name="roles"),
    path("settings/people", persons.persons, name="persons"),
    path("settings/people/invite", persons.invite, name="invite"),
    path("settings/people/<uuid:person>", persons.person, name="person"),
    path("settings/people/<uuid:person>/roles", persons.change_roles, name="person-roles"),
    path("settings/people/<uuid:person>/suspend", persons.suspend, name="person-suspend"),
    path("settings/people/<uuid:person>/restore", persons.restore, name="person-restore"),
    path("settings/people/<uuid:person>/recover", persons.recover, name="person-recover"),
    path("settings/recoveries/<uuid:recovery>/approve", persons.approve_recovery, name="recovery-approve"),
    path("settings/recoveries/<uuid:recovery>/refuse", persons.refuse_recovery, name="recovery-refuse"),
]
