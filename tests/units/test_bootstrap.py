from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import folder_paths
import pytest
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol import bootstrap
from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from comfycontrol_pack.comfycontrol.errors import MachineError
from service_double import ServiceDouble


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bootstrap, "_instances", [])
    folder_paths.reset(tmp_path, [])


def test_there_is_one_registration_however_many_ask_at_once() -> None:
    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(lambda _: bootstrap.instance(), range(20)))
    assert all(each is found[0] for each in found)


def test_it_is_this_instances_folder_and_the_operators_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, double: ServiceDouble, token: str
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    connection = bootstrap.instance().ownership.connect(SecretStr(token), ComfyUser("default", None), "")
    assert connection.account.name == "Ada Lovelace"
    assert [call.path for call in double.calls] == ["/v1/user"]
    assert sorted(file.name for file in (tmp_path / "__comfycontrol").iterdir()) == [
        "memory.json",
        "memory.lock",
        "seal.key",
    ]


def test_a_wrong_address_is_told_until_it_is_corrected(monkeypatch: pytest.MonkeyPatch, double: ServiceDouble) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", "http://api.comfycontrol.app")
    for _ in range(2):
        with pytest.raises(MachineError) as raised:
            bootstrap.instance()
        assert raised.value.code == "api_url_invalid"
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    assert bootstrap.instance() is bootstrap.instance()


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ({}, None),
        ({"COMFYCONTROL_ENDPOINT": "https://comfy.example.com"}, "https://comfy.example.com"),
        ({"RUNPOD_POD_ID": "abc123"}, "https://abc123-8188.proxy.runpod.net"),
        # Only the same network could use it, and a platform that is not sure is no ground to change anything.
        ({"COMFYCONTROL_ENDPOINT": "http://192.168.1.2:8188"}, None),
        ({"LIGHTNING_CLOUD_SPACE_ID": "abc123"}, None),
    ],
)
def test_the_machines_own_address_is_what_its_surroundings_say_for_sure(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], found: str | None
) -> None:
    for name in ("RUNPOD_POD_ID", "LIGHTNING_CLOUD_SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert bootstrap.instance().address_monitor.look() == found
