"""Each thing that can stand at an address, played by a server, and the verdict it gets."""

from pathlib import Path

import pytest
from units.address_check.check_stage import (
    HERE,
    NAME,
    PUBLIC,
    Request,
    Stage,
    always,
    answer,
    as_json,
    comfyui,
    instance,
)

from comfycontrol_pack.comfycontrol.address_check.check import OwnPlace
from comfycontrol_pack.comfycontrol.storage.identity import Identity

HTML = {"Content-Type": "text/html; charset=utf-8"}
LOGIN = '<form><input type="password" name="p"></form>'


def to(place: str, **headers: str) -> bytes:
    return answer(302, "", {"Location": place, **headers})


PARTS = [
    # tunnels and proxies
    ("ngrok_page", answer(200, "<html>", {**HTML, "Ngrok-Error-Code": "ERR_NGROK_6024"})),
    ("tunnel_offline", answer(404, "offline", {"Ngrok-Error-Code": "ERR_NGROK_3200"})),
    ("nothing_behind", answer(502, "refused", {"Ngrok-Error-Code": "ERR_NGROK_8012"})),
    ("tunnel_offline", answer(530, "error code: 1033", {"Server": "cloudflare"})),
    ("nothing_behind", answer(502, "Bad gateway", {"Server": "cloudflare"})),
    ("nothing_behind", answer(522, "", {"Server": "cloudflare"})),
    ("nothing_behind", answer(502, "<html>nginx", HTML)),
    ("nothing_behind", answer(503)),
    ("nothing_behind", answer(200, "Starting", {"X-Portal-Placeholder": "true"})),
    # guards
    ("cloudflare_access", to("https://team.cloudflareaccess.com/cdn-cgi/access/login/comfy.example.com?kid=1")),
    ("cloudflare_access", to("/elsewhere", **{"WWW-Authenticate": 'Cloudflare-Access resource_metadata="x"'})),
    ("cloudflare_access", answer(403, "<title>Forbidden - Cloudflare Access</title>", HTML)),
    ("cloudflare_challenge", answer(403, "Just a moment...", {"Cf-Mitigated": "challenge"})),
    ("jupyter_login", to("/login?next=%2Fcomfycontrol", Server="TornadoServer/6.4")),
    ("jupyter_login", answer(403, "Forbidden", {"Server": "TornadoServer/6.4"})),
    ("jupyter_login", to("/hub/api/oauth2/authorize?x=1", **{"X-JupyterHub-Version": "5.2"})),
    ("jupyter_login", answer(200, '<input type="password" id="password_input"><pre>jupyter server list</pre>', HTML)),
    ("code_server_login", to("./login?to=%2Fproxy%2F8188")),
    ("code_server_login", answer(200, '<meta id="coder-options" /><input type="password">', HTML)),
    ("basic_auth", answer(401, "", {"WWW-Authenticate": 'Basic realm="restricted"'})),
    ("needs_header", answer(401, "", {"WWW-Authenticate": "Bearer"})),
    ("needs_header", answer(403, "<h1>no</h1>", HTML)),
    ("needs_header", answer(407)),
    ("login_page", answer(200, LOGIN, HTML)),
    ("login_page", to("https://accounts.google.com/v3/signin?continue=x")),
    ("login_page", to("https://login.microsoftonline.com/common/oauth2/authorize")),
    ("login_page", to("/users/sign_in")),
    ("login_page", to("https://github.com/codespaces/pf-signin?id=1")),
    # other redirects
    ("redirected", to("https://www.example.com/comfycontrol/identity?nonce=1")),
    ("redirected", to("/welcome")),
    ("redirected", to("http://127.0.0.1:8188/comfycontrol/identity")),
    ("redirected", to("https://author.example.com/")),
    ("redirected", answer(308, "", {"Location": "//other.example.com/x"})),
    ("other_server", to("javascript:alert(1)")),
    ("other_server", to("https://[nonsense")),
    ("other_server", to("https://exa mple.com/")),
    ("other_server", answer(302)),
    # other servers
    ("other_server", answer(200, "<html>hello", HTML)),
    ("other_server", answer(404, "404: Not Found")),
    ("other_server", answer(200, "[" * 9000)),
    ("other_server", as_json([1, 2])),
    ("other_server", as_json({"proof": 1})),
    ("other_server", as_json({"proof": "g" * 64})),
    ("other_server", as_json({"system": "linux"})),
    ("other_server", answer(200, b"\x1f\x8b\xff", {"Content-Encoding": "gzip"})),
    ("other_server", answer(500, "oops")),
    ("other_instance", as_json({"proof": "0" * 64})),
    # no http
    ("not_http", b"SSH-2.0-OpenSSH_9.9\r\n"),
    ("not_http", b""),
    ("not_http", b"HTTP/1.1 abc\r\n\r\n"),
    ("not_http", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n"),
]


@pytest.mark.parametrize(("expected", "given"), PARTS, ids=[f"{row[0]}-{at}" for at, row in enumerate(PARTS)])
def test_what_stands_there_is_named(stage: Stage, expected: str, given: bytes) -> None:
    actor = stage.serve(always(given), 80)
    found = stage.check(f"http://{NAME}")
    assert found.verdict == expected
    assert actor.connections <= 4


def test_this_comfyui_is_proven(stage: Stage) -> None:
    actor = stage.serve(stage.ours(), 80)
    found = stage.check(f"http://{NAME}/")
    assert (found.verdict, found.address) == ("proven", None)
    assert "leads to this ComfyUI" in found.message
    # The proof, and who gets in.
    assert actor.connections == 2
    assert stage.called == [(PUBLIC, 80)] * 2


def test_the_request_is_one_that_asks_for_the_name_and_carries_the_headers(stage: Stage) -> None:
    actor = stage.serve(stage.ours("/comfy"), 8443)
    stage.check(
        f"http://{NAME}:8443/comfy/", {"Authorization": "Bearer s3cret", "accept": "*/*", "accept-encoding": "br"}
    )
    request = actor.requests[0]
    assert request.path == "/comfy/comfycontrol/identity"
    assert request.headers["host"] == f"{NAME}:8443"
    assert request.headers["authorization"] == "Bearer s3cret"
    assert request.headers["accept"] == "*/*"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["connection"] == "close"
    assert "cookie" not in request.headers


def test_every_check_asks_anew(stage: Stage) -> None:
    actor = stage.serve(stage.ours(), 80)
    stage.check(f"http://{NAME}")
    stage.check(f"http://{NAME}")
    nonces = {request.nonce for request in actor.requests} - {""}
    assert len(nonces) == 2
    assert all(len(nonce) >= 32 for nonce in nonces)


def test_an_answer_of_yesterday_proves_nothing(stage: Stage) -> None:
    kept = as_json({"proof": stage.identity.prove("n" * 32)})
    stage.serve(always(kept), 80)
    assert stage.check(f"http://{NAME}").verdict == "other_instance"


def test_another_instance_is_not_this_one(stage: Stage, tmp_path: Path) -> None:
    stage.serve(instance(Identity(tmp_path / "another.key")), 80)
    found = stage.check(f"http://{NAME}")
    assert found.verdict == "other_instance"
    assert "8188" in found.next_step


def test_a_copy_with_the_same_secret_is_not_this_one(stage: Stage, tmp_path: Path) -> None:
    stage.identity.prove("n" * 32)  # makes the secret
    stage.serve(instance(Identity(tmp_path / "identity.key")), 80)
    assert stage.check(f"http://{NAME}").verdict == "copied_instance"


def test_a_comfyui_without_the_extension(stage: Stage) -> None:
    actor = stage.serve(comfyui, 80)
    assert stage.check(f"http://{NAME}").verdict == "comfyui_without_extension"
    assert [request.path for request in actor.requests] == ["/comfycontrol/identity", "/system_stats"]


@pytest.mark.parametrize(
    ("typed", "prefix", "address"),
    [
        ("/comfy", "", ""),
        ("/user-select", "", ""),
        ("/index.html", "", ""),
        ("/a/b", "/a", "/a"),
        ("/comfy/api", "/comfy", None),
        ("", "/api", "/api"),
        ("/comfy", "/comfy/api", "/comfy/api"),
        ("/proxy/8188/", "/proxy/8188", None),
        ("?token=abc", "", ""),
        ("/#workflow", "", ""),
    ],
)
def test_comfyui_under_another_path(stage: Stage, typed: str, prefix: str, address: str | None) -> None:
    def page(request: Request) -> bytes:
        # Without the routes under /api that ComfyUI has itself: this is about what a proxy serves.
        ours = request.path == f"{prefix}/comfycontrol/identity" or typed == "/comfy/api"
        return stage.ours(prefix)(request) if ours else answer(404)

    actor = stage.serve(page, 80)
    found = stage.check(f"http://{NAME}{typed}")
    assert found.verdict == ("proven" if address is None else "other_address")
    assert found.address == (None if address is None else f"http://{NAME}{address}")
    assert actor.connections <= 4
    assert "abc" not in repr(found)


def test_comfyui_at_its_own_port_of_the_same_machine(stage: Stage) -> None:
    actor = stage.serve(stage.ours(), 8188)
    found = stage.check(f"https://{NAME}", {"X-Key": "s3cret"})
    assert (found.verdict, found.address) == ("other_address", f"http://{NAME}:8188")
    assert f"http://{NAME}:8188" in found.next_step
    # The person meant the header for another server, and encrypted.
    assert "x-key" not in actor.requests[0].headers
    assert stage.called == [(PUBLIC, 443), (PUBLIC, 8188)]


def test_plain_http_where_https_was_typed(stage: Stage) -> None:
    actor = stage.serve(stage.ours(), 8188)
    found = stage.check(f"https://{NAME}:8188", {"X-Key": "s3cret"})
    assert (found.verdict, found.address) == ("other_address", f"http://{NAME}:8188")
    assert all("x-key" not in request.headers for request in actor.requests)


def test_plain_http_of_another_server(stage: Stage) -> None:
    stage.serve(always(answer(200, "hello")), 443)
    assert stage.check(f"https://{NAME}").verdict == "plain_http"


@pytest.mark.parametrize(
    "said", ["The plain HTTP request was sent to HTTPS port", "Client sent an HTTP request to an HTTPS server."]
)
def test_https_where_plain_http_was_typed(stage: Stage, said: str) -> None:
    stage.serve(always(answer(400, said)), 8443)
    assert stage.check(f"http://{NAME}:8443").verdict == "not_http"


@pytest.mark.parametrize(
    ("location", "address"),
    [
        (f"https://{NAME}/comfycontrol/identity?nonce=x&key=hidden", f"https://{NAME}"),
        (f"https://www.{NAME}/comfycontrol/identity/", f"https://www.{NAME}"),
        (f"https://me:hidden@www.{NAME}/comfycontrol/identity", f"https://www.{NAME}"),
        (f"https://{NAME}/hidden/comfycontrol/identity", None),
        (f"https://{NAME}:444/hidden", None),
    ],
)
def test_of_a_redirect_no_more_is_told_than_where_to(stage: Stage, location: str, address: str | None) -> None:
    actor = stage.serve(always(to(location)), 80)
    found = stage.check(f"http://{NAME}")
    assert (found.verdict, found.address) == ("redirected", address)
    assert f"https://{'www.' if 'www' in location else ''}{NAME}" in found.message
    assert "hidden" not in repr(found)
    assert (actor.connections, stage.called) == (1, [(PUBLIC, 80)])


def test_a_name_that_nobody_knows(stage: Stage) -> None:
    assert stage.check("https://no-such-name.example.com").verdict == "name_not_found"
    assert stage.called == []


def test_nobody_listens(stage: Stage) -> None:
    stage.names[NAME] = [[PUBLIC]]
    assert stage.check(f"https://{NAME}").verdict == "refused"


def test_the_second_address_is_tried_when_the_first_leads_nowhere(stage: Stage) -> None:
    stage.serve(stage.ours(), 80)
    stage.names[NAME] = [["2606:4700::1111", PUBLIC]]
    assert stage.check(f"http://{NAME}").verdict == "proven"
    assert stage.called[:2] == [("2606:4700::1111", 80), (PUBLIC, 80)]


def test_a_public_ip_address_is_not_looked_up(stage: Stage) -> None:
    stage.serve(stage.ours(), 40123)
    assert stage.check(f"http://{PUBLIC}:40123").verdict == "proven"
    assert stage.looked_up == []


def test_an_international_name_is_looked_up_in_its_plain_form(stage: Stage) -> None:
    stage.serve(stage.ours(), 80)
    stage.names["xn--bcher-kva.example.com"] = [[PUBLIC]]
    assert stage.check("http://b\u00fccher.example.com").verdict == "proven"
    assert stage.looked_up == ["xn--bcher-kva.example.com"]


@pytest.mark.parametrize("host", [HERE, "localhost", "LOCALHOST", "2130706433", "[::ffff:127.0.0.1]"])
def test_our_own_port_on_loopback_is_for_this_computer_alone(stage: Stage, host: str) -> None:
    actor = stage.act(lambda request, visitor: visitor.sendall(stage.ours()(request)))
    stage.own = OwnPlace(actor.port)
    found = stage.check(f"http://{host}:{actor.port}", {"X-Key": "s3cret"}, really=True)
    assert (found.verdict, found.may_still_work) == ("only_here", False)
    assert actor.requests == []


def test_after_a_check_that_failed_a_right_one_proves(stage: Stage) -> None:
    checker = stage.checker()
    assert checker.check(f"http://{NAME}", {}).verdict == "name_not_found"
    stage.names[NAME] = [[PUBLIC]]
    assert checker.check(f"http://{NAME}", {}).verdict == "refused"
    stage.serve(always(answer(401)), 80)
    assert checker.check(f"http://{NAME}", {}).verdict == "needs_header"
    stage.serve(stage.ours(), 80)
    assert checker.check(f"http://{NAME}", {}).verdict == "proven"
