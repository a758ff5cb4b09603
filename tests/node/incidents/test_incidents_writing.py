"""To open an incident and write about it: two people at once lose no word; every version is kept."""

from __future__ import annotations

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from vigie.terms.errors import BadOptionError
from vigie_node.ids import new_id
from vigie_node.incidents.access import incidents_visible_to
from vigie_node.incidents.actions import (
    close_incident,
    open_incident,
    reopen_incident,
    stand_behind,
    write_passage,
)
from vigie_node.incidents.errors import (
    ChangedMeanwhileError,
    ClosedError,
    NothingWrittenError,
    NotReadyError,
    TooLongError,
    UnreadableError,
)
from vigie_node.incidents.models import Incident, Revision
from vigie_node.ledger.models import Entry


def write(incident, by, text, *, seen, section="summary", language="fr", why=""):
    return write_passage(incident, section=section, language=language, text=text, seen=seen, why=why, by=by)


def kinds(incident):
    return list(
        Entry.objects.filter(subject=f"incident:{incident.pk}").order_by("seq").values_list("kind", flat=True)
    )


def test_incidents_are_numbered_within_their_organisation(analyst, make_person, other_organisation):
    stranger = make_person("analyst", of=other_organisation)
    numbers = [
        open_incident(title="Un essai", language="fr", gate="canada", by=by).number
        for by in (analyst, analyst, stranger, analyst)
    ]
    assert numbers == [1, 2, 1, 3]


def test_a_form_sent_twice_opens_one_incident(analyst, colleague):
    form = new_id()
    first = open_incident(title="Un essai", language="en", gate="france", by=analyst, incident_id=form)
    assert (
        open_incident(title="Un essai", language="en", gate="france", by=analyst, incident_id=form) == first
    )
    with pytest.raises(PermissionDenied):
        open_incident(title="Un essai", language="en", gate="france", by=colleague, incident_id=form)
    assert Incident.objects.count() == 1


def test_nobody_sees_or_alters_another_organisations_incident(incident, make_person, other_organisation):
    stranger = make_person("analyst", of=other_organisation)
    assert not incidents_visible_to(stranger).exists()
    with pytest.raises(Incident.DoesNotExist):
        write(incident, stranger, "Bonjour.", seen=0)


@pytest.mark.parametrize("role", ["administrator", "auditor", "focal_point"])
def test_who_may_not_write_does_not(incident, make_person, role):
    with pytest.raises(PermissionDenied):
        write(incident, make_person(role), "Bonjour.", seen=0)


@pytest.mark.parametrize(
    ("title", "error"),
    [
        (" ", NothingWrittenError),
        ("…!", NothingWrittenError),
        ("a" * 201, TooLongError),
        ("a\u202eb", UnreadableError),
    ],
)
def test_a_title_that_will_not_do_opens_nothing(analyst, title, error):
    with pytest.raises(error):
        open_incident(title=title, language="fr", gate="canada", by=analyst)
    assert not Incident.objects.exists()


def test_an_unknown_language_is_refused(analyst):
    with pytest.raises(BadOptionError):
        open_incident(title="Un essai", language="xx", gate="canada", by=analyst)


def test_an_unknown_gate_is_refused(analyst):
    with pytest.raises(BadOptionError):
        open_incident(title="Un essai", language="fr", gate="atlantis", by=analyst)


def test_every_version_is_kept_with_who_and_why(incident, analyst, colleague):
    write(incident, analyst, "Une.", seen=0)
    write(incident, colleague, "Une, puis deux.", seen=1, why="Chiffres revus")
    kept = incident.revisions.filter(part="summary.fr").order_by("version")
    assert [(one.version, one.said["text"], one.by, one.why) for one in kept] == [
        (1, "Une.", analyst, ""),
        (2, "Une, puis deux.", colleague, "Chiffres revus"),
    ]


def test_what_was_written_meanwhile_is_not_overwritten(incident, analyst, colleague):
    write(incident, analyst, "Une.", seen=0)
    write(incident, colleague, "Une et demie.", seen=1)
    with pytest.raises(ChangedMeanwhileError) as refused:
        write(incident, analyst, "Une, au moins.", seen=1)
    assert refused.value.facts == {"part": "summary.fr", "seen": 1, "version": 2}
    assert incident.passages.get(section="summary").text == "Une et demie."


def test_the_same_text_sent_again_is_no_new_version(incident, analyst):
    write(incident, analyst, "Une.", seen=0)
    assert write(incident, analyst, " Une.\r\n", seen=0).version == 1
    assert Revision.objects.filter(part="summary.fr").count() == 1


def test_the_two_languages_are_apart(incident, analyst):
    write(incident, analyst, "Une.", seen=0, language="fr")
    assert write(incident, analyst, "One.", seen=0, language="en").version == 1


def test_lists_show_the_latest_title_in_each_language(incident, analyst):
    write(incident, analyst, "A wave of replies", seen=0, section="title", language="en")
    incident.refresh_from_db()
    assert (incident.title_fr, incident.title_en) == ("Vague de réponses à Laval", "A wave of replies")


def test_a_title_is_never_emptied(incident, analyst):
    with pytest.raises(NothingWrittenError):
        write(incident, analyst, "", seen=1, section="title")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_the_same_moment_one_is_told(incident, analyst, colleague):
    outcomes = []
    start = threading.Barrier(2)

    def go(by, text):
        try:
            start.wait()
            outcomes.append(write(incident, by, text, seen=0).text)
        except ChangedMeanwhileError:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=go, args=(by, text)) for by, text in ((analyst, "Un."), (colleague, "Deux."))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key="told".__eq__)[1] == "told"
    assert incident.passages.get(section="summary").text == outcomes[outcomes[0] == "told"]


def test_two_people_make_it_an_incident(told, analyst, colleague):
    assert stand_behind(told, stands=True, reason="Vu.", by=analyst).state == "open"
    assert stand_behind(told, stands=True, reason="Vu.", by=analyst).state == "open"
    assert stand_behind(told, stands=True, reason="Vu aussi.", by=colleague).state == "established"
    assert stand_behind(told, stands=False, reason="Un doute.", by=analyst).state == "open"


def test_nobody_stands_behind_an_incident_that_says_nothing(incident, analyst):
    with pytest.raises(NotReadyError):
        stand_behind(incident, stands=True, reason="Vu.", by=analyst)


def test_who_is_alone_does_not_make_it_an_incident_at_once(told, analyst):
    for _ in range(3):
        told = stand_behind(told, stands=True, reason="Vu.", by=analyst)
    assert told.state == "open"


def test_a_closed_incident_changes_no_more_until_it_is_opened_again(told, analyst, colleague):
    for by in (analyst, colleague):
        stand_behind(told, stands=True, reason="Vu.", by=by)
    close_incident(told, reason="Terminé.", by=analyst)
    with pytest.raises(ClosedError):
        write(told, analyst, "Encore.", seen=1)
    assert reopen_incident(told, reason="Du nouveau.", by=colleague).state == "established"
    assert write(told, analyst, "Encore.", seen=1).version == 2


def test_every_act_stands_in_the_ledger_without_its_words(told, analyst):
    assert kinds(told) == ["incident.opened", "incident.written", "incident.claimed", "incident.exhibited"]
    facts = "".join(Entry.objects.values_list("facts", flat=True))
    assert "Quarante" not in facts
    assert "copient" not in facts
