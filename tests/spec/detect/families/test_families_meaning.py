"""With a language model, families that mean the same in other words or another language join."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from copies import Post, found, shuffled, table, together
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import write_model

from vigie.collect.embeddings import ModelError, ModelReaderError, Static, digest_of, open_model
from vigie.detect import families
from vigie.detect.families import Rule
from vigie.detect.families.meaning import join_meaning, no_meaning, vectors_of
from vigie.terms.errors import BadOptionError

FERRY = "The ferry of this morning was cancelled, nobody warned the passengers of the island."
BOAT = "At dawn they scrapped our boat again and none of all these travellers to the isle were told!"
TRAVERSIER = "Ce matin le traversier est annulé, personne ne l’a dit aux passagers de l’île, voilà."
LIBRARY = "The library of our village closes on every sunday forever, and the children wait outside."


@pytest.fixture(scope="module")
def embed(tmp_path_factory):
    return open_model(write_model(tmp_path_factory.mktemp("model")))


def test_other_words_and_another_language_are_one_family_with_a_model(embed):
    posts = (
        Post(FERRY, lang="en", at=1),
        Post(BOAT, lang="en", at=2),
        Post(TRAVERSIER, lang="fr", at=3),
        Post(TRAVERSIER + " Bon", lang="fr", at=4),
        Post(LIBRARY, lang="en", at=5),
    )
    assert together(found(*posts)) == {frozenset({"p2", "p3"})}
    result = found(*posts, embed=embed)
    assert together(result) == {frozenset({"p0", "p1", "p2", "p3"})}
    assert result.members["tier"].to_pylist() == ["exact", "rewording", "translation", "translation"]
    assert result.families["tier"].to_pylist() == ["translation"]
    assert result.families["languages"].to_pylist() == [["en", "fr"]]
    assert result.families["texts"].to_pylist() == [4]
    similarity = result.members["similarity"].to_pylist()
    assert similarity[0] == 1
    assert similarity[2] == similarity[3]
    assert 0.85 <= similarity[1] < 1


def test_a_run_says_which_tiers_it_looked_for(embed):
    assert found(Post(FERRY)).tiers == ("exact", "normalised", "near")
    assert found(Post(FERRY), embed=embed).tiers == families.TIERS


def test_where_a_language_is_not_known_the_stricter_threshold_holds(embed):
    half = "Toujours la même chose, le traversier annulé, personne prévenu ce matin."
    for lang, together_with in (("fr", {frozenset({"p0", "p1"})}), (None, set())):
        posts = (Post(FERRY, lang="en"), Post(half, lang=lang, at=1))
        assert together(found(*posts, embed=embed)) == together_with


def test_what_the_model_knows_nothing_of_joins_nothing(embed):
    one = "Zut alors quelle histoire que voilà mes chers amis de partout"
    other = "Tiens donc ces gens font encore n’importe quoi dans leur coin"
    assert together(found(Post(one), Post(other, at=1), embed=embed)) == set()


def test_addresses_and_mentions_say_nothing_of_what_is_meant(embed):
    asked = []

    def spy(texts):
        asked.extend(texts)
        return embed(texts)

    found(Post("@ami_library " + FERRY + " https://library.example/village"), embed=spy)
    assert asked == [FERRY]


def test_a_model_that_gives_no_numbers_is_refused():
    with pytest.raises(BadOptionError):
        vectors_of(["a", "b"], lambda texts: np.full((len(texts), 3), np.nan, np.float32))
    with pytest.raises(BadOptionError):
        vectors_of(["a", "b"], lambda _texts: np.zeros((1, 3), np.float32))


# The plain reading


def by_hand(vectors, languages, rule):
    """Return the family of each vector: every comparison made, one by one."""

    def alike(one, other):
        return float((vectors[one].astype(float) * vectors[other].astype(float)).sum())

    def enough(one, other):
        known = "und" not in (languages[one], languages[other])
        least = rule.translation_min if known and languages[one] != languages[other] else rule.rewording_min
        return alike(one, other) >= least

    joined = []
    for row in range(len(vectors)):
        open_to = [
            (-alike(row, founder), founder)
            for founder in sorted(set(joined))
            if all(enough(row, one) for one in range(row) if joined[one] == founder)
        ]
        joined.append(min(open_to)[1] if open_to else row)
    return joined


@st.composite
def some_vectors(draw):
    chance = np.random.default_rng(draw(st.integers(0, 10_000)))
    count = draw(st.integers(1, 30))
    middles = chance.normal(size=(3, 6))
    rough = middles[chance.integers(0, 3, count)] + chance.normal(scale=0.6, size=(count, 6))
    languages = chance.choice(["en", "fr", "und"], count).tolist()
    return vectors_of([""] * count, lambda _texts: rough.astype(np.float32)), languages


@given(made=some_vectors(), cut=st.integers(0, 30))
def test_families_of_meaning_are_those_of_the_plain_reading_all_at_once_or_one_after_another(made, cut):
    vectors, languages = made
    rule, held = Rule(), no_meaning()
    for part in (slice(0, cut), slice(cut, None)):
        numbers = np.arange(len(vectors), dtype=np.int32)[part] * 2
        lang = pa.array(languages[part], pa.string())
        if len(numbers):
            held = join_meaning(held, specimen=numbers, vectors=vectors[part], lang=lang, rule=rule)
    assert (held.joined // 2).tolist() == by_hand(vectors, languages, rule)


def test_the_size_of_blocks_changes_nothing(monkeypatch):
    chance = np.random.default_rng(4)
    rough = chance.normal(size=(5, 8))[chance.integers(0, 5, 300)] + chance.normal(scale=0.4, size=(300, 8))
    vectors = vectors_of([""] * 300, lambda _texts: rough.astype(np.float32))
    given_ = {
        "specimen": np.arange(300, dtype=np.int32),
        "vectors": vectors,
        "lang": pa.array(["en"] * 300),
        "rule": Rule(),
    }
    whole = join_meaning(no_meaning(), **given_)
    monkeypatch.setattr("vigie.detect.families.meaning.ROWS", 7)
    monkeypatch.setattr("vigie.detect.families.meaning.COLUMNS", 11)
    parts = join_meaning(no_meaning(), **given_)
    assert np.array_equal(whole.joined, parts.joined)
    assert np.array_equal(whole.likeness, parts.likeness)


@settings(max_examples=12)
@given(seed=st.integers(0, 99), cut=st.integers(1, 4))
def test_with_a_model_later_posts_join_as_if_all_had_been_read_at_once(embed, seed, cut):
    texts = [(FERRY, "en"), (TRAVERSIER, "fr"), (BOAT, "en"), (LIBRARY, "en"), (FERRY + " No", "en")]
    posts = [Post(text, lang=lang, at=n) for n, (text, lang) in enumerate(texts)]
    whole = table(*posts)
    at_once = families.detect(shuffled(whole, seed), embed=embed)
    first = families.detect(whole.slice(0, cut), embed=embed)
    both = families.detect(whole.slice(cut), earlier=first.held, embed=embed)
    assert both.members.equals(at_once.members)
    assert both.families.equals(at_once.families)
    assert both.links.equals(at_once.links)


# Models in folders


@pytest.mark.parametrize("how", [{}, {"mapping": True}, {"tables": "embedding.weight"}])
def test_a_static_model_is_read_from_its_files(tmp_path, how):
    model = open_model(write_model(tmp_path / "m", **how))
    assert isinstance(model, Static)
    ferry, boat, both, unknown = model(["ferry", "Bateau", "ferry library", "zzz"])
    assert np.array_equal(ferry, boat)
    assert both.max() == 0.5
    assert not unknown.any()


def test_the_static_embedding_of_sentence_transformers_is_read_too(tmp_path):
    write_model(tmp_path / "m" / "0_StaticEmbedding", tables="embedding.weight")
    assert open_model(tmp_path / "m")(["ferry"]).any()


def test_another_model_needs_its_package(tmp_path):
    from importlib.util import find_spec

    if find_spec("sentence_transformers"):
        pytest.skip("sentence-transformers is installed here")
    (tmp_path / "modules.json").write_text(
        '[{"path": "", "type": "sentence_transformers.models.Transformer"}]'
    )
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelReaderError, match="sentence-transformers"):
        open_model(tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError):
        open_model(tmp_path)
    with pytest.raises(ModelError):
        open_model(tmp_path / "none")


@pytest.mark.parametrize("broken", ["model.safetensors", "tokenizer.json", "modules.json"])
def test_a_broken_file_is_refused(tmp_path, broken):
    (write_model(tmp_path) / broken).write_text("nonsense")
    with pytest.raises(ModelError):
        open_model(tmp_path)


def test_a_model_without_a_vector_for_each_word_is_refused(tmp_path):
    from safetensors.numpy import save_file

    write_model(tmp_path)
    for tensors in ({"embeddings": np.eye(3, dtype=np.float32)}, {"other": np.eye(99, dtype=np.float32)}):
        save_file(tensors, tmp_path / "model.safetensors")
        with pytest.raises(ModelError):
            open_model(tmp_path)


@pytest.mark.parametrize(
    "forged",
    [
        {"embeddings": np.full((53, 2), np.nan, np.float32)},
        {"embeddings": np.ones((53, 2), np.int64)},
        {"mapping": np.array(0)},
        {"mapping": np.zeros((53, 1), np.int64)},
        {"mapping": np.zeros(53, np.float32)},
        {"weights": np.array(1, np.float32)},
    ],
)
def test_tensors_that_are_no_vectors_places_or_weights_are_refused(tmp_path, forged):
    from safetensors.numpy import save_file

    write_model(tmp_path)
    save_file({"embeddings": np.ones((53, 2), np.float32)}, tmp_path / "model.safetensors")
    assert open_model(tmp_path)(["ferry"]).any()
    save_file({"embeddings": np.ones((53, 2), np.float32), **forged}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError):
        open_model(tmp_path)


def test_numbers_of_a_kind_that_numpy_does_not_have_are_refused(tmp_path):
    head = b'{"embeddings":{"dtype":"F8_E4M3","shape":[2,2],"data_offsets":[0,4]}}'
    path = write_model(tmp_path) / "model.safetensors"
    path.write_bytes(len(head).to_bytes(8, "little") + head + bytes(4))
    with pytest.raises(ModelError):
        open_model(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"), [('"unk_token":"[UNK]"', '"unk_token":"[NONE]"'), ('"élèves":48', '"élèves":1000000000')]
)
def test_a_tokenizer_that_would_fail_on_a_text_is_refused(tmp_path, old, new):
    path = write_model(tmp_path) / "tokenizer.json"
    said = json.dumps(json.loads(path.read_text()), ensure_ascii=False, separators=(",", ":"))
    assert old in said
    path.write_text(said.replace(old, new))
    with pytest.raises(ModelError):
        open_model(tmp_path)


@pytest.mark.parametrize("modules", ["[" * 200_000, '[{"path": "", "type": 5}]'])
def test_modules_that_are_no_list_of_classes_are_refused(tmp_path, modules):
    (write_model(tmp_path) / "modules.json").write_text(modules)
    with pytest.raises(ModelError):
        open_model(tmp_path)


def test_a_model_that_names_other_code_is_refused(tmp_path):
    (tmp_path / "modules.json").write_text('[{"path": "", "type": "os.system"}]')
    with pytest.raises(ModelError, match="other code"):
        open_model(tmp_path)


def test_a_models_digest_is_that_of_its_files(tmp_path):
    one, other = write_model(tmp_path / "a"), write_model(tmp_path / "b")
    assert digest_of(one) == digest_of(other)
    (other / "config.json").write_text("{}")
    assert digest_of(one) != digest_of(other)
