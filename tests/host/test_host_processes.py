import ipaddress
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from host.fixture_types import WritePack
from host.prompts import picture

from comfy_host.process import HostOptions, HostProcess, start_small_host

SOURCE = """
import atexit
from aiohttp import web
from comfy.cli_args import args
from server import PromptServer

print("printed with port", args.port)
atexit.register(lambda: print("atexit ran", flush=True))
NODE_CLASS_MAPPINGS = {}
EARLY = hasattr(PromptServer.instance, "port")

async def end(app):
    print("a hook ran", flush=True)

PromptServer.instance.app.on_shutdown.append(end)
PromptServer.instance.app.on_cleanup.append(end)

@PromptServer.instance.routes.get("/tiny/port")
async def port(request):
    return web.json_response([EARLY, args.port, PromptServer.instance.address, PromptServer.instance.port])
"""


@pytest.fixture
def options(write_pack: WritePack, user_directory: Path) -> HostOptions:
    return HostOptions(pack=write_pack("tiny-pack", SOURCE), user_directory=user_directory, pack_name="my.tiny-pack")


@pytest.fixture
def host(options: HostOptions) -> Iterator[HostProcess]:
    with start_small_host(options) as started:
        yield started


def test_it_knows_its_port_at_import_and_its_address_once_it_listens(host: HostProcess) -> None:
    port = int(host.url.rsplit(":", 1)[1])
    assert requests.get(f"{host.url}/tiny/port", timeout=5).json() == [False, port, "127.0.0.1", port]
    assert host.pack_folder.name == "my.tiny-pack"


def test_printed_lines_are_served_and_kept(host: HostProcess) -> None:
    served = requests.get(f"{host.url}/internal/logs", timeout=5).json()
    assert "printed with port" in served
    assert "To see the GUI go to" in served
    assert "printed with port" in host.log


def test_a_restart_keeps_port_user_directory_and_log(host: HostProcess) -> None:
    url, pid = host.url, host.pid
    requests.post(f"{url}/settings", json={"A": 1}, timeout=5)
    host.restart()
    assert (host.url, host.running) == (url, True)
    assert host.pid != pid
    assert requests.get(f"{url}/settings", timeout=5).json() == {"A": 1}
    assert host.log.count("printed with port") == 2


def test_made_as_new_it_knows_nothing_of_what_it_ran(options: HostOptions) -> None:
    options.fresh_start = True
    with start_small_host(options) as host:
        requests.post(f"{host.url}/prompt", json={"prompt": picture()}, timeout=5).raise_for_status()
        host.fresh_start({}, {}, {})
        assert requests.get(f"{host.url}/history", timeout=5).json() == {}
        assert requests.get(f"{host.url}/prompt", timeout=5).json() == {"exec_info": {"queue_remaining": 0}}


def test_ctrl_c_runs_atexit_but_no_hook_of_the_application(host: HostProcess) -> None:
    assert host.interrupt() == 0
    assert "atexit ran" in host.log
    assert "a hook ran" not in host.log


def test_stopping_runs_neither(host: HostProcess) -> None:
    host.stop()
    assert not host.running
    assert "atexit ran" not in host.log
    assert "a hook ran" not in host.log


def test_a_host_that_nobody_holds_any_more_is_ended(options: HostOptions) -> None:
    host = start_small_host(options)
    url, folder = host.url, host.pack_folder
    del host
    deadline = time.monotonic() + 10
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_a_host_that_cannot_start_says_why(options: HostOptions) -> None:
    options.extra = ["--no-such-option"]
    with pytest.raises(RuntimeError, match="unrecognized arguments: --no-such-option"):
        start_small_host(options)


@pytest.mark.parametrize(
    ("extra", "expected"),
    [([], "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync 25757220864"), (["--gpu", "cpu"], "cpu 25757220864")],
)
def test_its_graphics_card_can_be_chosen(options: HostOptions, extra: list[str], expected: str) -> None:
    options.extra = extra
    with start_small_host(options) as host:
        device = requests.get(f"{host.url}/system_stats", timeout=5).json()["devices"][0]
        assert f"{device['name']} {device['vram_total']}" == expected


def test_options_reach_it(options: HostOptions) -> None:
    options.multi_user = True
    options.disable_api_nodes = True
    options.enable_cors_header = "https://page.example"
    options.environment = {"TINY": "1"}
    with start_small_host(options) as host:
        answer = requests.get(f"{host.url}/users", timeout=5)
        assert answer.json() == {"storage": "server", "users": {}}
        assert answer.headers["Access-Control-Allow-Origin"] == "https://page.example"
        assert "Content-Security-Policy" in answer.headers


def test_it_speaks_tls_with_a_certificate(options: HostOptions, tmp_path: Path) -> None:
    options.tls_certfile, options.tls_keyfile = _certificate(tmp_path)
    with start_small_host(options) as host:
        assert host.url.startswith("https://127.0.0.1:")
        assert requests.get(f"{host.url}/settings", verify=str(options.tls_certfile), timeout=5).json() == {}


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "cert.pem", folder / "key.pem"
