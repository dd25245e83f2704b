import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import requests
from host.fixture_types import WritePack

from comfy_host.process import HostOptions, HostProcess, start_small_host
from comfy_host.sub_path_proxy import INTERNAL_HOST, SubPathProxy

SOURCE = """
from aiohttp import web
from server import PromptServer

NODE_CLASS_MAPPINGS = {}

@PromptServer.instance.routes.post("/tiny/echo")
async def echo(request):
    PromptServer.instance.send_sync("tiny.said", "hello")
    return web.json_response({
        "path": request.raw_path, "body": await request.text(), "headers": dict(request.headers)
    })
"""


@pytest.fixture
def host(write_pack: WritePack, user_directory: Path) -> Iterator[HostProcess]:
    options = HostOptions(pack=write_pack("tiny-pack", SOURCE), user_directory=user_directory)
    with start_small_host(options) as started:
        yield started


@pytest.fixture
def proxy(host: HostProcess) -> Iterator[SubPathProxy]:
    with SubPathProxy(host.url, "/gpu/one", added_headers={"X-Forwarded-Proto": "https"}) as started:
        yield started


def test_the_prefix_is_stripped_and_the_host_header_is_internal(proxy: SubPathProxy) -> None:
    origin = proxy.url.removesuffix("/gpu/one/")
    answer = requests.post(
        f"{proxy.url}api/tiny/echo?a=%2Fb", data="body", headers={"Origin": origin, "X-Tiny": "1"}, timeout=5
    ).json()
    assert answer["path"] == "/api/tiny/echo?a=%2Fb"
    assert answer["body"] == "body"
    assert answer["headers"]["Host"] == INTERNAL_HOST
    assert answer["headers"]["Origin"] == origin
    assert answer["headers"]["X-Tiny"] == "1"
    assert answer["headers"]["X-Forwarded-Proto"] == "https"


def test_an_encoded_slash_stays_encoded(proxy: SubPathProxy, host: HostProcess) -> None:
    written = requests.post(f"{proxy.url}api/userdata/workflows%2Fone.json", data="{}", timeout=5)
    assert written.status_code == 200
    assert requests.get(f"{host.url}/userdata?dir=workflows", timeout=5).json() == ["one.json"]


def test_nothing_is_served_outside_of_the_prefix(proxy: SubPathProxy) -> None:
    root = proxy.url.removesuffix("gpu/one/")
    assert requests.get(root, timeout=5).status_code == 404
    assert requests.get(f"{root}settings", timeout=5).status_code == 404
    assert requests.get(f"{root}gpu/one", timeout=5, allow_redirects=False).status_code == 301


async def test_messages_pass_in_both_directions(proxy: SubPathProxy) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{proxy.url}ws?clientId=mine") as socket:
        greeting = await asyncio.wait_for(socket.receive_json(), timeout=5)
        assert greeting["data"]["sid"] == "mine"
        await socket.send_str(json.dumps({"type": "feature_flags", "data": {}}))
        assert (await asyncio.wait_for(socket.receive_json(), timeout=5))["type"] == "feature_flags"
        async with session.post(f"{proxy.url}tiny/echo") as answer:
            assert answer.status == 200
        assert (await asyncio.wait_for(socket.receive_json(), timeout=5)) == {"type": "tiny.said", "data": "hello"}


def test_a_host_that_is_down_is_a_bad_gateway(proxy: SubPathProxy, host: HostProcess) -> None:
    host.stop()
    assert requests.get(f"{proxy.url}settings", timeout=5).status_code == 502
