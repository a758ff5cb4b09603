"""In which language a text is written: scripts, the model, the platform's word, and honest doubt."""

from __future__ import annotations

from importlib.util import find_spec

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.text import IDENTIFIED, LANGUAGES, UNDETERMINED, identify, installed_model
from vigie.text.signs import SCRIPTS

needs_model = pytest.mark.skipif(find_spec("lingua") is None, reason="vigie[languages] is not installed")
# Short posts as people write them; what docs/reference/languages.md measures.
SHORT = {
    "ar": ("كذب رئيس البلدية مرة أخرى", "اذهبوا للتصويت يوم الخميس", "لا أحد يتحدث عن هذا", "ماذا يحدث هنا؟"),
    "de": ("Der Bürgermeister lügt schon wieder", "Geht am Donnerstag wählen", "Was ist hier los?"),
    "en": ("They knew about the water", "Go vote on Thursday!", "Nobody is talking about this"),
    "es": ("No vayan a votar el jueves", "El alcalde miente otra vez", "¿Qué está pasando aquí?"),
    "fa": ("شهردار باز هم دروغ گفت", "پنجشنبه بروید رأی بدهید", "اینجا چه خبر است؟"),
    "fr": (
        "Le maire ment encore",
        "Allez voter jeudi, c’est important !",
        "On nous cache la vérité depuis juin",
    ),
    "hi": ("मेयर ने फिर झूठ बोला", "आप सबका धन्यवाद", "यहाँ क्या हो रहा है?"),
    "it": ("Il sindaco mente ancora", "Andate a votare giovedì", "Che cosa sta succedendo?"),
    "pt": ("O prefeito mentiu de novo", "Vão votar na quinta-feira", "O que está acontecendo aqui?"),
    "ru": ("Мэр снова солгал", "Идите голосовать в четверг", "Что здесь происходит?"),
    "tl": ("Nagsinungaling na naman ang alkalde", "Bumoto tayo sa Huwebes", "Ano ang nangyayari dito?"),
    "uk": ("Мер знову збрехав", "Ідіть голосувати у четвер", "Що тут відбувається?"),
    "ur": ("میئر نے پھر جھوٹ بولا", "جمعرات کو ووٹ دینے جائیں", "آپ سب کا شکریہ"),
}
BY_SCRIPT = {
    "el": ("Ο δήμαρχος είπε πάλι ψέματα",),
    "gu": ("મેયર ફરી ખોટું બોલ્યા",),
    "he": ("ראש העיר שיקר שוב",),
    "hy": ("Քաղաքապետը կրկին ստեց",),
    "iu": ("ᐃᓄᒃᑎᑐᑦ ᐅᖃᐅᓯᖅ", "ᖁᔭᓐᓇᒦᒃ ᐃᓘᓐᓇᓯ", "ᐃᒥᖅ ᐃᒥᕐᑕᐅᔪᓐᓇᙱᑦᑐᖅ"),
    "ja": ("市長がまた嘘をついた", "ありがとう"),
    "ka": ("მერმა ისევ იცრუა",),
    "ko": ("시장이 또 거짓말했다",),
    "pa": ("ਮੇਅਰ ਨੇ ਫਿਰ ਝੂਠ ਬੋਲਿਆ", "ਵੀਰਵਾਰ ਨੂੰ ਵੋਟ ਪਾਉਣ ਜਾਓ"),
    "ta": ("மேயர் மீண்டும் பொய் சொன்னார்",),
    "th": ("นายกเทศมนตรีโกหกอีกแล้ว",),
    "zh": ("市长又撒谎了", "自來水不能喝", "真丢人"),
}
NEIGHBOURS = {
    "be": "Мэр зноў схлусіў і ніхто пра гэта не гаворыць",
    "bg": "Кметът пак излъга и никой не говори за това",
    "id": "Wali kota berbohong lagi dan tidak ada yang membicarakannya",
    "mr": "महापौर पुन्हा खोटे बोलले आणि याबद्दल कोणीही बोलत नाही",
    "nl": "De burgemeester liegt weer en niemand praat erover",
    "pl": "Burmistrz znowu skłamał i nikt o tym nie mówi",
    "ps": "ښاروال بیا دروغ وویل او هیڅوک د دې په اړه خبرې نه کوي",
    "sr": "Градоначелник је опет слагао и нико не прича о томе",
    "tr": "Belediye başkanı yine yalan söyledi ve kimse bundan bahsetmiyor",
    "vi": "Thị trưởng lại nói dối và không ai nói về điều này",
}


def told(*texts, model=None, **given) -> list[str]:
    return identify(pa.array(texts, pa.string()), model=model, **given).column("lang").to_pylist()


@pytest.fixture(scope="module")
def model():
    """Return the model that is installed."""
    return installed_model()


class Says:
    """A model that always says the same."""

    def __init__(self, lang: str, sure: float) -> None:
        self.answer, self.asked = (lang, sure), []

    def __call__(self, texts):
        self.asked += texts
        return [self.answer] * len(texts)


# --- Scripts ---


@pytest.mark.parametrize(
    ("lang", "text"), [(lang, text) for lang, texts in BY_SCRIPT.items() for text in texts]
)
def test_a_script_of_one_language_says_it_without_a_model(lang, text):
    assert told(text) == [lang]


@pytest.mark.parametrize("text", ["ᓀᐦᐃᔭᐍᐏᐣ ᐊᔨᒧᐃᐧᐣ", "ᒥᔪᑮᓯᑲᐤ ᐊᓄᐦᐨ", "ᐊᓂᔑᓈᐯᒧᐎᓐ ᐧ"])
def test_syllabics_with_signs_of_cree_are_not_inuktitut(text):
    assert told(text) == [UNDETERMINED]


@pytest.mark.parametrize("text", list(SHORT["en"] + SHORT["ru"] + SHORT["ar"] + SHORT["hi"]))
def test_scripts_of_many_languages_are_not_guessed_without_a_model(text):
    assert told(text) == [UNDETERMINED]


@pytest.mark.parametrize(
    "text",
    [
        *("", "lol", "ok", "!!!", "😂😂😂", "2026", "https://a.example/x", "@ana @ben", "#ok", "…", "中"),
        "今天投票 go vote today everyone please",
        "Спасибо everyone for it",
    ],
)
def test_what_is_too_short_or_mixed_is_not_determined(text):
    assert told(text, model=Says("fr", 1.0)) == [UNDETERMINED]


def test_links_and_names_in_another_script_do_not_mix_a_text():
    assert told("@someone_long 今天投票 https://news.example/a-long-path #2026") == ["zh"]


def test_no_letter_is_of_two_scripts():
    places = [
        place for ranges in SCRIPTS.values() for first, last in ranges for place in range(first, last + 1)
    ]
    assert len(places) == len(set(places))


# --- The model, the platform's word ---


def test_the_model_is_asked_once_for_texts_that_are_the_same():
    says = Says("fr", 0.9)
    assert told(*["Le maire ment encore"] * 5, "Allez voter jeudi", model=says) == ["fr"] * 6
    assert len(says.asked) == 2


@pytest.mark.parametrize(("lang", "sure"), [("fr", 0.49), ("nl", 0.99), ("tl", 0.99)])
def test_a_doubtful_answer_a_neighbour_and_a_tagalog_without_its_words_are_not_determined(lang, sure):
    found = identify(pa.array(["Good afternoon Lucy Biden"]), model=Says(lang, sure)).to_pylist()
    assert found == [{"lang": UNDETERMINED, "confidence": 0.0, "basis": "none"}]


def test_the_platforms_word_is_taken_where_the_text_does_not_tell():
    texts, stated = pa.array(["lol", "市长又撒谎了", "ok", None]), pa.array(["fr-CA", "en", "tlh", "EN"])
    found = identify(texts, stated=stated).to_pylist()
    assert [(one["lang"], one["basis"]) for one in found] == [
        ("fr", "stated"),
        ("zh", "script"),
        (UNDETERMINED, "none"),
        ("en", "stated"),
    ]


def test_only_configured_languages_are_answered():
    found = told("市长又撒谎了", "ਮੇਅਰ ਨੇ ਫਿਰ", "Le maire ment", model=Says("fr", 1.0), languages=("pa",))
    assert found == [UNDETERMINED, "pa", UNDETERMINED]


@given(st.lists(st.one_of(st.none(), st.text(max_size=30))))
def test_every_text_has_an_answer_of_the_set_and_stands_alone(texts):
    column = pa.array(texts, pa.string())
    found = identify(column, model=Says("en", 0.8))
    assert found.schema == IDENTIFIED
    assert found.num_rows == len(texts)
    assert set(found.column("lang").to_pylist()) <= {*LANGUAGES, UNDETERMINED}
    chunks = pa.chunked_array([column, column])
    assert identify(chunks, model=Says("en", 0.8)).to_pylist() == found.to_pylist() * 2


# --- The model that is installed ---


@needs_model
@pytest.mark.parametrize("lang", SHORT)
def test_short_posts_are_told_and_never_taken_for_another_language(model, lang):
    found = told(*SHORT[lang], model=model)
    assert set(found) <= {lang, UNDETERMINED}
    assert found.count(lang) >= len(found) - 1


@needs_model
@pytest.mark.parametrize("lang", NEIGHBOURS)
def test_neighbours_are_not_taken_for_languages_of_the_set(model, lang):
    assert told(NEIGHBOURS[lang], model=model) == [UNDETERMINED]


@needs_model
def test_the_same_text_gets_the_same_answer_every_time(model):
    texts = [text for texts in SHORT.values() for text in texts]
    assert told(*texts, model=model) == told(*reversed(texts), model=model)[::-1]
