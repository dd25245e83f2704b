"""Whatever text comes from outside, a parser gives an answer or an error that is documented; it never breaks."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from routes.comfyui_with_pack import SETTING, Browser, ComfyUI

from comfycontrol_pack.comfycontrol.address_check import signatures
from comfycontrol_pack.comfycontrol.address_check.request import Answer
from comfycontrol_pack.comfycontrol.address_check.target import target_of
from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.configuration.secret_files import read_headers, read_secret_file
from comfycontrol_pack.comfycontrol.configuration.service_origin import check_origin
from comfycontrol_pack.comfycontrol.configuration.variables import PREFIX, Configuration, read_configuration
from comfycontrol_pack.comfycontrol.errors import (
    BadRequestError,
    InvalidInputError,
    MachineError,
    ServiceError,
)
from comfycontrol_pack.comfycontrol.models import limits
from comfycontrol_pack.comfycontrol.models.endpoint import check_endpoint, normalise_endpoint
from comfycontrol_pack.comfycontrol.models.token import check_token
from comfycontrol_pack.comfycontrol.public_address import probes
from comfycontrol_pack.comfycontrol.public_address.ip_addresses import is_numeric, read_ip
from comfycontrol_pack.comfycontrol.public_address.kinds import kind_of
from comfycontrol_pack.comfycontrol.public_address.platform_tags import platform_tags
from comfycontrol_pack.comfycontrol.public_address.suggest import best_address, suggest
from comfycontrol_pack.comfycontrol.public_address.surroundings import (
    CloudflaredAnswer,
    ProbeAnswers,
    Surroundings,
    port_number,
)
from comfycontrol_pack.comfycontrol.storage.identity import IDENTITY_FILE, Identity
from comfycontrol_pack.comfycontrol.storage.store import STORE_FILE, Store
from comfycontrol_pack.comfycontrol.templates import placeholders
from comfycontrol_pack.comfycontrol.templates.form import template_form
from comfycontrol_pack.comfycontrol.texts import page_texts, sentence, shipped
from comfycontrol_pack.server_routes.guards import BodyRefused, object_in
from service_double import Fault, ServiceDouble

EXAMPLES = 60
# Bounded, alike in every run, and without a file of its own.
BOUNDS = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
# What each of them cares about, and what has broken parsers before. Halves of surrogate pairs come with headers.
PIECES = (
    *("http", "https", "HTTP", "ftp", "javascript", "://", ":", "//", "/", "\\", "@", "?", "#", "%", "%00", "%2e", "."),
    *("[", "]", "[::1]", "[fe80::1%25eth0]", "::ffff:127.0.0.1", "127.0.0.1", "0x7f.1", "0177.1", "2130706433", "08"),
    *("localhost", "comfy.example.com", "xn--", "xn--a-", "\u3002", "\uff0e", "\u00df", "\u0130", "\u200d", "\u202e"),
    *("8188", "65536", "-1", "99999999999999999999", "1e400", "NaN", "\u0661", "\u00b2", "\u2460", "\u0967", "0", ""),
    *("$text(", "$choice(", "$file(", "$random()", "$timestamp()", ")", "(", ",", ", ", "\n", "\r\n", "\x00", "\x85"),
    *("cfc_", "v1.", "v2.", "====", "-_", "AAAA", '"', "'", "{", "}", "{name}", "{0.__class__}", "{hostname}", "="),
    *("for=", "host=", "proto=", ";", "auto", "Host: x", "X-Key: ", "a" * 64, "a" * 300, " ", "\t", "\ud800", "\udcff"),
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
    st.text(max_size=40),
    st.text(st.characters(), max_size=20),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
BYTES = st.one_of(
    st.binary(max_size=200),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"[" * 50_000, b'{"a":' * 20_000, b"9" * 5000, b'{"a":"\\ud800"}', b"\xff\xfe{\x00}\x00", b""]),
)


def shaped(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A document of about the right form: each member there or not, and each right or anything at all."""
    whole: st.SearchStrategy[Any] = st.fixed_dictionaries(
        {}, optional={name: st.one_of(inner, JSON) for name, inner in members.items()}
    )
    return st.one_of(whole, JSON)


class Parser(NamedTuple):
    """What is called, with what, and which errors its documentation names."""

    parse: Callable[[Any], object]
    given: st.SearchStrategy[Any]
    errors: tuple[type[Exception], ...] = ()


TARGETS = st.sampled_from(["http://localhost:8188", "8188", "localhost:8188", "tcp://[::1]:8188", "https+insecure://x"])
NGROK = shaped(
    endpoints=st.lists(shaped(url=TEXTS, upstream=shaped(url=TARGETS)), max_size=3),
    tunnels=st.lists(shaped(public_url=TEXTS, config=shaped(addr=TARGETS)), max_size=3),
)
INGRESS = st.lists(shaped(hostname=TEXTS, path=TEXTS, service=TARGETS), max_size=3)
WEB = st.dictionaries(TEXTS, shaped(Handlers=st.dictionaries(TEXTS, shaped(Proxy=TARGETS), max_size=2)), max_size=2)
ALLOWED = st.dictionaries(TEXTS, st.just(value=True), max_size=2)
SERVE = shaped(
    Web=WEB, AllowFunnel=ALLOWED, Foreground=st.dictionaries(TEXTS, shaped(Web=WEB, AllowFunnel=ALLOWED), max_size=2)
)
VARIABLES = (
    *("RUNPOD_POD_ID", "RUNPOD_TCP_PORT_8188", "RUNPOD_PUBLIC_IP", "VAST_TCP_PORT_8188", "VAST_CONTAINERLABEL"),
    *("PUBLIC_IPADDR", "OPEN_BUTTON_TOKEN", "OPEN_BUTTON_PORT", "PORTAL_CONFIG", "SPACE_HOST", "WEBSITE_HOSTNAME"),
    *(
        "CODESPACE_NAME",
        "GITPOD_WORKSPACE_URL",
        "CNB_VSCODE_PROXY_URI",
        "VSCODE_PROXY_URI",
        "JUPYTERHUB_SERVICE_PREFIX",
    ),
    *(
        "RAILWAY_PUBLIC_DOMAIN",
        "RENDER_EXTERNAL_URL",
        "FLY_APP_NAME",
        "PORT",
        "COMFYCONTROL_ENDPOINT",
        "PAPERSPACE_FQDN",
    ),
)
ENVIRONMENT = st.dictionaries(st.sampled_from(VARIABLES), TEXTS, max_size=6)
SURROUNDINGS = st.builds(
    Surroundings,
    environment=ENVIRONMENT,
    port=st.just(8188),
    tls=st.booleans(),
    probes=st.builds(
        ProbeAnswers,
        ngrok_endpoints=NGROK,
        ngrok_tunnels=NGROK,
        cloudflared=st.lists(
            st.builds(CloudflaredAnswer, shaped(hostname=TEXTS), shaped(config=shaped(ingress=INGRESS))), max_size=2
        ).map(tuple),
        tailscale=st.one_of(SERVE.filter(lambda one: isinstance(one, Mapping)), st.just({})),
    ),
    forwarded=st.dictionaries(
        st.sampled_from(["Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto"]), TEXTS, max_size=4
    ),
    page_url=st.one_of(st.none(), TEXTS),
)
INPUTS = st.sampled_from(["key", "default", "options", "value", "text", "image"])
WORKFLOWS = st.dictionaries(
    TEXTS,
    shaped(
        class_type=st.one_of(st.sampled_from(sorted(placeholders.ASKING_NODES)), TEXTS),
        inputs=st.dictionaries(INPUTS, JSON, max_size=5),
        _meta=shaped(title=TEXTS),
    ),
    max_size=3,
)
CONFIGURATIONS = st.dictionaries(
    st.sampled_from([f"{PREFIX}{name}" for name in (*Configuration.model_fields, "UNKNOWN", "")]), TEXTS, max_size=5
)


def answered(given_bytes: bytes) -> Answer:
    return Answer(302, {"location": given_bytes.decode("latin-1"), "content-type": "text/html"}, given_bytes)


def standing_before(given_bytes: bytes) -> object:
    target = target_of("https://comfy.example.com/path")
    assert target is not None
    found = answered(given_bytes)
    return signatures.standing_before(found, target, 8188), signatures.json_object(found), signatures.wants_https(found)


def remembered(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / STORE_FILE).write_bytes(content)
        return Store(Path(folder)).load().is_owner("a key")


def secret_file(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "secret").write_bytes(content)
        return read_secret_file(Path(folder) / "secret", "COMFYCONTROL_TOKEN_FILE")


def proven(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / IDENTITY_FILE).write_bytes(content)
        return Identity(Path(folder) / IDENTITY_FILE).recognises("n" * 16, "a" * 64)


PARSERS: dict[str, Parser] = {
    "check_endpoint": Parser(check_endpoint, TEXTS, (InvalidInputError,)),
    "normalise_endpoint": Parser(normalise_endpoint, TEXTS),
    "target_of": Parser(target_of, TEXTS),
    "kind_of": Parser(lambda text: kind_of(text, 8188).severity, TEXTS),
    "read_ip": Parser(lambda text: (read_ip(text), is_numeric(text)), TEXTS),
    "port_number": Parser(port_number, TEXTS),
    "check_origin": Parser(check_origin, TEXTS, (MachineError,)),
    "check_token": Parser(check_token, TEXTS, (InvalidInputError,)),
    "check_name": Parser(limits.check_name, TEXTS, (InvalidInputError,)),
    "check_template_name": Parser(limits.check_template_name, TEXTS, (InvalidInputError,)),
    "check_description": Parser(limits.check_description, TEXTS, (InvalidInputError,)),
    "check_status": Parser(limits.check_status, TEXTS, (InvalidInputError,)),
    "check_tags": Parser(limits.check_tags, st.lists(TEXTS, max_size=12), (InvalidInputError,)),
    "check_headers": Parser(limits.check_headers, st.dictionaries(TEXTS, TEXTS, max_size=3), (InvalidInputError,)),
    "read_headers": Parser(read_headers, TEXTS, (ValueError,)),
    "read_placeholder": Parser(placeholders.read_placeholder, st.one_of(TEXTS, JSON)),
    "key_fault": Parser(lambda key: _told(placeholders.key_fault(key)), st.one_of(TEXTS, JSON)),
    "options": Parser(lambda text: _told(placeholders.options_fault(placeholders.options_in(text))), TEXTS),
    "number_in": Parser(placeholders.number_in, st.one_of(TEXTS, JSON)),
    "whole_number_in": Parser(placeholders.whole_number_in, st.one_of(TEXTS, JSON)),
    "template_form": Parser(template_form, WORKFLOWS),
    "suggest": Parser(lambda one: [each.note_in("he") for each in suggest(one)], SURROUNDINGS),
    "best_address": Parser(lambda one: (best_address(one), platform_tags(one)), SURROUNDINGS),
    "saved address": Parser(lambda text: suggest(Surroundings(port=8188), text), TEXTS),
    "an agent's bytes": Parser(probes._object, BYTES),
    "read_configuration": Parser(read_configuration, CONFIGURATIONS),
    "language": Parser(lambda text: (shipped(text), page_texts(text), sentence(text, language=text)), TEXTS),
    "object_in": Parser(object_in, BYTES, (BodyRefused,)),
    "standing_before": Parser(standing_before, BYTES),
    "memory": Parser(remembered, BYTES, (MachineError,)),
    "secret file": Parser(secret_file, BYTES, (MachineError,)),
    "identity file": Parser(proven, BYTES),
}


def error_of(errors: tuple[type[Exception], ...], call: Callable[[], object]) -> Exception | None:
    """Which of these errors a call raises; any other goes on."""
    try:
        call()
    except errors as error:
        return error
    return None


def _told(fault: placeholders.Fault | None) -> str:
    return "" if fault is None else fault.sentence("ar")


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_gives_an_answer_or_an_error_that_is_documented(name: str) -> None:
    parser = PARSERS[name]

    @BOUNDS
    @given(parser.given)
    def attack(value: Any) -> None:
        error = error_of(parser.errors, lambda: parser.parse(value))
        # An error of ours has a code, and so a sentence that a person can read.
        assert error is None or getattr(error, "code", None) or isinstance(error, ValueError)

    attack()


def test_a_nonce_of_any_form_is_answered_or_refused(tmp_path: Path) -> None:
    identity = Identity(tmp_path / IDENTITY_FILE)

    @BOUNDS
    @given(TEXTS, TEXTS)
    def attack(nonce: str, proof: str) -> None:
        refused = error_of((BadRequestError,), lambda: identity.prove(nonce))
        assert refused is None or getattr(refused, "code", "") == "nonce_invalid"
        assert not identity.recognises("n" * 16, proof)

    attack()


async def test_no_text_but_the_one_that_was_sealed_opens(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    async with comfyui.client.get(f"/settings/{SETTING}") as response:
        sealed = str(await response.json())
    version, _, text = sealed.partition(".")
    changed = [sealed[:cut] for cut in range(len(sealed))[::9]]
    changed += [f"{version}.{text[:place]}{'B' if text[place] == 'A' else 'A'}{text[place + 1 :]}" for place in (0, 20)]
    changed += [f"{sealed}A", f"{sealed}====", f"{sealed}\n", f".{text}", f"{version}.{sealed}", text[::-1]]
    changed += [f"{other}.{text}" for other in ("v0", "v1", "v2", "v3") if other != version]
    double.forget_calls()
    for other in (*changed, *filter(printable, PIECES), 5, [sealed], {"v1": text}, True):
        await owner.save_setting(other)
        status = await owner.status(refresh=True)
        assert status["state"] in {"token_unreadable", "not_connected"}, other
    assert double.calls == []
    await owner.save_setting(sealed)
    assert (await owner.status())["state"] == "not_registered"


def printable(text: str) -> bool:
    return bool(text) and text.isprintable()


CALLS: dict[str, Callable[[ComfyControlClient], object]] = {
    "account": lambda client: client.account(),
    "runners": lambda client: client.runners(),
    "runner": lambda client: client.runner("an-id"),
    "history": lambda client: client.history("an-id"),
    "templates": lambda client: client.templates(),
}
RUNNER = shaped(
    id=TEXTS, name=TEXTS, tags=st.lists(TEXTS, max_size=2), headers=st.dictionaries(TEXTS, TEXTS, max_size=2)
)
ANSWERS = st.one_of(
    BYTES,
    shaped(
        id=TEXTS,
        name=TEXTS,
        message=TEXTS,
        status=st.integers(),
        total=st.integers(),
        runners=st.lists(RUNNER, max_size=2),
        templates=st.lists(RUNNER, max_size=2),
        workflows=st.lists(RUNNER, max_size=2),
    ).map(lambda value: json.dumps(value).encode()),
)
STATUSES = st.sampled_from([200, 201, 204, 299, 400, 401, 403, 404, 409, 418, 429, 500, 503, 599])


@pytest.mark.parametrize("name", CALLS)
def test_whatever_the_service_answers_is_understood_or_told(double: ServiceDouble, token: str, name: str) -> None:
    double.enforce_rate_limit = False
    with ComfyControlClient(SecretStr(token), double.url) as client:

        @BOUNDS
        @given(ANSWERS, STATUSES, TEXTS)
        def attack(body: bytes, status: int, media_type: str) -> None:
            double.no_faults()
            kind = media_type if media_type.isascii() and media_type.isprintable() else "application/json"
            double.plan(Fault.answer(status, body, content_type=kind, times=None))
            told = error_of((ServiceError,), lambda: CALLS[name](client))
            assert told is None or token not in f"{told} {vars(told)}"

        attack()
