"""Exports of platforms and tools become the posts that they hold, nothing more and nothing less."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.collect import SKIPS, FileError, Rejects, layouts_known, plan, preview, read_posts
from vigie.collect import errors as collect_errors
from vigie.collect.documents import objects_in
from vigie.collect.importers import AROUND, IMPORTERS, Skip, choosing
from vigie.collect.importers.jetstream import posts_of
from vigie.collect.importers.rows import rows_of
from vigie.collect.importers.telegram import TELEGRAM
from vigie.collect.importers.zeeschuimer import SITES, ZEESCHUIMER
from vigie.collect.layouts import LAYOUTS
from vigie.collect.mapping import COLUMNS_ALONE
from vigie.store.pseudonyms import ProjectKey, pseudonymise
from vigie.terms.posts import POSTS

SAMPLES = Path(__file__).parent / "samples"
MINE = {
    "bluesky-jetstream", "crowdtangle-api", "mastodon", "reddit", "telegram", "x-api-v2", "youtube-api",
    "zeeschuimer",
}  # fmt: skip
TABLES = {"CooRTweet", "coordination-network-toolkit"}  # their samples stand in the tests of mapping
NAMELESS = {"4cat-imgur.csv", "4cat-telegram.csv", "crowdtangle-facebook.csv"}
LEFT_OUT = {
    "4cat-boards.csv": {"row.author": 1},
    "4cat-reddit.csv": {"row.author": 1},
    "4cat-xiaohongshu.csv": {"row.time_missing": 1},
    "bluesky-jetstream.ndjson": {"skip.reaction": 1, "skip.account": 2, "skip.other": 1},
    "reddit.ndjson": {"row.author": 1},
    "telegram.json": {"skip.service": 1},
    "youtube-api.json": {"skip.profile": 1},
    "zeeschuimer.ndjson": {"skip.advertisement": 2, "skip.other": 2},
}


def samples() -> list[Path]:
    ids = {*MINE, *(one.id for one in LAYOUTS)}
    return sorted(one for one in SAMPLES.iterdir() if id_of(one) in ids)


def id_of(sample: Path) -> str:
    """Return the id of a sample's layout: its name, up to a word of its own after two hyphens."""
    return sample.name.partition(".")[0].partition("--")[0]


def known(row: dict[str, object]) -> dict[str, object]:
    """Return what a row knows; parts of its lists' objects that are unknown are left out too."""
    told = {}
    for name, value in row.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = [{k: v for k, v in one.items() if v is not None} for one in value]  # noqa: PLW2901 (the same, shorter)
        if value is not None:
            told[name] = value
    return told


def read(path: Path, **options: object) -> tuple[list[dict[str, object]], dict[str, int]]:
    rejects = Rejects()
    table = pa.Table.from_batches(list(read_posts([path], rejects=rejects, **options)), POSTS)
    return [known(row) for row in table.to_pylist()], {**rejects.counts, **rejects.skips}


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_a_sample_is_recognised_and_becomes_its_posts(sample):
    lines = (SAMPLES / "expected" / f"{sample.name}.ndjson").read_text(encoding="utf-8").splitlines()
    shown = preview(sample)
    assert (shown.layout, shown.title) == (id_of(sample), layouts_known()[id_of(sample)])
    assert 0.9 < shown.sure < 1
    assert shown.posts.num_rows
    assert read(sample) == ([json.loads(line) for line in lines], LEFT_OUT.get(sample.name, {}))


def test_each_format_has_a_name_a_source_and_a_sample():
    ids = [one.id for one in (*IMPORTERS, *LAYOUTS)]
    assert len(set(ids)) == len(ids)
    assert {*ids, COLUMNS_ALONE} == set(layouts_known())
    assert all(one.source.startswith("http") and one.title for one in (*IMPORTERS, *LAYOUTS))
    assert {id_of(one) for one in samples()} == {*MINE, *(one.id for one in LAYOUTS)} - TABLES


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_the_name_of_a_file_says_nothing_and_packing_neither(sample, tmp_path):
    if sample.suffix == ".csv":
        return
    for name, pack in (("export", bytes), ("a.gz", gzip.compress), ("a.zst", zstandard.compress)):
        path = tmp_path / name
        path.write_bytes(pack(sample.read_bytes()))
        assert plan(path).layout == id_of(sample)
        assert read(path) == read(sample)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.id)
def test_a_layout_needs_all_its_columns_and_maps_to_canonical_ones(layout):
    for target in (*layout.columns.values(), *layout.also.values(), *layout.given):
        assert target.partition(".")[0] in POSTS.names
    assert not set(layout.given) & {*layout.columns.values(), *layout.also.values()}


# The user's word


def test_the_user_may_name_the_layout(desk):
    few = desk.file('{"id": "1", "text": "x", "author_id": "2", "created_at": "2024-03-01T08:00:00Z"}\n', "a")
    assert plan(few).layout is None
    named = plan(few, layout="x-api-v2")
    assert (named.layout, named.sure) == ("x-api-v2", 1.0)
    assert read(few, layout="x-api-v2")[0][0]["post_id"] == "x:1"


def test_the_user_may_want_a_table_read_by_its_columns(desk):
    path = desk.file((SAMPLES / "reddit.ndjson").read_bytes(), "r.ndjson")
    assert plan(path, layout=COLUMNS_ALONE).layout is None
    assert plan(path, mapping={"author_fullname": "author"}).layout is None
    rows, _ = read(path, layout=COLUMNS_ALONE)
    assert rows[0]["post_id"] == "abc1"


@pytest.mark.parametrize(
    ("layout", "error"),
    [
        ("nowhere", collect_errors.UnknownLayoutError),
        ("telegram", collect_errors.LayoutFormatError),
        ("CooRTweet", collect_errors.LayoutColumnsError),
    ],
)
def test_a_layout_that_cannot_be_is_refused(desk, layout, error):
    path = desk.file("author,created_ms\na,5\n")
    with pytest.raises(error):
        plan(path, layout=layout)


def test_where_two_importers_claim_a_file_the_user_is_asked(monkeypatch):
    twin = replace(TELEGRAM, id="twin")
    monkeypatch.setattr(choosing, "IMPORTERS", (TELEGRAM, twin))
    with pytest.raises(collect_errors.UnsureLayoutError) as caught:
        plan(SAMPLES / "telegram.json")
    assert caught.value.facts["layouts"] == "telegram, twin"


def test_plain_posts_are_nobodys_export(desk):
    path = desk.file('{"author": "a", "created_ms": 5, "body": "x"}\n' * 3, "a.ndjson")
    assert (plan(path).importer, plan(path).sure) == (None, 0.95)
    guessed = plan(desk.file("auteur,date\na,2024-01-01\n"))
    assert guessed.sure == 0.7


# Big and broken documents


def test_a_document_of_many_chats_streams_and_chats_stay_apart(desk):
    chats = [
        {
            "name": f"c{chat}",
            **({} if chat % 3 == 0 else {"type": "public_channel"}),
            "id": chat,
            "messages": [
                {
                    "id": n,
                    "type": "message",
                    "date_unixtime": "1709280000",
                    "from_id": "user1",
                    "text": "x" * 900,
                }
                for n in range(40)
            ],
        }
        for chat in range(1, 60)
    ]
    path = desk.file(json.dumps({"about": "", "chats": {"list": chats}}), "result.json")
    rows, left_out = read(path)
    assert left_out == {}
    assert [row["post_id"] for row in rows] == [
        f"telegram:{chat}/{n}" for chat in range(1, 60) for n in range(40)
    ]


def test_telegrams_own_escape_of_control_characters_is_read(desk):
    text = SAMPLES.joinpath("telegram.json").read_text(encoding="utf-8")
    pads = "".join(rf'"k{n}": "\x0B{"y" * (n % 7)}\\x41\\\x0b",' for n in range(9000))
    path = desk.file(text.replace('"text": "Regardez"', rf'{pads}"text": "Re\x0Bgardez\\x41"'), "r.json")
    assert read(path)[0][2]["body"] == "Re\x0bgardez\\x41"


def test_a_document_that_breaks_off_is_told_after_what_it_holds(desk):
    message = {"id": 1, "type": "message", "date_unixtime": "1709280000", "from_id": "user1", "text": "x"}
    text = json.dumps({"type": "public_channel", "id": 7, "messages": [message] * 500})
    batches = read_posts([desk.file(text[:-40], "r.json")], rejects=Rejects())
    assert next(batches).num_rows == 499
    with pytest.raises(collect_errors.DamagedFileError):
        next(batches)


def test_a_message_without_end_is_refused(desk, monkeypatch):
    monkeypatch.setattr("vigie.collect.json_rows.ROW_BYTES_MAX", 1 << 17)
    text = SAMPLES.joinpath("telegram.json").read_text(encoding="utf-8")
    path = desk.file(text.replace("Regardez", "z" * (1 << 19)), "r.json")
    with pytest.raises(collect_errors.OversizedRowError):
        read(path, layout="telegram")


@pytest.mark.parametrize("name", ["telegram.json", "telegram--account.json"])
def test_entries_that_are_no_objects_are_set_aside(desk, name):
    text = SAMPLES.joinpath(name).read_text(encoding="utf-8")
    path = desk.file(text.replace('"messages": [\n', '"messages": [1, null, "x", [],\n', 1), "r.json")
    rows, left_out = read(SAMPLES / name)
    assert read(path) == (rows, {**left_out, "row.json": 4})


def long_window(content: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=31, enable_ldm=True)
    out = io.BytesIO()
    with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(out, closefd=False) as packed:
        packed.write(content)
    return out.getvalue()


def test_reddits_dumps_with_a_long_window_are_unpacked(desk):
    content = SAMPLES.joinpath("reddit.ndjson").read_bytes()
    path = desk.file(long_window(content) + long_window(content), "RS_2024-03.zst")
    rows, left_out = read(path)
    assert (len(rows), left_out) == (8, {"row.author": 2})
    broken = desk.file(long_window(content * 2000)[:-9], "RS_2024-04.zst")
    with pytest.raises(collect_errors.DamagedFileError):
        read(broken)


# Shapes of one export


def test_x_is_read_as_pages_lines_of_pages_or_lines_of_tweets(desk):
    page = json.loads(SAMPLES.joinpath("x-api-v2.json").read_bytes())
    rows, _ = read(SAMPLES / "x-api-v2.json")
    assert read(desk.file(json.dumps([page]), "pages.json"))[0] == rows
    assert (
        read(desk.file(json.dumps(page) + "\n" + json.dumps({"meta": {"result_count": 0}}) + "\n", "p"))[0]
        == rows
    )
    lines = "".join(json.dumps(one) + "\n" for one in page["data"])
    alone = read(desk.file(lines, "tweets.ndjson"))[0]
    assert [row["post_id"] for row in alone] == [f"x:{one['id']}" for one in page["data"]]
    assert "author_followers" not in alone[0]  # users stand in pages alone


def test_youtube_pages_are_read_as_lines_too(desk):
    page = json.loads(SAMPLES.joinpath("youtube-api.json").read_bytes())
    path = desk.file(json.dumps(page) + "\n" + json.dumps(page) + "\n", "pages.ndjson")
    assert read(path)[0] == 2 * read(SAMPLES / "youtube-api.json")[0]


def test_zeeschuimers_file_says_the_same_as_4cat_keeps_it(desk):
    sample = SAMPLES / "zeeschuimer.ndjson"
    lines = [json.loads(line) for line in sample.read_bytes().splitlines()]
    kept = [{**line.pop("data"), "__import_meta": line} for line in lines]
    path = desk.file("".join(json.dumps(one) + "\n" for one in kept), "4cat.ndjson")
    assert plan(path).layout == "zeeschuimer"
    assert read(path) == read(sample)


def test_a_truth_that_4cat_keeps_is_not_taken_for_mastodons(desk):
    line = next(
        one for one in SAMPLES.joinpath("zeeschuimer.ndjson").read_bytes().splitlines() if b"truths" in one
    )
    item = json.loads(line)
    item["data"] |= {"uri": "https://truthsocial.com/@line_ex/s1"}
    item["data"]["account"] |= {"acct": "line_ex"}
    path = desk.file(json.dumps({**item.pop("data"), "__import_meta": item}) + "\n", "4cat.ndjson")
    assert plan(path).layout == "zeeschuimer"


def test_a_notes_id_gives_its_moment_where_that_can_be(desk):
    line = next(
        json.loads(one)
        for one in SAMPLES.joinpath("zeeschuimer.ndjson").read_bytes().splitlines()
        if b"note_card" in one
    )
    moments = {}
    for start in ("65e1a8b8", "00000001", "ffffffff", "zzzzzzzz"):  # told, before RedNote, to come, none
        line["data"]["id"] = start + "000000000b01abcd"
        (post,) = ZEESCHUIMER.posts(line)
        moments[start] = post["created_ms"]
    assert moments == {"65e1a8b8": 0x65E1A8B8 * 1000, "00000001": None, "ffffffff": None, "zzzzzzzz": None}


def test_each_time_step_is_an_observation_of_its_own():
    rows, _ = read(SAMPLES / "crowdtangle-api.json")
    steps = [row for row in rows if row["post_id"] == "facebook:100100_7"]
    assert [row["collected_ms"] for row in steps] == sorted(row["collected_ms"] for row in steps)
    assert [row["counts"][0] for row in steps] == [
        {"at_ms": row["collected_ms"], "name": "likes", "value": likes}
        for row, likes in zip(steps, (2, 5, 9), strict=True)
    ]
    assert len({row["created_ms"] for row in steps}) == 1


def test_crowdtangles_pages_are_read_as_lines_too(desk):
    page = json.loads(SAMPLES.joinpath("crowdtangle-api.json").read_bytes())
    lines = [page, *page["result"]["posts"]]
    path = desk.file("".join(json.dumps(one) + "\n" for one in lines), "pages.ndjson")
    assert plan(path).layout == "crowdtangle-api"
    assert read(path)[0] == 2 * read(SAMPLES / "crowdtangle-api.json")[0]


def test_a_share_of_ones_own_private_post_names_it(desk):
    outbox = json.loads(SAMPLES.joinpath("mastodon--outbox.json").read_bytes())
    shared = next(one for one in outbox["orderedItems"] if one["type"] == "Announce")
    whole = {**outbox, "orderedItems": [{**shared, "object": {"id": shared["object"], "type": "Note"}}]}
    plainly = {**outbox, "orderedItems": [shared]}
    told = [read(desk.file(json.dumps(one), f"{place}.json")) for place, one in enumerate((whole, plainly))]
    assert told[0] == told[1]
    assert told[0][0][0]["share_of"] == f"mastodon:{shared['object']}"


def archive(path: Path, outbox: bytes, packing: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as made:
        made.writestr("actor.json", "{}")
        made.writestr("media_attachments/files/1/original/pont.jpg", b"\xff\xd8")
        made.writestr("outbox.json", outbox)
    return path


def test_the_archive_of_a_mastodon_account_says_what_its_outbox_says(tmp_path):
    outbox = SAMPLES / "mastodon--outbox.json"
    path = archive(tmp_path / "archive.zip", outbox.read_bytes())
    assert (plan(path).layout, plan(path).sure) == ("mastodon-archive", 0.99)
    assert read(path) == read(outbox)


def test_an_archive_that_is_nobodys_broken_or_endless_is_refused(tmp_path):
    with pytest.raises(collect_errors.UnknownFormatError):
        plan(archive(tmp_path / "empty.zip", b"{}"))
    content = archive(tmp_path / "a.zip", SAMPLES.joinpath("mastodon--outbox.json").read_bytes()).read_bytes()
    start = content.index(b"outbox.json")
    path = tmp_path / "broken.zip"
    path.write_bytes(content[: start + 40] + bytes(200) + content[start + 240 :])
    with pytest.raises(collect_errors.FileError):
        read(path, layout="mastodon-archive")
    endless = b'{"orderedItems": [' + b" " * (20 << 20) + b"]}"
    with pytest.raises(collect_errors.OversizedRowError):
        read(archive(tmp_path / "endless.zip", endless), layout="mastodon-archive")


def test_numbers_that_count_within_a_chat_are_told_apart(desk):
    head, row = SAMPLES.joinpath("4cat-telegram.csv").read_text().splitlines()
    rows = [
        row.replace("anse-12,anse", f"12,{chat}").replace("Le pont,,", "Le pont,11,") for chat in ("a", "b")
    ]
    found, _ = read(desk.file("\n".join([head, row, *rows]) + "\n"))
    assert [one["post_id"] for one in found] == ["anse-12", "a-12", "b-12"]
    assert [one.get("in_reply_to") for one in found] == [None, "a-11", "b-11"]
    alone = read_posts([desk.file("\n".join([head, *rows]) + "\n")], columns=["post_id"], rejects=Rejects())
    assert [one.column("post_id").to_pylist() for one in alone] == [["a-12", "b-12"]]


def test_who_is_nobody_is_nobody_in_a_table_too():
    rejects = Rejects()
    found = pa.Table.from_batches(list(read_posts([SAMPLES / "4cat-boards.csv"], rejects=rejects)))
    assert found.column("author").to_pylist() == ["line_ex"]
    assert rejects.first[0].code == "row.author"


def test_a_deletion_is_a_new_observation_of_the_same_post():
    lines = [
        json.loads(one) for one in SAMPLES.joinpath("bluesky-jetstream.ndjson").read_bytes().splitlines()
    ]
    (made,), (deleted,) = posts_of(lines[0]), posts_of(lines[4])
    assert made["post_id"] == deleted["post_id"]
    assert "deleted_seen_ms" not in made
    assert deleted["deleted_seen_ms"] == lines[4]["time_us"] // 1000
    assert abs(deleted["created_ms"] - made["created_ms"]) < 1000  # the record key's own clock


def test_a_deletion_that_does_not_say_when_the_post_was_made_is_set_aside(desk):
    event = json.loads(SAMPLES.joinpath("bluesky-jetstream.ndjson").read_bytes().splitlines()[4])
    event["commit"]["rkey"] = "self"
    path = desk.file(json.dumps(event) + "\n" + SAMPLES.joinpath("bluesky-jetstream.ndjson").read_text(), "j")
    assert read(path)[1]["row.time_missing"] == 1


@pytest.mark.parametrize(
    ("claimed", "code"), [("soon", "row.time"), ("", "row.time_missing"), (-5, "row.time")]
)
def test_a_moment_that_cannot_be_read_is_told_from_none(desk, claimed, code):
    line = json.loads(SAMPLES.joinpath("reddit.ndjson").read_bytes().splitlines()[0])
    path = desk.file(
        json.dumps({**line, "created_utc": claimed}) + "\n" + json.dumps(line) + "\n", "r.ndjson"
    )
    rows, left_out = read(path)
    assert (len(rows), left_out) == (1, {code: 1})


def test_crowdtangles_zones_are_read(desk):
    texts = [
        "2024-07-01 04:00:00 EDT",
        "2024-01-01 04:00:00 EST",
        "2024-01-01 04:00:00 PST",
        "2024-07-01 04:00:00 X",
    ]
    rows = "".join(f"a,{one}\n" for one in texts)
    path = desk.file("author,created_ms\n" + rows)
    found, left_out = read(path)
    assert [row["created_ms"] for row in found] == [1719820800000, 1704099600000, 1704110400000]
    assert left_out == {"row.time": 1}


def test_real_comments_in_the_shape_of_a_dump_are_all_read(desk, real_posts):
    table = pq.read_table(real_posts / "reddit_ira_comments.parquet")
    lines = [
        {
            **{
                name: row[name]
                for name in ("id", "name", "body", "link_id", "parent_id", "permalink", "score")
            },
            "author": row["author.name"],
            "subreddit": row["subreddit.display_name_prefixed"].removeprefix("r/"),
            "created_utc": int(row["created_utc"]),
            "edited": False if row["edited"] == "False" else float(row["edited"]),
        }
        for row in table.to_pylist()
    ]
    path = desk.file("".join(json.dumps(line) + "\n" for line in lines), "RC_2016-08.ndjson")
    assert plan(path).layout == "reddit"
    rows, left_out = read(path)
    assert left_out == {}
    assert [row["post_id"] for row in rows] == [f"reddit:{line['name']}" for line in lines]
    assert [row.get("body", "") for row in rows] == [
        "" if line["body"] in {"[removed]", "[deleted]"} else line["body"] for line in lines
    ]


NAMES = re.compile(
    r"(line|abel|odile)[_-]ex|@(line|abel)|users/(line|abel)|exemple(aaaa|bbbb|exemple)|anseinfo|Exemple\b"
    r"|user50\d|channel(77|1900)|17000000000|73000000000"
)


@pytest.mark.parametrize("sample", samples(), ids=lambda one: one.name)
def test_no_name_and_no_id_of_a_sample_is_left_once_it_is_stored(sample):
    table = pa.Table.from_batches(list(read_posts([sample], rejects=Rejects())))
    key = ProjectKey(hashing=b"h" * 32, sealing=b"s" * 32, id="0" * 16)
    stored, identities = pseudonymise(table, key)
    is_named = NAMES.search(json.dumps(table.to_pylist(), ensure_ascii=False)) is not None
    assert is_named == (sample.name not in NAMELESS)
    assert not NAMES.search(json.dumps(stored.to_pylist(), ensure_ascii=False))
    assert identities.num_rows


# Hostile records


def records(sample: Path) -> list[dict[str, object]]:
    importer = next(one for one in IMPORTERS if one.id == id_of(sample))
    content = sample.read_bytes()
    if sample.suffix == ".ndjson":
        return [json.loads(line) for line in content.splitlines()]
    return list(objects_in(content, importer.items, has_surroundings=importer.has_surroundings))


def places(value: object, way: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Return the way to each value in a record, none of whose names is the frame's own."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, one in inner if key != AROUND for place in places(one, (*way, key)))]


def changed(value: object, way: tuple[object, ...], new: object) -> object:
    if not way:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = changed(copy[way[0]], way[1:], new)
    return copy


EXPORTS = [one for one in samples() if id_of(one) in MINE]
hostile = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False),
    st.sampled_from(["", "x", "\ud83d", "2024-13-99", "https://[", "did:plc:x", "9" * 40, "<a href='[' >"]),
    st.text(max_size=8), st.just([]), st.just({}), st.just([None, 1, "x", []]), st.just({"id": None}),
)  # fmt: skip


@pytest.mark.parametrize("sample", EXPORTS, ids=lambda one: one.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_hostile_record_raises_nothing_and_invents_no_post(sample, data):
    importer = next(one for one in IMPORTERS if one.id == id_of(sample))
    record = data.draw(st.sampled_from(records(sample)))
    before = list(importer.posts(record))
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(places(record)[1:]))
        record = changed(record, way, data.draw(hostile))
    found = list(importer.posts(record))
    assert len(found) <= max(1, len(before))
    assert 0 <= importer.sure([record]) < 1
    posts = [one for one in found if not isinstance(one, Skip)]
    assert all(f"skip.{one.kind}" in SKIPS for one in found if isinstance(one, Skip))
    assert rows_of(posts).num_rows == len(posts)


@pytest.mark.parametrize("sample", EXPORTS, ids=lambda one: one.name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_hostile_file_raises_nothing_but_file_errors(sample, data, tmp_path_factory):
    content = bytearray(sample.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content) - 1))
        content[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("hostile") / sample.name
    path.write_bytes(content)
    try:
        rows, _ = read(path)
    except FileError:
        return
    assert len(rows) <= 2 * len(read(sample)[0]) + 2


FLAT = [one for one in samples() if id_of(one) not in MINE]


@pytest.mark.parametrize("sample", FLAT, ids=lambda one: one.name)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_a_hostile_table_raises_nothing_but_file_errors(sample, data, tmp_path_factory):
    head, _, body = sample.read_bytes().partition(b"\n")
    content = bytearray(body * 3)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content) - 1))
        content[start : start + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    path = tmp_path_factory.mktemp("hostile") / sample.name
    path.write_bytes(head + b"\n" + content)
    try:
        rows, left_out = read(path, layout=id_of(sample))
    except FileError:
        return
    assert len(rows) + sum(left_out.values()) <= content.count(b"\n") + content.count(b"\r") + 1
    assert all("author" in row and "created_ms" in row for row in rows)


@pytest.mark.parametrize("page", ["formats.md", "formats.fr.md"])
def test_the_page_of_formats_lists_everything_that_is_read(page):
    text = (Path(__file__).parents[3] / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert not [one for one in layouts_known() if f"`{one}`" not in text and one != COLUMNS_ALONE]
    assert not [one for one in SITES if f"`{one}`" not in text]
