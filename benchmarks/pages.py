"""How long pages take on a node that holds 10 million posts and 10,000 alerts, and what the node weighs.

    python benchmarks/pages.py [--times 200]

A real node, on SQLite and on PostgreSQL, filled through its models (`tests/node/alerts/seed.py`): 10,000
alerts and signals, 300 with all their evidence, one with a group of 300 accounts; 2,000 intakes and batches
that count 10 million posts, 1,000 runs, 16,000 entries in the ledger; beside it another organisation with 60
alerts. Its web process, as `vigie up` runs it, answers a real browser session, one request after another.

A row is a page: the median, the 95th percentile and the longest time on the clock, as the browser sees it;
processor time of the web process for each answer; queries, and queries of the same page in the small
organisation, which must be as many. `of others` is how much of the processors other programs had meanwhile:
times on the clock say little where it is high, processor times stay comparable.

Memory is PSS: a page that processes share counts in proportion. At rest after 1,000 requests.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodes import (
    CHILD,
    ROOT,
    SERVING,
    Browser,
    Known,
    Node,
    cpu_s,
    made,
    on_both,
    people_of,
    pss_bytes,
    remove,
    until,
)
from places import WORK
from tables import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nodes import Up

P95_MS_MAX, WEB_MB_MAX, NODE_MB_MAX = 200, 150, 300  # the goals
ALERTS, FULL, BATCHES, POSTS, RUNS = 10_000, 300, 2_000, 10_000_000, 1_000
ROLES = {"amelie": "analyst", "noor": "analyst", "odile": "auditor", "paul": "administrator"}
SMALL_ALERTS, LARGE_GROUP = 60, 300
VARIED = 20  # how many different alerts, runs, intakes are asked for
AT_REST_REQUESTS = 1_000
MB = 1_000_000
OK = 200


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that is measured: the addresses that are asked for in turn, and by whom."""

    name: str
    addresses: list[str]
    by: str = "amelie"  # empty: nobody
    small: list[str] = field(default_factory=list)  # the same in the small organisation

    @property
    def is_api(self) -> bool:
        """Whether a token is shown, not a session."""
        return self.addresses[0].startswith("/api/")


def measure(folder: Path, *, times: int, full: bool) -> dict[str, Any]:
    """Make a node and fill it, unless that was done there before; measure it, and return every figure."""
    notes = folder / "pages.json"
    if not notes.exists():
        notes.write_text(json.dumps(_filled(folder, full=full)))
    kept = json.loads(notes.read_text())
    node, queries = Node(home=folder / "node", **kept["node"]), kept["queries"]
    people = {name: Known(**known) for name, known in kept["people"].items()}
    pages = [Page(**one) for one in kept["pages"]]
    told(node, "asking")
    with node.start("--only", "web") as up:
        up.wait_ready()
        memory = {"web, just started": pss_bytes(up.parts()[SERVING])}
        browsers = {name: _browser(node, known) for name, known in people.items()} | {"": Browser(node.port)}
        rows = [_row(page, browsers[page.by], people, up, times=times, queries=queries) for page in pages]
        _ask_many(browsers["amelie"], pages)
        memory["web, at rest"] = pss_bytes(up.parts()[SERVING])
    memory |= _whole_node(node, browsers["amelie"], pages)
    return {"database": node.kind, "times": times, "pages": rows, "memory": memory, "size": queries["size"]}


def _filled(folder: Path, *, full: bool) -> dict[str, Any]:
    """Make a node, fill it, count the queries of its pages, and return how to use it."""
    node = made(folder)
    people = people_of(node, {name: [role] for name, role in {**ROLES, "vaste": "analyst"}.items()})
    told(node, "filling")
    pages = node.inside("pages.py", "--do", "fill", given={"full": full})
    told(node, "counting queries")
    return {
        "node": {"port": node.port, "database": node.database},
        "people": {name: vars(known) for name, known in people.items()},
        "pages": pages,
        "queries": node.inside("pages.py", "--do", "queries", given=pages),
    }


def told(node: Node, what: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {node.kind}: {what}", flush=True)


def _browser(node: Node, known: Known) -> Browser:
    browser = Browser(node.port)
    browser.sign_in(known)
    return browser


def _row(
    page: Page, browser: Browser, people: dict[str, Known], up: Up, *, times: int, queries: dict[str, Any]
) -> dict[str, Any]:
    """Ask for a page again and again, and return what that took."""
    token = people[page.by].token if page.is_api else ""
    for address in page.addresses[:3]:  # templates are compiled, pages of the database are read
        browser.get(address, token=token)
    pid, seconds, size = up.parts()[SERVING], [], 0
    before, machine, begun_s = cpu_s(pid), _busy_s(), time.perf_counter()
    own = time.process_time()
    for at in range(times):
        address = page.addresses[at % len(page.addresses)]
        answer = browser.get(address, token=token)
        if answer.status != OK:
            message = f"{address}: {answer.status} {answer.location}"
            raise RuntimeError(message)
        seconds.append(answer.seconds)
        size += len(answer.body)
    web = cpu_s(pid) - before
    others = _busy_s() - machine - web - (time.process_time() - own)
    whole = (time.perf_counter() - begun_s) * (os.cpu_count() or 1)
    return {
        "page": page.name,
        "p50 ms": round(1000 * statistics.median(seconds), 1),
        "p95 ms": round(1000 * statistics.quantiles(seconds, n=20, method="inclusive")[-1], 1),
        "max ms": round(1000 * max(seconds), 1),
        "CPU ms": round(1000 * web / times, 1),
        "queries": queries["large"][page.name],
        "small": queries["small"].get(page.name),
        "kB": round(size / times / 1000, 1),
        "of others": f"{max(0.0, others / whole):.0%}",
    }


def _busy_s() -> float:
    """Return the processor time of everything on this machine."""
    columns = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(columns) - columns[3] - columns[4]) / os.sysconf("SC_CLK_TCK")


def _whole_node(node: Node, browser: Browser, pages: Sequence[Page]) -> dict[str, int]:
    """Return what each process of a node weighs at rest after many requests, no job being at work."""
    with node.start() as up:
        up.wait_ready()
        _ask_many(browser, pages)
        until(lambda: CHILD not in up.parts())
        time.sleep(5)
        until(lambda: CHILD not in up.parts())
        each = {name: pss_bytes(pid) for name, pid in {"vigie up": up.pid, **up.parts()}.items()}
    return {f"whole node: {name}": one for name, one in each.items()} | {"whole node": sum(each.values())}


def _ask_many(browser: Browser, pages: Sequence[Page]) -> None:
    addresses = [
        address for page in pages if page.by == "amelie" and not page.is_api for address in page.addresses
    ]
    for at in range(AT_REST_REQUESTS):
        browser.get(addresses[at * 7 % len(addresses)])
    time.sleep(3)


# --- inside the node


def _fill(given: dict[str, bool]) -> list[dict[str, Any]]:
    """Fill the node with rows, and return the pages to ask for."""
    sys.path.insert(0, str(ROOT / "tests" / "node" / "alerts"))
    import seed
    from django.db import connection

    from vigie_node.clock import now_ms
    from vigie_node.people.models import Grant, Organisation, Person

    part = 1 if given["full"] else 50
    large = Organisation.objects.order_by("created_ms").first()
    small = Organisation.objects.create(name="Petite unité", created_ms=now_ms())
    for name, role in ROLES.items():
        one = Person.objects.create(organisation=small, username=f"{name}-2", name=name, created_ms=now_ms())
        Grant.objects.create(person=one, role=role, granted_ms=now_ms())
    people = list(Person.objects.filter(organisation=large, username__in=("amelie", "noor")))
    seed.fill(
        small,
        people=list(Person.objects.filter(organisation=small)[:2]),
        alert_count=SMALL_ALERTS,
        batch_count=60,
        now_ms=now_ms(),
        seed=3,
    )
    filled = seed.fill(
        large,
        people=people,
        alert_count=ALERTS // part,
        full_count=max(VARIED, FULL // part),
        batch_count=BATCHES // part,
        post_count=POSTS,
        now_ms=now_ms(),
    )
    vast = _vast_group(seed)
    _more_runs(filled.runs[-1], RUNS // part)
    _entries(large, filled)
    if connection.vendor == "postgresql":  # as its autovacuum does by itself after a while
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return [vars(page) for page in _pages(large, small, vast)]


def _vast_group(seed: Any) -> Any:
    """Make an organisation with one alert, of a group of hundreds of accounts; `vaste` is its analyst."""
    from dataclasses import replace

    from vigie_node.clock import now_ms
    from vigie_node.people.models import Organisation, Person

    organisation = Organisation.objects.create(name="Vaste groupe", created_ms=now_ms())
    Person.objects.filter(username="vaste").update(organisation=organisation)
    stories, seed.STORIES = seed.STORIES, (replace(seed.STORIES[0], size=LARGE_GROUP),)
    try:
        return seed.fill(
            organisation, alert_count=1, statuses=("new",), batch_count=4, now_ms=now_ms()
        ).alerts[0]
    finally:
        seed.STORIES = stories


def _more_runs(run: Any, count: int) -> None:
    from copy import copy
    from uuid import uuid4

    from vigie_node.alerts.models import Run
    from vigie_node.ids import new_id

    rows = []
    for at in range(count):
        row = copy(run)
        row._state = copy(run._state)  # noqa: SLF001 (else it stays the row it was copied from)
        row.pk, row.fingerprint, row.created_ms = new_id(), uuid4().hex * 2, run.created_ms - at * 3_600_000
        rows.append(row)
    Run.objects.bulk_create(rows, batch_size=200)


def _entries(organisation: Any, filled: Any) -> None:
    from django.db import transaction

    from vigie_node.ledger.actions import NODE, record

    acts = [
        *(("alert.opened", f"alert:{one.pk}", {"number": one.number}) for one in reversed(filled.alerts)),
        *(("batch.recorded", f"batch:{one.pk}", {"rows": one.row_count}) for one in filled.batches),
        *(("intake.finished", f"intake:{one.intake_id}", {"new": one.row_count}) for one in filled.batches),
        *(("sign_in.refused", "sign-in", {"step": "password"}) for _ in filled.batches),
    ]
    for start in range(0, len(acts), 1_000):
        with transaction.atomic():
            for kind, subject, facts in acts[start : start + 1_000]:
                record(kind, of=subject, by=NODE, organisation=organisation.pk, **facts)


def _pages(large: Any, small: Any, vast: Any) -> Iterator[Page]:
    ours, theirs = list(_addresses(large)), dict(_addresses(small))
    for name, addresses, by in ((name, *rest) for name, rest in ours):
        yield Page(name=name, addresses=addresses, by=by, small=theirs[name][0] if name in theirs else [])
    where = f"/en/alerts/{vast.pk}"
    accounts = f", {LARGE_GROUP} accounts"
    yield Page(name=f"alert{accounts}", addresses=[where, f"/fr/alerts/{vast.pk}"], by="vaste")
    yield Page(name=f"posts{accounts}", addresses=[f"{where}/posts", f"{where}/posts?object=3"], by="vaste")
    yield Page(name=f"network.json{accounts}", addresses=[f"{where}/network.json"], by="vaste")


def _addresses(organisation: Any) -> Iterator[tuple[str, tuple[list[str], str]]]:  # noqa: PLR0915 (one line a page)
    """Yield names of pages with their addresses and who asks."""
    from vigie_node.alerts.models import Alert, CitedPost, Run
    from vigie_node.ledger.models import Entry
    from vigie_node.sources.models import Batch, Declaration, Intake

    def ids(model: Any, **wanted: Any) -> list[str]:
        return [
            str(one)
            for one in model.objects.filter(organisation=organisation, **wanted)
            .order_by("-pk")
            .values_list("pk", flat=True)[:VARIED]
        ]

    alerts = Alert.objects.filter(organisation=organisation)
    full = [str(one.pk) for one in alerts.order_by("-opened_ms")[:VARIED]]
    declaration = Declaration.objects.filter(organisation=organisation).latest("created_ms").pk
    deep = {
        sort: f"page=after_{getattr(row, column)}_{row.pk}"
        for sort, column in (
            ("-opened", "opened_ms"),
            ("-accounts", "account_count"),
            ("changed", "changed_ms"),
        )
        for row in alerts.order_by(
            sort.replace("opened", "opened_ms")
            .replace("accounts", "account_count")
            .replace("changed", "changed_ms")
        )[alerts.count() * 9 // 10 :][:1]
    }
    accounts = [
        CitedPost.objects.filter(signal__alert=pk).values_list("account", flat=True)[0] for pk in full
    ]
    last, someone = Entry.objects.filter(organisation=organisation.pk).order_by("-seq").first(), "amelie"
    runs, intakes, batches = ids(Run), ids(Intake), ids(Batch)
    languages = ("en", "fr")

    def both(*paths: str) -> list[str]:
        return [f"/{language}/{path}" for path in paths for language in languages]

    yield "overview", (both(""), someone)
    yield "overview, administrator", (both(""), "paul")
    yield "inbox", (both("alerts"), someone)
    for status in ("new", "in_review", "disputed", "confirmed", "dismissed", "all"):
        yield f"inbox: {status}", (both(f"alerts?status={status}"), someone)
    for sort in ("opened", "-changed", "changed", "-accounts", "accounts", "-objects"):
        yield f"inbox: all by {sort}", (both(f"alerts?status=all&sort={sort}"), someone)
    yield "inbox: open by -accounts", (both("alerts?sort=-accounts"), someone)
    yield "inbox: one behaviour", (both("alerts?status=all&behaviour=reply"), someone)
    yield "inbox: rare behaviour", (both("alerts?status=all&behaviour=image"), someone)
    yield "inbox: one declaration", (both(f"alerts?declaration={declaration}"), someone)
    for sort, place in deep.items():
        yield f"inbox: deep by {sort}", (both(f"alerts?status=all&sort={sort}&{place}"), someone)
    yield "inbox: deep, open", (both(f"alerts?{deep['-opened']}"), someone)
    yield "alert", ([f"/{languages[at % 2]}/alerts/{pk}" for at, pk in enumerate(full)], someone)
    yield "alert, all shown", ([f"/en/alerts/{pk}?full" for pk in full], someone)
    yield "posts", ([f"/en/alerts/{pk}/posts" for pk in full], someone)
    yield (
        "posts of one account",
        ([f"/en/alerts/{pk}/posts?account={who}" for pk, who in zip(full, accounts, strict=True)], someone),
    )
    yield "posts on one object", ([f"/en/alerts/{pk}/posts?object=2" for pk in full], someone)
    yield "network.json", ([f"/en/alerts/{pk}/network.json" for pk in full], someone)
    yield "picture", ([f"/en/alerts/{pk}/pictures/network.svg" for pk in full], someone)
    yield "table as CSV", ([f"/en/alerts/{pk}/tables/members.csv" for pk in full], someone)
    yield "several alerts together", ([f"/en/alerts/together?alert={full[0]}&alert={full[1]}"], someone)
    yield "runs", (both("watch/runs"), someone)
    yield "runs: deep", (both("watch/runs?page=30"), someone)
    yield "run", ([f"/en/watch/runs/{pk}" for pk in runs], someone)
    yield "intakes", (both("watch/intakes"), someone)
    yield "intakes: deep", (both("watch/intakes?page=35"), someone)
    yield "intakes: failed", (both("watch/intakes?state=failed"), someone)
    yield "intake", ([f"/en/watch/intakes/{pk}" for pk in intakes], someone)
    yield "take a file in", (both("watch/intakes/new"), someone)
    yield "batches", (both("watch/batches"), someone)
    yield "batches: deep", (both("watch/batches?page=35"), someone)
    yield "batch", ([f"/en/watch/batches/{pk}" for pk in batches], someone)
    yield "declarations", (both("watch/declarations"), someone)
    yield "declaration", (both(f"watch/declarations/{declaration}"), someone)
    if last is not None:
        yield "ledger", (both("ledger"), "odile")
        yield "ledger: deep", (both(f"ledger?before={last.seq // 10}"), "odile")
        yield "ledger: one kind", (both("ledger?kind=batch.recorded"), "odile")
        yield "ledger: rare kind", (both("ledger?kind=organisation.made"), "odile")
        yield "ledger: one alert", (both(f"ledger?subject=alert:{full[0]}"), "odile")
        yield "entry", ([f"/en/ledger/{last.seq - at}" for at in range(VARIED)], "odile")
    yield "settings", (both("settings/account"), someone)
    yield "people", (both("settings/people"), "paul")
    yield "sign-in page", (both("sign-in"), "")
    yield "API alerts", (["/api/v1/alerts"], someone)
    yield "API alerts, 200 open", (["/api/v1/alerts?status=open&size=200"], someone)
    yield (
        "API alerts: deep",
        ([f"/api/v1/alerts?after={alerts.order_by('pk')[alerts.count() // 10].pk}"], someone),
    )
    yield "API alert", ([f"/api/v1/alerts/{pk}" for pk in full], someone)
    yield "API batches", (["/api/v1/batches"], someone)
    yield "API runs", (["/api/v1/runs"], someone)
    yield "API ledger", (["/api/v1/ledger"], "paul")


def _queries(given: list[dict[str, Any]]) -> dict[str, Any]:
    """Count the queries of each page, in the large organisation and the small one."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from vigie_node.alerts.models import Alert, Signal
    from vigie_node.ledger.models import Entry
    from vigie_node.people.models import Person, Token
    from vigie_node.people.proofs import hash_of, new_token
    from vigie_node.sources.models import Batch

    settings.ALLOWED_HOSTS.append("testserver")
    logging.disable()

    def count(username: str, addresses: Sequence[str]) -> int | None:
        client, headers = Client(), {}
        if username:
            person = Person.objects.get(username=username)
            client.force_login(person)
            session = client.session
            session["session_key"] = person.session_key
            session.save()
            secret = new_token()
            Token.objects.create(
                person=person,
                name="essai",
                secret_hash=hash_of(secret),
                permissions=sorted(person.permissions),
                created_ms=0,
                expires_ms=2**60,
            )
            headers = {"Authorization": f"Bearer {secret}"} if addresses[0].startswith("/api/") else {}
        most = 0
        for address in addresses[:2]:
            client.get(address, headers=headers)  # what is kept in the process is there then
            with CaptureQueriesContext(connection) as caught:
                answer = client.get(address, headers=headers)
                _ = b"".join(answer) if answer.streaming else answer.content
            if answer.status_code != OK:
                message = f"{address}: {answer.status_code}"
                raise RuntimeError(message)
            most = max(most, len(caught))
        return most

    pages = [Page(**one) for one in given]
    return {
        "large": {page.name: count(page.by, page.addresses) for page in pages},
        "small": {page.name: count(page.by and f"{page.by}-2", page.small) for page in pages if page.small},
        "size": {
            "alerts": Alert.objects.count(),
            "signals": Signal.objects.count(),
            "batches": Batch.objects.count(),
            "posts": sum(Batch.objects.values_list("row_count", flat=True)),
            "ledger entries": Entry.objects.count(),
        },
    }


DEEDS = {"fill": _fill, "queries": _queries}


# --- at the terminal


def run(*, quick: bool = False, **_options: object) -> dict[str, Any]:
    """Measure on both databases, print the tables, and return the figures."""
    results = on_both(Path(__file__), ["--times", "20", "--small"] if quick else ["--times", "200"], WORK)
    for one in results.values():
        tell(one)
    return results


def tell(one: dict[str, Any]) -> None:
    """Print the figures of one node, and what is not as it should be."""
    size = ", ".join(f"{count:,} {what}" for what, count in one["size"].items())
    show(f"{one['database']}: {size}; {one['times']} requests each", one["pages"])
    show("memory", [{"process": name, "PSS MB": round(size / MB, 1)} for name, size in one["memory"].items()])
    late = [row["page"] for row in one["pages"] if row["p95 ms"] >= P95_MS_MAX]
    grown = [
        row["page"] for row in one["pages"] if row["small"] is not None and row["queries"] > row["small"]
    ]
    print(f"\n  p95 of {P95_MS_MAX} ms or more: {', '.join(late) or 'none'}")
    print(f"  more queries than in the small organisation: {', '.join(grown) or 'none'}")
    for what, most in (("web, at rest", WEB_MB_MAX), ("whole node", NODE_MB_MAX)):
        print(f"  {what}: {one['memory'][what] / MB:.0f} MB (goal: under {most})")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=200, help="requests for each page (default: 200)")
    parser.add_argument("--small", action="store_true", help="a fiftieth of the rows, to see that all works")
    parser.add_argument("--result", type=Path, help="write the figures here; measure on one database alone")
    parser.add_argument("--folder", type=Path, help="keep the node there, or measure the one that was kept")
    parser.add_argument("--do", choices=DEEDS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.do:
        import django

        django.setup()
        print(json.dumps(DEEDS[asked.do](json.load(sys.stdin))))
    elif asked.result:
        folder = asked.folder or Path(tempfile.mkdtemp(prefix="vigie-pages-"))
        folder.mkdir(exist_ok=True)
        try:
            figures = measure(folder, times=asked.times, full=not asked.small)
            asked.result.write_text(json.dumps(figures, indent=1))
        finally:
            if not asked.folder:
                remove(folder)
    else:
        words = ["--times", str(asked.times), *(["--small"] if asked.small else [])]
        for one in on_both(Path(__file__), words, WORK).values():
            tell(one)


if __name__ == "__main__":
    main()
