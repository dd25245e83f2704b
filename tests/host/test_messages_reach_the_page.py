import asyncio
import threading
from typing import Any

from aiohttp import ClientWebSocketResponse
from host.fixture_types import Serve
from server import PromptServer


async def test_a_new_socket_is_greeted_with_its_id(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect("/ws?clientId=mine") as socket:
        greeting = await _message(socket)
        assert greeting == {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}, "sid": "mine"}}
    async with client.ws_connect("/api/ws") as socket:
        assert len((await _message(socket))["data"]["sid"]) == 32


async def test_feature_flags_are_exchanged_once(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect("/ws?clientId=mine") as socket:
        await _message(socket)
        await socket.send_json({"type": "feature_flags", "data": {"tiny": True}})
        assert (await _message(socket))["type"] == "feature_flags"
        assert PromptServer.instance.sockets_metadata["mine"] == {"feature_flags": {"tiny": True}}


async def test_a_broadcast_from_any_thread_reaches_every_socket(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect("/ws?clientId=one") as one, client.ws_connect("/ws?clientId=two") as two:
        await _message(one)
        await _message(two)
        sender = threading.Thread(target=PromptServer.instance.send_sync, args=("tiny.status", {"state": "on"}))
        sender.start()
        for socket in (one, two):
            assert await _message(socket) == {"type": "tiny.status", "data": {"state": "on"}}
        sender.join()


async def test_a_message_to_one_socket_reaches_only_that(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect("/ws?clientId=one") as one, client.ws_connect("/ws?clientId=two") as two:
        await _message(one)
        await _message(two)
        PromptServer.instance.send_sync("tiny.status", 1, "two")
        PromptServer.instance.send_sync("tiny.status", 2)
        assert (await _message(one))["data"] == 2
        assert (await _message(two))["data"] == 1


async def test_a_socket_that_went_away_is_forgotten(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect("/ws?clientId=one") as socket:
        await _message(socket)
    async with client.ws_connect("/ws?clientId=two") as socket:
        await _message(socket)
        PromptServer.instance.send_sync("tiny.status", 1)
        assert (await _message(socket))["data"] == 1
        assert list(PromptServer.instance.sockets) == ["two"]


async def test_nonsense_from_a_client_does_no_harm(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect("/ws") as socket:
        await _message(socket)
        for text in ["{", "[]", "7"]:
            await socket.send_str(text)
        PromptServer.instance.send_sync("tiny.status", 1)
        assert (await _message(socket))["data"] == 1


async def _message(socket: ClientWebSocketResponse) -> dict[str, Any]:
    message = await asyncio.wait_for(socket.receive_json(), timeout=5)
    assert isinstance(message, dict)
    return message
