"""Signing in with an identity provider: a real one that we did not write, and one that lies.

Abuse case 15: an account is linked by issuer and subject, by an explicit act, never by e-mail
(MISP CVE-2026-9084).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from vigie_node import clock
from vigie_node.ledger.actions import HOST
from vigie_node.ledger.actions import person as actor
from vigie_node.ledger.models import Entry
from vigie_node.people import actions, provider
from vigie_node.people.models import LinkedIdentity
from vigie_node.people.provider import Identity
from vigie_node.people.throttle import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
LEAVE, BACK, MINE = "/en/sign-in/service", "/en/sign-in/service/back", "/en/settings/sign-in-service"
AT_HOME = "http://localhost:8000"
INSIDE = "/en/settings/account"
CLIENT, SECRET = "vigie", "a secret: with odd & signs"

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def nothing_kept():
    """Begin without what an earlier provider published."""
    provider._kept.clear()


@pytest.fixture
def named(settings, tmp_path):
    """Return a function that names a provider in the node's configuration."""

    def name(issuer: str, **more: str) -> None:
        (settings.HOME.folder / "keys" / "oidc.secret").write_text(f"{SECRET}\n", encoding="utf-8")
        settings.NODE = replace(
            settings.NODE,
            oidc_issuer=issuer,
            oidc_client=CLIENT,
            oidc_secret_file="keys/oidc.secret",  # noqa: S106 (a path)
            oidc_name="Clé d’essai",
            peers=(f"{issuer} 127.0.0.1/32",),
            **more,
        )

    return name


def is_in(browser):
    return browser.get(INSIDE).status_code == 200


def begin_link(browser, known, hand_ms):
    """Prove who one is, and return the address of the provider to which the page leads."""
    sent = {"current": known.password, "current_code": known.code(hand_ms)}
    page = browser.post(MINE, sent).content.decode()
    (found,) = re.findall(r'href="(http://127[^"]+)"', page)
    return found.replace("&amp;", "&")


# --- A real provider ---


@pytest.fixture(params=["RS256", "ES256", "EdDSA"])
def real(request, named) -> Iterator[str]:
    """Run `oidc-provider` and name it in the configuration."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("there is no oidc-provider in node_modules: run `make console`")
    command = [node, str(Path(__file__).parent / "provider.mjs"), CLIENT, SECRET, request.param]
    backs = [f"{AT_HOME}/{language}/sign-in/service/back" for language in ("en", "fr")]
    with subprocess.Popen(
        [*command, *backs],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        issuer = process.stdout.readline().strip()
        named(issuer)
        yield issuer
        process.terminate()


def sign_in_there(place: str, login: str) -> str:
    """Sign in on the provider's own pages, and return the path to which it leads back."""
    with httpx.Client() as client:
        answer = client.get(place)
        for _ in range(12):
            if answer.is_redirect:
                onward = str(httpx.URL(answer.headers["location"]))
                if onward.startswith(AT_HOME):
                    return onward.removeprefix(AT_HOME)
                answer = client.get(httpx.URL(str(answer.url)).join(onward))
            else:
                (submit,) = re.findall(r'action="([^"]+)"', answer.text)
                (prompt,) = re.findall(r'name="prompt" value="(\w+)"', answer.text)
                answer = client.post(submit, data={"prompt": prompt, "login": login, "password": "x"})
    raise AssertionError("the provider leads nowhere")


def test_an_account_is_linked_with_a_real_provider_and_signs_in(real, browser_of, browser, known):
    own = browser_of(known.person)
    assert own.get(sign_in_there(begin_link(own, known, clock.now_ms()), "sujet-1")).url == MINE
    linked = LinkedIdentity.objects.get()
    assert (linked.person, linked.issuer, linked.subject) == (known.person, real, "sujet-1")
    entry = Entry.objects.latest("seq")
    assert (entry.kind, entry.said) == ("person.identity_linked", {"issuer": real})

    place = browser.get(f"{LEAVE}?next=/en/settings/roles").url
    half = browser.get(sign_in_there(place, "sujet-1"))
    assert half.url == "/en/sign-in/second-step"  # no acr or amr stands for a second factor
    assert not is_in(browser)
    assert "The sign-in service knows you" in browser.get(half.url).content.decode()
    code = known.code(clock.now_ms(), steps=1)
    assert browser.post(half.url, {"code": code}).url == "/en/settings/roles"
    assert is_in(browser)
    assert Entry.objects.latest("seq").said == {"way": "provider", "second_factor": True}


def test_an_identity_that_nobody_linked_opens_nothing_whatever_its_e_mail_address(real, browser, make_known):
    """Abuse case 15: the address that the provider vouches for is a person's name here."""
    known = make_known("administrator")
    known.person.username = "personne1@exemple.test"
    known.person.save()
    answer = browser.get(sign_in_there(browser.get(LEAVE).url, "somebody else"))
    assert answer.status_code == 403
    assert "no account of this node is linked" in answer.content.decode()
    assert not is_in(browser)
    assert not LinkedIdentity.objects.exists()


# --- A provider that lies ---


@dataclass
class Liar:
    """A provider that says what a test wants it to."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    issuer: str = ""
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def answer(self, path: str) -> dict[str, Any]:
        """Return what stands at a path."""
        places = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token")}
        return {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **places, **self.metadata,
            },
            "/keys": {"keys": self.keys},
            "/token": {"id_token": self.token, "token_type": "Bearer", "access_token": "x"},
        }[path]  # fmt: skip


@pytest.fixture
def liar(named) -> Iterator[Liar]:
    """Run a provider that lies, and name it in the configuration."""
    made = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked.append((self.path, dict(parse_qsl(body)), self.headers.get("Authorization", "")))
            self._say()

        def _say(self) -> None:
            said = json.dumps(made.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    named(made.issuer)
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
PUBLIC = KEY.as_dict(private=False)


def left(browser) -> dict[str, str]:
    """Leave for the provider and return what the browser carries."""
    return {name: one[0] for name, one in parse_qs(urlsplit(browser.get(LEAVE).url).query).items()}


def claims(liar, sent, **changes):
    now = clock.now_ms() // 1000
    said = {
        "iss": liar.issuer,
        "aud": CLIENT,
        "sub": "s",
        "nonce": sent["nonce"],
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def come_back(browser, liar, sent, *, token=None, answer=None, **changes):
    liar.keys = liar.keys or [PUBLIC]
    liar.token = token or jwt.encode({"alg": "RS256", "kid": "one"}, claims(liar, sent, **changes), KEY)
    return browser.get(BACK, {"code": "x", "state": sent["state"], **(answer or {})})


@pytest.fixture
def linked(liar, known):
    """Somebody who linked the subject “s”."""
    identity = Identity(issuer=liar.issuer, subject="s", is_proven=False)
    actions.link_identity(known.person, identity=identity, by=actor(known.person.pk))
    return known


def test_an_honest_answer_leads_to_the_second_step(browser, liar, linked):
    """The measure of the refusals below: they differ from this in one thing each."""
    sent = left(browser)
    assert come_back(browser, liar, sent).url == "/en/sign-in/second-step"
    (path, form, authorization) = liar.asked[0]
    assert (path, form["code"], form["redirect_uri"]) == ("/token", "x", f"{AT_HOME}{BACK}")
    assert authorization.startswith("Basic ")
    assert "client_secret" not in form


REFUSED = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "another"},
    "two audiences": {"aud": [CLIENT, "another"]},
    "no audience": {"aud": None},
    "party": {"azp": "another"},
    "issuer": {"iss": "https://elsewhere.example"},
    "issuer with a slash": {"iss": "/"},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "an end that is no time": {"exp": "2099"},
    "from the future": {"iat": 9_999_999_999},
    "not yet": {"nbf": 9_999_999_999},
    "nobody": {"sub": ""},
    "no subject": {"sub": None},
    "subject that is no text": {"sub": 7},
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_that_says_something_else_is_refused(browser, liar, linked, name):
    sent = left(browser)
    changes = {**REFUSED[name]}
    if name == "issuer with a slash":
        changes["iss"] = f"{liar.issuer}/"
    assert come_back(browser, liar, sent, **changes).url == "/en/sign-in"
    assert not is_in(browser)
    assert [one.said for one in Entry.objects.filter(kind="sign_in.refused")] == [{"step": "provider"}]
    assert "cannot be relied on" in browser.get("/en/sign-in").content.decode()


def part(said):
    return provider.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def forged(how, said):
    """Return a token that nobody should believe."""
    public = OctKey.import_key(KEY.as_pem(private=False).replace(b"-----", b""))
    own, head = RSAKey.generate_key(2048), {"alg": "RS256", "kid": "one"}
    whole = jwt.encode(head, said, KEY)
    return {
        "alg none": f"{part({'alg': 'none'})}.{part(said)}.",
        "HS256 with the public key": jwt.encode({**head, "alg": "HS256"}, said, public, algorithms=["HS256"]),
        "another key under its name": jwt.encode(head, said, own),
        "RS512": jwt.encode({**head, "alg": "RS512"}, said, KEY, algorithms=["RS512"]),
        "an unknown key": jwt.encode({**head, "kid": "two"}, said, KEY),
        "its own key inside": jwt.encode({"alg": "RS256", "jwk": own.as_dict(private=False)}, said, own),
        "cut": whole[:-8],
        "nothing": ".",
        "no token": "essai",
        "bytes": "é.é.é",
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "alg none", "HS256 with the public key", "another key under its name", "RS512", "an unknown key",
        "its own key inside", "cut", "nothing", "no token", "bytes",
    ],
)  # fmt: skip
def test_a_token_that_the_provider_did_not_sign_is_refused(browser, liar, linked, how):
    sent = left(browser)
    assert come_back(browser, liar, sent, token=forged(how, claims(liar, sent))).url == "/en/sign-in"
    assert not is_in(browser)


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "another"},
        {"state": ""},
        {"iss": "https://elsewhere.example"},
        {"error": "denied"},
        {"code": ""},
    ],
    ids=["state", "no state", "issuer", "declined", "no code"],
)
def test_an_answer_that_is_not_to_this_question_is_refused_before_anybody_is_asked(
    browser, liar, linked, answer
):
    assert come_back(browser, liar, left(browser), answer=answer).url == "/en/sign-in"
    assert liar.asked == []


def test_a_provider_that_names_itself_must_do_so(browser, liar, linked):
    """RFC 9207: else another provider's answer could be passed off as its."""
    liar.metadata = {"authorization_response_iss_parameter_supported": True}
    assert come_back(browser, liar, left(browser)).url == "/en/sign-in"
    assert (
        come_back(browser, liar, left(browser), answer={"iss": liar.issuer}).url == "/en/sign-in/second-step"
    )


def test_an_answer_is_good_in_one_browser_once_and_for_ten_minutes(browser, liar, linked, hand):
    sent = left(browser)
    assert come_back(Client(), liar, sent).url == "/en/sign-in"
    assert come_back(browser, liar, sent).url == "/en/sign-in/second-step"
    assert come_back(browser, liar, sent).url == "/en/sign-in"
    assert len(liar.asked) == 1
    sent = left(browser)
    hand.turn(minutes=10, seconds=1)
    assert come_back(browser, liar, sent).url == "/en/sign-in"
    assert len(liar.asked) == 1


def test_a_provider_may_change_its_keys(browser, liar, linked):
    come_back(browser, liar, left(browser))
    new = ECKey.generate_key("P-256", {"kid": "two"})
    liar.keys = [PUBLIC, new.as_dict(private=False)]
    sent = left(browser)
    token = jwt.encode({"alg": "ES256", "kid": "two"}, claims(liar, sent), new)
    assert come_back(browser, liar, sent, token=token).url == "/en/sign-in/second-step"


def test_a_key_of_another_kind_or_use_verifies_nothing(browser, liar, linked):
    for extra in ({"use": "enc"}, {"alg": "PS256"}):
        liar.keys = [{**PUBLIC, **extra}]
        assert come_back(browser, liar, left(browser)).url == "/en/sign-in"
    liar.keys = [OKPKey.generate_key("Ed25519", {"kid": "one"}).as_dict(private=False)]
    assert come_back(browser, liar, left(browser)).url == "/en/sign-in"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "ftp://elsewhere.example/keys"},
    ],
)
def test_a_provider_that_describes_itself_otherwise_is_not_used(browser, liar, linked, metadata):
    liar.metadata = metadata
    assert browser.get(LEAVE).url == "/en/sign-in"


def test_a_provider_inside_our_network_is_asked_only_where_the_operator_opened_it(browser, liar, settings):
    """Abuse cases 20 to 24: all requests go through the guarded client."""
    settings.NODE = replace(settings.NODE, peers=())
    assert browser.get(LEAVE).url == "/en/sign-in"
    liar.metadata = {"jwks_uri": "http://127.0.0.1:1/keys"}
    settings.NODE = replace(settings.NODE, peers=(f"{liar.issuer} 127.0.0.1/32",))
    provider._kept.clear()
    assert come_back(browser, liar, left(browser)).url == "/en/sign-in"


@pytest.mark.parametrize(("said", "proven"), [
    ({"acr": "mfa"}, True), ({"amr": ["pwd", "mfa"]}, True), ({"acr": "urn:other"}, True),
    ({"amr": "mfa"}, False), ({"acr": "pwd"}, False), ({"amr": [["mfa"]]}, False), ({}, False),
])  # fmt: skip
def test_a_second_factor_that_the_provider_asked_for_counts_where_the_operator_says_so(
    browser, liar, linked, settings, said, proven
):
    settings.NODE = replace(settings.NODE, oidc_proof="mfa urn:other")
    come_back(browser, liar, left(browser), **said)
    assert is_in(browser) is proven


def test_without_such_a_setting_the_providers_word_on_factors_counts_for_nothing(browser, liar, linked):
    come_back(browser, liar, left(browser), acr="mfa", amr=["mfa"])
    assert not is_in(browser)


def test_who_has_no_second_factor_must_enrol_one(browser, liar, make_person):
    person = make_person("analyst", session_key="1")
    identity = Identity(issuer=liar.issuer, subject="s", is_proven=False)
    actions.link_identity(person, identity=identity, by=actor(person.pk))
    assert come_back(browser, liar, left(browser)).url == "/en/sign-in/enrol"


def test_a_suspended_person_stays_out(browser, liar, linked):
    actions.suspend(linked.person, by=HOST)
    assert come_back(browser, liar, left(browser)).status_code == 403


def test_a_recovery_takes_links_away(browser, liar, linked):
    actions.recover(linked.person, by=HOST)
    assert come_back(browser, liar, left(browser)).status_code == 403


def test_guesses_are_throttled_like_other_proofs(browser, liar, linked, hand):
    """Abuse cases 13 and 14."""
    for _ in range(LIMITS["address"].free + 1):
        come_back(browser, liar, left(browser), nonce="another")
    before = len(liar.asked)
    assert come_back(browser, liar, left(browser)).url == "/en/sign-in"
    assert len(liar.asked) == before


# --- Linking ---


@pytest.mark.parametrize(
    ("field", "value"), [("current", "wrong and long enough"), ("current_code", "000000")]
)
def test_an_open_browser_alone_links_nothing(browser_of, liar, known, hand, field, value):
    own = browser_of(known.person)
    sent = {"current": known.password, "current_code": known.code(hand.at_ms), field: value}
    assert own.post(MINE, sent).status_code == 422
    assert "provider_linker" not in own.session


def test_one_identity_is_one_persons_and_one_person_has_one(linked, liar, make_known):
    other = make_known("administrator").person
    for person, subject in ((other, "s"), (linked.person, "t")):
        identity = Identity(issuer=liar.issuer, subject=subject, is_proven=False)
        with pytest.raises(actions.IdentityTakenError):
            actions.link_identity(person, identity=identity, by=actor(person.pk))


def test_a_link_is_made_for_who_asked_for_it_and_nobody_else(browser_of, liar, known, make_known, hand):
    """Whoever signs out and in as another between the two halves links nothing."""
    own = browser_of(known.person)
    query = parse_qs(urlsplit(begin_link(own, known, hand.at_ms)).query)
    session = own.session
    session["provider_linker"] = str(make_known("analyst").person.pk)
    session.save()
    come_back(own, liar, {name: one[0] for name, one in query.items()})
    assert not LinkedIdentity.objects.exists()


def test_signing_in_there_while_signed_in_here_links_nothing(browser, liar, known):
    assert come_back(browser, liar, left(browser)).status_code == 403
    assert not LinkedIdentity.objects.exists()


def test_a_link_is_shown_and_taken_away_and_ends_other_sessions(browser_of, browser, liar, linked):
    own, other = browser_of(linked.person), browser_of(linked.person)
    assert liar.issuer in own.get(MINE).content.decode()
    own.post(f"{MINE}/{LinkedIdentity.objects.get().pk}/unlink")
    assert is_in(own)
    assert not is_in(other)
    assert come_back(browser, liar, left(browser)).status_code == 403


def test_nobody_takes_anothers_link_away(browser_of, linked, make_known):
    stranger = browser_of(make_known("administrator").person)
    assert stranger.post(f"{MINE}/{LinkedIdentity.objects.get().pk}/unlink").status_code == 404


def test_a_host_that_a_request_names_does_not_change_where_one_is_led_back(browser, liar):
    """Abuse case 19."""
    place = browser.get(LEAVE, HTTP_HOST="127.0.0.1").url
    assert parse_qs(urlsplit(place).query)["redirect_uri"] == [f"{AT_HOME}{BACK}"]


def test_without_a_provider_nothing_is_offered(browser, browser_of, known):
    assert "sign-in/service" not in browser.get("/en/sign-in").content.decode()
    assert browser.get(LEAVE).url == "/en/sign-in"
    assert browser.get(BACK).url == "/en/sign-in"
    assert "This node has no sign-in service" in browser_of(known.person).get(MINE).content.decode()


def test_a_secret_that_is_not_there_is_said(browser, liar, settings):
    (settings.HOME.folder / "keys" / "oidc.secret").unlink()
    assert browser.get(LEAVE).url == "/en/sign-in"
    assert "This node has no sign-in service" in browser.get("/en/sign-in").content.decode()
