"""Whatever text comes from outside, a parser gives an answer or an error that is documented; it never breaks."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from attacks.outside_texts import (
    ANSWERS,
    BOUNDS,
    BYTES,
    CONFIGURATIONS,
    JSON,
    PIECES,
    SURROUNDINGS,
    TEXTS,
    WORKFLOWS,
)
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from routes.comfyui_with_pack import SETTING, Browser, ComfyUI

from comfycontrol_pack.comfycontrol.address_check import signatures
from comfycontrol_pack.comfycontrol.address_check.request import Answer
from comfycontrol_pack.comfycontrol.address_check.target import target_of
from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.configuration.reading import read_configuration
from comfycontrol_pack.comfycontrol.configuration.secret_files import read_headers, read_secret_file
from comfycontrol_pack.comfycontrol.configuration.service_origin import check_origin
from comfycontrol_pack.comfycontrol.errors import (
    BadRequestError,
    InvalidInputError,
    MachineError,
    ServiceError,
)
from comfycontrol_pack.comfycontrol.foreign_json import read_object
from comfycontrol_pack.comfycontrol.models import limits
from comfycontrol_pack.comfycontrol.models.endpoint import check_endpoint, normalise_endpoint
from comfycontrol_pack.comfycontrol.models.token import token_in
from comfycontrol_pack.comfycontrol.public_address.ip_addresses import is_numeric, read_ip
from comfycontrol_pack.comfycontrol.public_address.kinds import kind_of
from comfycontrol_pack.comfycontrol.public_address.suggest import best_address, suggest
from comfycontrol_pack.comfycontrol.public_address.surroundings import (
    Surroundings,
    port_number,
)
from comfycontrol_pack.comfycontrol.runners.tags import suggest_tags
from comfycontrol_pack.comfycontrol.storage.folder import STORE_FILE
from comfycontrol_pack.comfycontrol.storage.identity import IDENTITY_FILE, Identity
from comfycontrol_pack.comfycontrol.storage.store import Store
from comfycontrol_pack.comfycontrol.templates import placeholders
from comfycontrol_pack.comfycontrol.templates.form import template_form
from comfycontrol_pack.comfycontrol.texts import page_texts, sentence, shipped
from comfycontrol_pack.server_routes.guards import object_in
from service_double import Fault, ServiceDouble


class Parser(NamedTuple):
    """What is called, with what, and which errors its documentation names."""

    parse: Callable[[Any], object]
    given: st.SearchStrategy[Any]
    errors: tuple[type[Exception], ...] = ()


def answered(given_bytes: bytes) -> Answer:
    return Answer(302, {"location": given_bytes.decode("latin-1"), "content-type": "text/html"}, given_bytes)


def standing_before(given_bytes: bytes) -> object:
    target = target_of("https://comfy.example.com/path")
    assert target is not None
    found = answered(given_bytes)
    return signatures.standing_before(found, target, 8188), found.json(), signatures.wants_https(found)


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
    "kind_of": Parser(lambda text: kind_of(text, 8188).codes, TEXTS),
    "read_ip": Parser(lambda text: (read_ip(text), is_numeric(text)), TEXTS),
    "port_number": Parser(port_number, TEXTS),
    "check_origin": Parser(check_origin, TEXTS, (MachineError,)),
    "token_in": Parser(token_in, TEXTS, (InvalidInputError,)),
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
    "best_address": Parser(lambda one: (best_address(one), suggest_tags(None, "", one)), SURROUNDINGS),
    "saved address": Parser(lambda text: suggest(Surroundings(port=8188), text), TEXTS),
    "an agent's bytes": Parser(read_object, BYTES),
    "read_configuration": Parser(read_configuration, CONFIGURATIONS),
    "language": Parser(lambda text: (shipped(text), page_texts(text), sentence(text, language=text)), TEXTS),
    "object_in": Parser(object_in, BYTES, (BadRequestError,)),
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
