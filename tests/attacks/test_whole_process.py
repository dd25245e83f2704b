"""The same from outside, on a process of its own: the small host, and a real ComfyUI where there is one."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from aiohttp import ClientSession
from attacks.strangers import ALL, FOR_OWNERS, PLACES, WITH_BODY, Operation
from browser.stage import NEWEST, PACK
from routes.comfyui_with_pack import ENDPOINT, OWNER_HEADER, SETTING

from comfy_host import surroundings
from comfy_host.process import HostOptions, start_real_comfyui, start_small_host
from service_double import ServiceDouble

pytestmark = pytest.mark.timeout(300)

HEADER_VALUE = "s3cr3t-of-the-gateway"
RUNNER = {"name": "The runner of this account", "endpoint": ENDPOINT, "tags": [], "headers": {"X-Gate": HEADER_VALUE}}
KEYS = ("", "wrong", "k" * 4000, "\u00e9", "null")
BODIES = (b"", b"[]", b"{", b"NaN", b"\xff", b"[" * 30_000, b'{"a":' * 10_000, b'{"name": "\\ud800"}', b"9" * 9000)


class Instance(NamedTuple):
    url: str
    user_directory: Path
    double: ServiceDouble
    owner_key: str
    secrets: tuple[str, ...]

    def ask(self, operation: Operation, *, prefix: str = "", body: bytes | None = None, **headers: str) -> Any:
        """Ask as anyone can; whatever it is answered, no secret and no place is told."""
        data = body if body is not None else json.dumps(operation.body).encode() if operation.takes_a_body else None
        given: dict[str, Any] = {**operation.headers, "Content-Type": "application/json", **headers}
        response = requests.request(
            operation.method,
            f"{self.url}{prefix}{operation.path}",
            params=operation.query,
            data=data,
            headers={name: value.encode() for name, value in given.items()},
            timeout=30,
        )
        assert [secret for secret in self.secrets if secret in f"{response.text} {response.headers}"] == []
        assert PLACES.search(response.text) is None
        assert response.status_code < 500, (operation.label, response.text)
        return response


@pytest.fixture(scope="module")
def instance(host_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """Registered, and then left to strangers."""
    user_directory = tmp_path_factory.mktemp("user")
    with ServiceDouble() as double:
        token = double.add_token(double.add_account("Ada Lovelace"))
        options = HostOptions(
            pack=PACK,
            user_directory=user_directory,
            # With the page among what is served, unless this is the quick part of the tests.
            frontend=surroundings.frontend(NEWEST) if surroundings.FRONTENDS in os.environ else None,
            environment={"COMFYCONTROL_API_URL": double.url},
        )
        real = host_kind == "real"
        host = start_real_comfyui(*surroundings.real_comfyui(), options) if real else start_small_host(options)
        try:
            owner_key = _registered(host.url, token)
            memory = json.loads((user_directory / "__comfycontrol" / "memory.json").read_text(encoding="utf-8"))
            known = (memory["runner"]["id"], ENDPOINT, RUNNER["name"], "Ada Lovelace", str(user_directory))
            secrets = (token, owner_key, HEADER_VALUE, *memory["owners"], *map(str, known))
            yield Instance(host.url, user_directory, double, owner_key, secrets)
        finally:
            host.stop()


def _registered(url: str, token: str) -> str:
    put = next(one for one in ALL if one.label == "PUT /comfycontrol/token")
    connection = requests.put(f"{url}{put.path}", json={"token": token}, headers=put.headers, timeout=30).json()
    requests.post(f"{url}/settings/{SETTING}", json=connection["sealed_token"], timeout=30).raise_for_status()
    owner = {OWNER_HEADER: connection["owner_key"]}
    preferred = {"check_address": False}
    requests.patch(f"{url}/comfycontrol/preferences", json=preferred, headers=owner, timeout=30).raise_for_status()
    requests.post(f"{url}/comfycontrol/runner", json=RUNNER, headers=owner, timeout=30).raise_for_status()
    return str(connection["owner_key"])


@pytest.fixture(autouse=True)
def untouched(instance: Instance) -> Iterator[None]:
    """After whatever a test does: nothing was changed, nobody was called, and the owner is the owner."""
    instance.double.forget_calls()
    folder = instance.user_directory / "__comfycontrol"
    before = instance.double.runners(), (folder / "memory.json").read_bytes(), (folder / "seal.key").read_bytes()
    yield
    assert instance.double.calls == []
    after = instance.double.runners(), (folder / "memory.json").read_bytes(), (folder / "seal.key").read_bytes()
    assert after == before
    owner = {OWNER_HEADER: instance.owner_key}
    status = requests.get(f"{instance.url}/comfycontrol/status", headers=owner, timeout=30).json()
    assert (status["owner"], status["state"]) == (True, "registered")


def test_no_route_of_an_owners_opens_to_a_stranger(instance: Instance) -> None:
    for operation in FOR_OWNERS:
        for key in KEYS:
            for prefix in ("", "/api"):
                response = instance.ask(operation, prefix=prefix, body=None, **({OWNER_HEADER: key} if key else {}))
                assert response.status_code == 403, (operation.label, key)
                assert response.json()["error"]["code"] == "owner_required"


def test_bodies_that_are_none_break_nothing_for_strangers_and_owners(instance: Instance) -> None:
    for operation in WITH_BODY:
        for body in BODIES:
            for headers in ({}, {OWNER_HEADER: instance.owner_key}):
                response = instance.ask(operation, body=body, **headers)
                assert 400 <= response.status_code < 500, (operation.label, body[:20])


@pytest.mark.parametrize("user", [None, "__comfycontrol", "../__comfycontrol"])
def test_what_is_kept_is_served_by_no_route_of_comfyui(instance: Instance, user: str | None) -> None:
    folder = instance.user_directory / "__comfycontrol"
    headers = {} if user is None else {"comfy-user": user}
    # All but the file whose lock is all there is to it.
    kept = [file for file in folder.rglob("*") if file.is_file() and file.read_bytes()]
    assert len(kept) > 1
    for file in kept:
        name = file.relative_to(folder).as_posix()
        for path in (
            f"/userdata/{name}",
            f"/userdata/__comfycontrol%2F{name}",
            f"/userdata/..%2F__comfycontrol%2F{name}",
            "/userdata?dir=..%2F__comfycontrol&recurse=true&full_info=true",
            f"/view?filename={name}&subfolder=..%2F..%2F{instance.user_directory.name}%2F__comfycontrol",
            f"/__comfycontrol/{name}",
            "/internal/logs",
            "/internal/logs/raw",
            "/settings",
            "/system_stats",
            "/object_info",
        ):
            told = requests.get(f"{instance.url}{path}", headers=headers, timeout=30).content
            assert file.read_bytes() not in told, path
            hidden = (
                *instance.secrets[:3],
                *(owner for owner in instance.secrets if re.fullmatch(r"[0-9a-f]{64}", owner)),
            )
            assert [secret for secret in hidden if secret.encode() in told] == [], path


async def test_a_strangers_websocket_is_told_nothing(instance: Instance) -> None:
    async with ClientSession() as session, session.ws_connect(f"{instance.url}/ws?clientId=stranger") as socket:
        first = json.loads((await socket.receive(timeout=30)).data)
        for kind in ("comfycontrol.status", "feature_flags"):
            await socket.send_str(json.dumps({"type": kind, "data": {OWNER_HEADER: instance.owner_key}}))
        await socket.send_str("{" * 1000)
        told = [first]
        # ComfyUI answers the flags of a socket's first message alone.
        async with session.get(f"{instance.url}/comfycontrol/status") as response:
            told.append(await response.json())
    assert [secret for secret in instance.secrets if secret in json.dumps(told)] == []
