"""Whose a job is: asked for once, claimed once, held, lost, tried again, given up."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import connection, transaction
from trial.logged import lines

from vigie.terms.errors import BadOptionError
from vigie.terms.languages import Words, say
from vigie_node.clock import now_ms
from vigie_node.ids import new_id
from vigie_node.jobs import leases, registry, schedules, sweeping
from vigie_node.jobs.access import jobs_visible_to, workers_alive
from vigie_node.jobs.actions import cancel, enqueue
from vigie_node.jobs.child import do
from vigie_node.jobs.errors import CancelledError, error_of
from vigie_node.jobs.models import Job, Schedule, State, Worker
from vigie_node.jobs.presence import Presence
from vigie_node.jobs.task import Task
from vigie_node.ledger.actions import HOST, NODE
from vigie_node.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


def ask(key: str = "one", **options: object) -> Job:
    return enqueue("test.work", key=key, by=NODE, **options)


def kinds() -> list[str]:
    return list(Entry.objects.values_list("kind", flat=True))


def together(work, times: int = 4) -> None:
    """Run something in several threads, each with a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_what_is_asked_for_twice_is_one_job_until_it_is_over():
    first = ask()
    assert ask().id == first.id
    claimed = leases.claim()
    assert ask().id == first.id
    leases.finish(claimed.id, claimed.lease)
    assert ask().id != first.id


def test_asked_for_at_the_same_moment_it_is_one_job():
    together(lambda: [ask(f"key {number}") for number in range(5)])
    assert Job.objects.count() == 5


def test_asked_for_in_a_transaction_that_fails_it_was_never_asked_for():
    def ask_in_vain() -> None:
        with transaction.atomic():
            ask()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask_in_vain()
    assert leases.claim() is None


def test_no_job_is_claimed_twice():
    for number in range(12):
        ask(f"key {number}")
    claimed: list[Job] = []

    def claim_all() -> None:
        while True:
            job = leases.claim()
            if job is None:
                return
            claimed.append(job)

    together(claim_all)
    while (left := leases.claim()) is not None:  # a claim skips what others look at
        claimed.append(left)
    assert Counter(job.id for job in claimed).most_common(1)[0][1] == 1
    assert len(claimed) == 12


def test_the_one_asked_for_first_comes_first():
    keys = ["b", "a", "c"]
    for key in keys:
        ask(key)
    assert [leases.claim().key for _ in keys] == keys


def test_a_job_waits_until_its_time():
    ask(not_before_ms=now_ms() + 3_600_000)
    assert leases.claim() is None


def test_a_lease_that_ran_out_is_put_back_and_its_holder_can_write_nothing():
    ask()
    job = leases.claim()
    Job.objects.update(lease_until_ms=now_ms() - 1)
    assert leases.put_back_expired() == 1
    assert leases.renew(job.id, job.lease) is None
    assert not leases.finish(job.id, job.lease)
    assert not leases.fail(job.id, job.lease, BadOptionError(option="o", value="v", expected="e"))
    with pytest.raises(CancelledError):
        Task.of(job).check()
    assert Job.objects.get().state == State.QUEUED


def test_a_lease_that_is_renewed_does_not_run_out():
    ask()
    job = leases.claim()
    Job.objects.update(lease_until_ms=now_ms() - 1)
    assert leases.renew(job.id, job.lease).id == job.id
    assert leases.put_back_expired() == 0


def test_a_job_lost_too_often_has_failed_and_says_so():
    ask(attempts_max=2)
    for _ in range(2):
        Job.objects.update(not_before_ms=0)
        leases.claim()
        Job.objects.update(lease_until_ms=now_ms() - 1)
        leases.put_back_expired()
    job = Job.objects.get()
    assert (job.state, job.error_code, kinds()) == (State.FAILED, "job.lost", ["job.failed"])
    assert "2 times" in error_of(job, Words("en", packages=("vigie_node", "vigie")))


def test_a_fault_is_tried_again_later_each_time_and_then_given_up():
    ask(attempts_max=3)
    waits = []
    for _ in range(3):
        Job.objects.update(not_before_ms=0)
        job = leases.claim()
        leases.try_again(job.id, job.lease, fault="RuntimeError")
        waits.append(Job.objects.get().not_before_ms - now_ms())
    job = Job.objects.get()
    assert waits[0] < waits[1]
    assert (job.state, job.error_code, job.error_facts) == (
        State.FAILED,
        "job.fault",
        {"fault": "RuntimeError", "attempts": 3},
    )


def test_waiting_never_takes_more_than_an_hour():
    assert leases.backoff_ms(1) == 5_000
    assert leases.backoff_ms(30) == 3_600_000


def test_a_job_given_back_has_not_been_tried():
    ask()
    job = leases.claim()
    leases.give_back(job.id, job.lease)
    again = leases.claim()
    assert (again.id, again.attempts) == (job.id, 1)


def test_a_waiting_job_is_cancelled_at_once_and_that_is_recorded():
    organisation = new_id()
    job = cancel(ask(organisation=organisation), by=HOST)
    entry = Entry.objects.get()
    assert (job.state, job.finished_ms is None) == (State.CANCELLED, False)
    assert (entry.kind, entry.actor, entry.organisation) == ("job.cancelled", HOST, organisation)
    assert entry.said == {"work": "test.work", "key": "one"}


def test_a_running_job_is_asked_to_stop_once():
    ask()
    job = leases.claim()
    cancel(job, by=HOST)
    cancel(job, by=HOST)
    with pytest.raises(CancelledError):
        Task.of(job).check()
    assert kinds() == ["job.cancel_asked"]


def test_a_cancelled_job_whose_process_died_is_not_tried_again():
    ask()
    job = leases.claim()
    cancel(job, by=HOST)
    leases.try_again(job.id, job.lease)
    assert Job.objects.get().state == State.CANCELLED


def test_a_job_that_is_over_cannot_be_cancelled():
    ask()
    job = leases.claim()
    leases.finish(job.id, job.lease)
    assert cancel(job, by=HOST).state == State.DONE
    assert kinds() == []


@pytest.fixture
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_handlers", {})
    monkeypatch.setattr(registry, "_schedules", {})
    monkeypatch.setattr(registry, "load", lambda: None)


def done(function, **options: object) -> Job:
    """Do a job with this function here, as its process would."""
    registry.handler("test.work")(function)
    ask(**options)
    do(leases.claim())
    return Job.objects.get()


@pytest.mark.usefixtures("own_registry")
class TestHowWorkEnds:
    def test_well(self):
        def work(task: Task) -> None:
            given.append((task.arguments, task.by))

        given: list[object] = []
        assert done(work, arguments={"a": [1]}).state == State.DONE
        assert given == [({"a": [1]}, NODE)]

    def test_on_an_error_that_a_person_can_act_on_it_fails_for_good_and_says_why_in_both_languages(self):
        def work(_task: Task) -> None:
            raise BadOptionError(option="--x", value="7", expected=say("a valid option"))

        job = done(work)
        assert (job.state, job.error_code, job.attempts) == (State.FAILED, "option.bad", 1)
        packages = ("vigie_node", "vigie")
        assert error_of(job, Words("en", packages=packages)).startswith("“7” is not a value for --x.")
        assert error_of(job, Words("fr", packages=packages)) != error_of(job, Words("en", packages=packages))

    def test_on_a_fault_it_is_tried_again_and_the_log_holds_nothing_that_people_wrote(self, caplog):
        def work(_task: Task) -> None:
            message = "Jean Untel"
            raise RuntimeError(message)

        assert done(work).state == State.QUEUED
        (line,) = lines(caplog)
        assert (line["event"], line["kind"], line["error"]) == ("job failed", "test.work", "RuntimeError")
        assert "Untel" not in str(line)

    def test_on_a_wish_to_cancel(self):
        def work(task: Task) -> None:
            cancel(Job.objects.get(), by=HOST)
            task.check()

        assert done(work).state == State.CANCELLED

    def test_work_that_nobody_knows_fails(self):
        ask()
        do(leases.claim())
        assert Job.objects.get().error_code == "job.unknown"

    def test_in_its_transaction_it_makes_sure_that_the_job_is_its_own(self):
        def work(task: Task) -> None:
            Job.objects.update(lease="somebody else")
            with transaction.atomic():
                task.check()
                pytest.fail("it went on")

        assert done(work).state == State.RUNNING

    def test_progress_is_written_at_most_once_a_second_and_not_inside_a_transaction(self):
        def work(task: Task) -> None:
            task.progress(say("Reading"), 1, 10)
            task.progress(say("Reading"), 2, 10)
            with transaction.atomic():
                task.progress(say("Counting"), 3, 10)
            seen.append(Job.objects.values_list("stage", "done_count", "total_count").get())
            task.listener(say("Counting"))(4, None)
            seen.append(Job.objects.values_list("stage", "done_count", "total_count").get())

        seen: list[object] = []
        done(work)
        assert seen == [("Reading", 1, 10), ("Counting", 4, None)]

    def test_two_functions_for_one_kind_are_a_mistake(self):
        registry.handler("test.work")(print)
        with pytest.raises(ValueError, match=r"test\.work"):
            registry.handler("test.work")(id)

    def test_work_that_comes_back_is_asked_for_when_due_and_once(self):
        registry.every("test.often", 1_000)(print)
        schedules.seed()
        schedules.seed()
        assert schedules.run_due() == 0  # a new node has other things to do first
        Schedule.objects.update(next_ms=now_ms())
        assert schedules.run_due() == 1
        assert schedules.run_due() == 0
        Schedule.objects.update(next_ms=0)
        assert schedules.run_due() == 1
        assert [job.key for job in Job.objects.all()] == ["schedule:test.often"]

    def test_an_interval_that_an_operator_chose_stays(self):
        registry.every("test.often", 1_000)(print)
        schedules.seed()
        Schedule.objects.update(every_ms=5)
        schedules.seed()
        assert Schedule.objects.get().every_ms == 5


def test_an_organisation_sees_its_own_jobs_only():
    organisation = new_id()
    mine = ask("mine", organisation=organisation)
    ask("theirs", organisation=new_id())
    ask("the node's")
    assert list(jobs_visible_to(organisation)) == [mine]


def test_jobs_that_are_over_go_after_a_while_and_others_never():
    old = now_ms() - sweeping.KEEP_MS - 1
    for key in ("over", "waiting"):
        ask(key, organisation=new_id())
    ask("routine")
    Job.objects.filter(key="over").update(state=State.FAILED, finished_ms=old)
    Job.objects.filter(key="waiting").update(created_ms=0)
    routine_old = now_ms() - sweeping.KEEP_ROUTINE_MS - 1
    Job.objects.filter(key="routine").update(state=State.DONE, finished_ms=routine_old)
    assert sweeping.sweep() == 2
    assert Job.objects.get().key == "waiting"


def test_a_worker_is_seen_while_it_says_that_it_is_alive():
    presence = Presence()
    presence.beat()
    presence.beat()
    assert workers_alive().count() == 1
    Worker.objects.update(seen_ms=now_ms() - 120_000)
    assert workers_alive().count() == 0
    presence.leave()
    assert Worker.objects.count() == 0
