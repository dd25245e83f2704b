import json
from pathlib import Path
from typing import Any

import pytest
from host.fixture_types import Client, Serve, WritePack

PREFIXES = ["", "/api"]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_setting_that_was_saved_is_read_back(serve: Serve, user_directory: Path, prefix: str) -> None:
    client = await serve()
    assert (await client.post(f"{prefix}/settings", json={"A": 1, "B": "two"})).status == 200
    assert (await client.post(f"{prefix}/settings/B", json={"c": [3]})).status == 200
    assert await (await client.get(f"{prefix}/settings")).json() == {"A": 1, "B": {"c": [3]}}
    assert await (await client.get(f"{prefix}/settings/A")).json() == 1
    assert await (await client.get(f"{prefix}/settings/unknown")).json() is None
    assert json.loads((user_directory / "default" / "comfy.settings.json").read_text()) == {"A": 1, "B": {"c": [3]}}


@pytest.mark.parametrize(
    "path", ["/settings", "/api/settings", "/settings/Token", "/userdata/comfy.settings.json"], ids=str
)
async def test_anyone_can_read_a_setting(serve: Serve, path: str) -> None:
    client = await serve()
    await client.post("/settings", json={"Token": "not-a-secret-any-more"})
    assert "not-a-secret-any-more" in await (await client.get(path)).text()


async def test_anyone_can_delete_the_settings(serve: Serve) -> None:
    client = await serve()
    await client.post("/settings", json={"A": 1})
    assert (await client.delete("/userdata/comfy.settings.json")).status == 204
    assert await (await client.get("/settings")).json() == {}


async def test_a_torn_settings_file_reads_as_empty(serve: Serve, user_directory: Path) -> None:
    client = await serve()
    await client.post("/settings", json={"A": 1})
    (user_directory / "default" / "comfy.settings.json").write_text('{"A": ')
    assert await (await client.get("/settings")).json() == {}


async def test_a_pack_reads_the_settings_of_the_requests_user(serve: Serve, write_pack: WritePack) -> None:
    source = (
        "from aiohttp import web\nfrom server import PromptServer\nNODE_CLASS_MAPPINGS = {}\n"
        "@PromptServer.instance.routes.get('/tiny/settings')\n"
        "async def settings(request):\n"
        "    return web.json_response(PromptServer.instance.user_manager.settings.get_settings(request))\n"
    )
    write_pack("tiny-pack", source)
    client = await serve(multi_user=True)
    user = await _new_user(client, "ann")
    await client.post("/settings", json={"A": 1}, headers={"comfy-user": user})
    assert await (await client.get("/tiny/settings", headers={"comfy-user": user})).json() == {"A": 1}
    assert (await client.get("/tiny/settings", headers={"comfy-user": "nobody"})).status == 401
    assert (await client.get("/tiny/settings")).status == 401


async def test_a_single_user_is_default_whatever_the_client_states(serve: Serve) -> None:
    client = await serve()
    await client.post("/settings", json={"A": 1}, headers={"comfy-user": "nobody"})
    assert await (await client.get("/settings")).json() == {"A": 1}


async def test_users_of_a_multi_user_host_have_settings_of_their_own(serve: Serve) -> None:
    client = await serve(multi_user=True)
    ann, bob = await _new_user(client, "ann"), await _new_user(client, "bob")
    await client.post("/settings", json={"A": 1}, headers={"comfy-user": ann})
    assert await (await client.get("/settings", headers={"comfy-user": bob})).json() == {}
    users = (await (await client.get("/users")).json())["users"]
    # Knowing the id is all it takes, and the host lists the ids.
    assert users == {ann: "ann", bob: "bob"}
    assert (await client.post("/users", json={"username": "ann"})).status == 400
    assert (await client.post("/users", json={"username": "__system"})).status == 400


async def test_users_outlive_the_host(serve: Serve) -> None:
    ann = await _new_user(await serve(multi_user=True), "ann")
    again = await serve(multi_user=True)
    assert (await again.get("/settings", headers={"comfy-user": ann})).status == 200


@pytest.mark.parametrize("options", [{}, {"multi_user": True}], ids=["one user", "multi user"])
@pytest.mark.parametrize(
    "path",
    [
        "/userdata/..%2F__tiny%2Ftoken",
        "/userdata/..%252F__tiny%252Ftoken",
        "/userdata?dir=../__tiny",
        "/userdata?dir=..%2F__tiny&recurse=true",
        "/v2/userdata?path=../__tiny",
        "/userdata/..%2F..%2Foutside",
    ],
)
async def test_protected_files_are_out_of_reach(
    serve: Serve, user_directory: Path, path: str, options: dict[str, bool]
) -> None:
    secret = user_directory / "__tiny" / "token"
    secret.parent.mkdir(parents=True)
    secret.write_text("secret")
    client = await serve(**options)
    user = await _new_user(client, "ann") if options else "default"
    for stated in (user, "__tiny"):
        response = await client.get(path, headers={"comfy-user": stated})
        assert response.status in {400, 403, 404, 500}
        assert "secret" not in await response.text()


async def test_files_of_a_user_can_be_written_listed_and_moved(serve: Serve) -> None:
    client = await serve()
    written = await client.post("/userdata/workflows%2Fone.json?full_info=true", data=b"{}")
    assert _without_times(await written.json()) == {"path": "workflows/one.json", "size": 2}
    assert (await client.post("/userdata/workflows%2Fone.json?overwrite=false", data=b"{}")).status == 409
    assert (await client.post("/userdata/workflows%2Fone.json/move/workflows%2Ftwo.json")).status == 200
    assert await (await client.get("/userdata?dir=workflows")).json() == ["two.json"]
    assert await (await client.get("/userdata?dir=workflows&split=true")).json() == [["two.json", "two.json"]]
    found = await (await client.get("/userdata?dir=workflows&full_info=true")).json()
    assert [_without_times(each) for each in found] == [{"path": "two.json", "size": 2}]
    assert (await client.get("/userdata/workflows%2Fone.json")).status == 404
    assert (await client.get("/userdata?dir=nowhere")).status == 404
    assert (await client.get("/userdata")).status == 400


async def _new_user(client: Client, name: str) -> str:
    user = await (await client.post("/users", json={"username": name})).json()
    assert isinstance(user, str)
    return user


def _without_times(about: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in about.items() if name not in {"modified", "created"}}
