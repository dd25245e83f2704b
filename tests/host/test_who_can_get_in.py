import pytest
from host.fixture_types import Serve

HOST = "127.0.0.1:8188"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": HOST, "Origin": f"http://{HOST}"}, 200),
        ({"Host": HOST, "Origin": "http://127.0.0.1:9000"}, 403),
        ({"Host": HOST, "Origin": "https://evil.example"}, 403),
        # Some browsers leave a port out.
        ({"Host": HOST, "Origin": "http://127.0.0.1"}, 200),
        ({"Host": "127.0.0.1", "Origin": f"http://{HOST}"}, 200),
        ({"Host": "[::1]:8188", "Origin": "http://[::1]:8188"}, 200),
        ({"Host": "localhost:8188", "Origin": f"http://{HOST}"}, 403),
        # What ComfyUI lets through: handlers meet these.
        ({"Host": HOST, "Origin": "null"}, 200),
        ({"Host": "192.0.2.7:8188", "Origin": "https://evil.example"}, 200),
        ({"Host": "rebound.invalid:8188", "Origin": "http://rebound.invalid:8188"}, 200),
    ],
)
async def test_origin_guard(serve: Serve, headers: dict[str, str], status: int) -> None:
    client = await serve()
    assert (await client.get("/settings", headers=headers)).status == status
    assert (await client.post("/api/settings", headers=headers, json={})).status == status


async def test_the_cors_option_takes_the_guard_away_but_allows_no_custom_header(serve: Serve) -> None:
    client = await serve(cors=True)
    elsewhere = {"Host": HOST, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    read = await client.get("/settings", headers=elsewhere)
    assert read.status == 200
    assert read.headers["Access-Control-Allow-Origin"] == "*"
    asked = await client.options("/settings", headers=elsewhere)
    assert asked.status == 200
    assert asked.headers["Access-Control-Allow-Headers"] == "Content-Type, Authorization"


async def test_without_api_nodes_the_page_may_call_this_server_only(serve: Serve) -> None:
    client = await serve(disable_api_nodes=True)
    assert "connect-src 'self'" in (await client.get("/settings")).headers["Content-Security-Policy"]


async def test_otherwise_there_is_no_policy(serve: Serve) -> None:
    client = await serve()
    assert "Content-Security-Policy" not in (await client.get("/settings")).headers


async def test_an_unknown_path_is_not_found(serve: Serve) -> None:
    client = await serve()
    assert (await client.get("/nothing/here")).status == 404
