"""Events on the disk: whole lines, whatever happens to the process that writes them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from vigie_node.sources.live.backoff import Backoff
from vigie_node.sources.live.health import Health
from vigie_node.sources.live.segments import Segments, closed_in, last_lines

WRITE = """
import sys
from pathlib import Path
from vigie_node.sources.live.segments import Segments
segments = Segments(Path(sys.argv[1]), now_ms=lambda: 0, bytes_max=20_000)
last = next(segments.last_lines(), b'{"n": -1}')
number = int(last[6:-1]) + 1
while True:
    segments.append([b'{"n": %d}' % n for n in range(number, number + 50)])
    segments.close_if_due(may_wait=True)
    number += 50
"""


@pytest.fixture
def clock():
    return SimpleNamespace(ms=1_000)


@pytest.fixture
def segments(tmp_path, clock):
    """Return how to open the segments of a folder; what is open is let go of after the test."""
    opened = []

    def open_(**options) -> Segments:
        opened.append(Segments(tmp_path / "live", now_ms=lambda: clock.ms, **options))
        return opened[-1]

    yield open_
    for one in opened:
        if one._file:
            one._file.close()


def part_of(folder):
    (part,) = folder.glob("*.part")
    return part


def test_events_are_lines_of_a_file_that_is_closed_when_it_is_old(segments, clock, tmp_path):
    one = segments(age_ms_max=60_000)
    clock.ms = 10**12
    one.append([b'{"a":1}', b'{"a":2}'])
    clock.ms += 59_999
    one.close_if_due(may_wait=False)
    assert one.closed() == []
    clock.ms += 1
    one.close_if_due(may_wait=True)
    assert one.closed() == []  # what was handed in before is not done
    one.close_if_due(may_wait=False)
    (path,) = one.closed()
    assert path.read_bytes() == b'{"a":1}\n{"a":2}\n'
    assert path.suffix == ".ndjson"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_large_file_is_closed_even_while_others_wait(segments):
    one = segments(bytes_max=10)
    one.append([b"{}"])
    one.close_if_due(may_wait=True)
    assert one.closed() == []
    one.append([b'{"a":123}'])
    one.close_if_due(may_wait=True)
    assert len(one.closed()) == 1


def test_nothing_makes_no_file(segments, tmp_path):
    one = segments()
    one.append([])
    one.close()
    one.close_if_due(may_wait=False)
    assert list((tmp_path / "live").iterdir()) == []


@pytest.mark.parametrize(("left", "whole"), [
    (b'{"a":1}\n{"a":2}\n', b'{"a":1}\n{"a":2}\n'),
    (b'{"a":1}\n{"a":', b'{"a":1}\n'),
    (b'{"a":1}\n' + b"x" * 200_000, b'{"a":1}\n'),
    (b'{"a":', b""),
    (b"", b""),
])  # fmt: skip
def test_a_file_that_was_left_is_cut_at_its_last_line_and_goes_on(segments, tmp_path, left, whole):
    segments().append([b"{}"])
    part = part_of(tmp_path / "live")
    part.write_bytes(left)
    again = segments()
    assert list(again.last_lines()) == list(reversed(whole.splitlines()))
    again.append([b'{"n":1}'])
    again.close()
    (path,) = again.closed()
    assert path.read_bytes() == whole + b'{"n":1}\n'


def test_a_file_that_goes_on_is_as_old_as_it_is(segments, clock):
    clock.ms = int(time.time() * 1000)
    segments().append([b"{}"])
    clock.ms += 61_000
    again = segments(age_ms_max=60_000)
    again.close_if_due(may_wait=False)
    assert len(again.closed()) == 1


def test_the_last_lines_are_those_of_all_files_the_newest_first(segments):
    one = segments()
    for number in range(3):
        one.append([b'{"n":%d}' % number])
        one.close()
    one.append([b'{"n":3}'])
    assert list(one.last_lines()) == [b'{"n":%d}' % number for number in (3, 2, 1, 0)]


def test_a_large_file_is_read_from_its_end_alone(segments):
    one = segments()
    one.append([b'{"n":%d}' % number for number in range(1_000_000)])
    one.close()
    assert next(last_lines(one.closed()[0])) == b'{"n":999999}'


def test_a_document_is_a_segment_of_its_own(segments, tmp_path):
    one = segments()
    one.deposit(b"<rss/>", ending=".xml")
    (path,) = one.closed()
    assert (path.read_bytes(), path.suffix, path.stat().st_mode & 0o777) == (b"<rss/>", ".xml", 0o600)


def test_a_document_that_was_half_written_is_none(segments, tmp_path):
    one = segments()
    (tmp_path / "live" / "x.xml.new").write_bytes(b"<rs")
    assert one.closed() == closed_in(tmp_path / "live") == []
    assert closed_in(tmp_path / "elsewhere") == []


def test_what_the_disk_refuses_leaves_no_half_line(segments, tmp_path):
    one = segments()
    one.append([b'{"n":1}'])
    part = part_of(tmp_path / "live")
    code = f"""
import os, resource, sys
from pathlib import Path
from vigie_node.sources.live.segments import Segments
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
segments = Segments(Path({str(part.parent)!r}), now_ms=lambda: 0)
try:
    segments.append([b'{{"long":"0123456789012345"}}'])
except OSError:
    sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 7
    assert part.read_bytes() == b'{"n":1}\n'


def test_killed_at_any_moment_every_number_is_there_once(tmp_path):
    chance = random.Random(4)  # noqa: S311 (when to kill, nothing secret)
    folder = tmp_path / "live"
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", WRITE, str(folder)])
        time.sleep(0.3 + chance.random() / 10)
        process.kill()
        process.wait()
    Segments(folder, now_ms=lambda: 0).close()
    lines = [line for path in closed_in(folder) for line in path.read_bytes().splitlines()]
    assert len(lines) > 50
    assert [json.loads(line)["n"] for line in lines] == list(range(len(lines)))
    assert not list(folder.glob("*.part"))


# Waiting


def test_the_wait_doubles_up_to_its_most_and_begins_anew():
    backoff = Backoff(random.Random(1), first_s=1, most_s=10)  # noqa: S311
    waits = [backoff.next_s() for _ in range(6)]
    for wait, most in zip(waits, (1, 2, 4, 8, 10, 10), strict=True):
        assert most / 2 <= wait <= most
    backoff.reset()
    assert backoff.next_s() <= 1


def test_two_sources_do_not_wait_alike():
    waits = {Backoff(random.Random(seed), first_s=100).next_s() for seed in range(20)}  # noqa: S311
    assert len(waits) == 20


# Health


def test_figures_are_of_the_last_minute_and_of_all_time(clock):
    health = Health(lambda: clock.ms, event_count=5, last_event_ms=7)
    assert health.now().last_event_ms == 7
    clock.ms = 100_000
    health.heard(10, lag_ms=30)
    clock.ms = 130_000
    health.heard(20, unread=1, lag_ms=-3)
    assert (health.now().events_per_minute, health.now().event_count) == (30, 35)
    assert (health.now().lag_ms, health.now().unread_count, health.now().last_event_ms) == (0, 1, 130_000)
    clock.ms = 165_000
    assert health.now().events_per_minute == 20
    health.heard(0)
    assert health.now().last_event_ms == 130_000


def test_a_connection_after_an_error_counts_as_another(clock):
    from vigie_node.sources.live.errors import FaultError

    health = Health(lambda: clock.ms, reconnect_count=2)
    health.opened()
    assert (health.now().is_open, health.now().reconnect_count) == (True, 2)
    health.failed(FaultError(fault="x"), next_ms=5_000)
    assert (health.now().is_open, health.now().next_ms, health.now().error_ms) == (False, 5_000, 1_000)
    health.opened()
    assert (health.now().is_open, health.now().next_ms, health.now().reconnect_count) == (True, None, 3)
    assert health.now().error is None
