import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

import folder_paths
import pytest
from aiohttp import web
from comfy import cli_args, model_management

from comfy_host.app import reset_stand_ins
from comfycontrol_pack.comfycontrol import comfyui
from comfycontrol_pack.comfycontrol.comfyui import ComfyUser, Gpu
from comfycontrol_pack.comfycontrol.errors import MachineError, NotAllowedError

SEALED = "v1.s34l3d"


@pytest.fixture(autouse=True)
def plain_stand_ins() -> Iterator[None]:
    reset_stand_ins()
    yield
    reset_stand_ins()


def serve(monkeypatch: pytest.MonkeyPatch, instance: object) -> None:
    module: Any = ModuleType("server")
    module.PromptServer = SimpleNamespace(instance=instance)
    monkeypatch.setitem(sys.modules, "server", module)


def with_users(monkeypatch: pytest.MonkeyPatch, user_id: object, settings: object) -> None:
    def given(answer: object) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    users = SimpleNamespace(
        get_request_user_id=lambda _: given(user_id),
        settings=SimpleNamespace(get_settings=lambda _: given(settings)),
    )
    serve(monkeypatch, SimpleNamespace(user_manager=users))


@pytest.mark.parametrize(
    "module",
    [None, SimpleNamespace(), SimpleNamespace(PromptServer=None), SimpleNamespace(PromptServer=SimpleNamespace())],
)
def test_without_a_server_there_is_none_and_no_error(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    monkeypatch.setitem(sys.modules, "server", module)
    assert comfyui.prompt_server() is None
    assert comfyui.user_of(None) == ComfyUser("default", None)
    comfyui.announce()


def test_a_server_that_nobody_has_imported_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "server")
    assert comfyui.prompt_server() is None
    assert "server" not in sys.modules


def test_a_stub_with_routes_only_is_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = SimpleNamespace(routes=[])
    serve(monkeypatch, stub)
    assert comfyui.prompt_server() is stub
    assert comfyui.user_of(None) == ComfyUser("default", None)
    comfyui.announce()
    assert comfyui.listening_port() == 8188


@pytest.mark.parametrize("knows_system_users", [True, False])
def test_the_protected_folder_is_the_same_before_and_since_0_3_76(tmp_path: Path, *, knows_system_users: bool) -> None:
    folder_paths.reset(tmp_path, [], knows_system_users=knows_system_users)
    assert comfyui.protected_folder() == tmp_path / "__comfycontrol"
    assert list(tmp_path.iterdir()) == []


def test_outside_of_comfyui_there_is_no_protected_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "folder_paths", None)
    with pytest.raises(MachineError) as raised:
        comfyui.protected_folder()
    assert raised.value.code == "storage_failed"


@pytest.mark.parametrize(
    ("settings", "sealed_token"),
    [
        ({"ComfyControl.ApiToken": SEALED}, SEALED),
        ({"ComfyControl.ApiToken": ""}, None),
        ({"ComfyControl.ApiToken": None}, None),
        ({"ComfyControl.ApiToken": {"a": 1}}, None),
        ({"ComfyControl.ApiToken": 5}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_sealed_token_is_read_from_the_users_settings(
    monkeypatch: pytest.MonkeyPatch, settings: object, sealed_token: str | None
) -> None:
    with_users(monkeypatch, "Ada_1", settings)
    user = comfyui.user_of(None)
    assert user == ComfyUser("Ada_1", sealed_token)
    assert SEALED not in f"{user!r} {user}"


@pytest.mark.parametrize(
    ("user_id", "settings"),
    [(KeyError("Unknown user: Eve"), {}), ("Ada_1", web.HTTPUnauthorized()), ("Ada_1", KeyError("Eve"))],
)
def test_a_user_comfyui_does_not_know_is_told_so(
    monkeypatch: pytest.MonkeyPatch, user_id: object, settings: object
) -> None:
    with_users(monkeypatch, user_id, settings)
    with pytest.raises(NotAllowedError) as raised:
        comfyui.user_of(None)
    assert raised.value.code == "user_unknown"
    assert "Eve" not in str(raised.value)


def test_another_fault_of_comfyui_is_not_taken_for_an_unknown_user(monkeypatch: pytest.MonkeyPatch) -> None:
    with_users(monkeypatch, "Ada_1", RuntimeError("bug"))
    with pytest.raises(RuntimeError, match="bug"):
        comfyui.user_of(None)


def test_a_user_folder_that_comfyui_cannot_use_is_told_without_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    with_users(monkeypatch, "Ada_1", PermissionError(13, "Permission denied", "/home/ada/ComfyUI/user"))
    with pytest.raises(MachineError) as raised:
        comfyui.user_of(None)
    assert raised.value.code == "storage_failed"
    assert "Permission denied" in str(raised.value)
    assert "ada" not in str(raised.value)


def test_a_change_is_announced_without_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[object, ...]] = []
    serve(monkeypatch, SimpleNamespace(send_sync=lambda *given: sent.append(given)))
    comfyui.announce()
    assert sent == [("comfycontrol.status", {})]


@pytest.mark.parametrize(
    ("hardware", "gpu"),
    [
        (model_management.RTX_4090, Gpu("cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", 25757220864)),
        (model_management.NO_GPU, None),
        (model_management.Hardware(model_management.Device("mps"), "mps", 4096), Gpu("mps", 4096)),
        # ComfyUI says 1 GB of every DirectML device, and nothing of its name.
        (model_management.Hardware(model_management.Device("privateuseone", 0), "privateuseone", 1024**3), None),
    ],
)
def test_the_card_is_the_one_comfyui_computes_on(hardware: model_management.Hardware, gpu: Gpu | None) -> None:
    model_management.reset(hardware)
    assert comfyui.gpu() == gpu


def test_a_driver_that_fails_suggests_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> NoReturn:
        raise RuntimeError("CUDA error: unknown error")

    with monkeypatch.context() as failing:
        failing.setattr(model_management, "get_total_memory", broken)
        assert comfyui.gpu() is None
    assert comfyui.gpu() is not None


def test_outside_of_comfyui_there_is_neither_card_nor_port_nor_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("comfy", "comfy.cli_args", "comfy.model_management"):
        monkeypatch.setitem(sys.modules, module, None)
    assert comfyui.gpu() is None
    assert comfyui.listening_port() is None
    assert not comfyui.serves_tls()


def test_the_port_is_the_one_it_listens_on_and_before_that_the_one_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cli_args.reset(cli_args.Arguments(port=9000))
    serve(monkeypatch, SimpleNamespace())
    assert comfyui.listening_port() == 9000
    serve(monkeypatch, SimpleNamespace(port=9001))
    assert comfyui.listening_port() == 9001


@pytest.mark.parametrize(
    ("certificate", "key", "tls"), [("c.pem", "k.pem", True), ("c.pem", None, False), (None, "k.pem", False)]
)
def test_https_takes_a_certificate_and_its_key(certificate: str | None, key: str | None, *, tls: bool) -> None:
    cli_args.reset(cli_args.Arguments(tls_certfile=certificate, tls_keyfile=key))
    assert comfyui.serves_tls() is tls


@pytest.mark.parametrize(
    ("system", "executable", "command"),
    [
        ("posix", "/home/ada/venv/bin/python3", "python3 -m pip install cryptography"),
        ("nt", "/ada/venv/Scripts/python.exe", "python -m pip install cryptography"),
        ("nt", "/ada/python_embeded/python.exe", r".\python_embeded\python.exe -m pip install cryptography"),
    ],
)
def test_the_command_fits_the_machine_without_telling_where_python_is(
    monkeypatch: pytest.MonkeyPatch, system: str, executable: str, command: str
) -> None:
    # Not os.name itself, which decides what pathlib makes of every path.
    monkeypatch.setattr(comfyui, "os", SimpleNamespace(name=system))
    monkeypatch.setattr(sys, "executable", executable)
    assert comfyui.install_command("cryptography") == command


def test_it_listens_once_the_server_has_noted_its_port(monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, SimpleNamespace())
    assert not comfyui.is_listening()
    serve(monkeypatch, SimpleNamespace(port=8188))
    assert comfyui.is_listening()


TOKEN = {"ComfyControl.ApiToken": SEALED}
SETTINGS: list[tuple[str, object, bool]] = [
    ("default", TOKEN, True),
    ("default", {"ComfyControl.ApiToken": ""}, False),
    ("default", {}, False),
    ("default", ["not", "settings"], False),
    ("default", "cut off in the mid", False),
    ("ada_1", TOKEN, False),
    ("__comfycontrol", TOKEN, False),
]


def settings_of(users: Path, user: str, settings: object) -> None:
    (users / user).mkdir()
    text = settings if isinstance(settings, str) else json.dumps(settings)
    (users / user / "comfy.settings.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("user", "settings", "has_token"), SETTINGS)
def test_whose_token_is_there_without_a_request(
    tmp_path: Path, user: str, settings: object, *, has_token: bool
) -> None:
    folder_paths.reset(tmp_path, [])
    settings_of(tmp_path, user, settings)
    (tmp_path / "comfyui.log").write_text("not a user", encoding="utf-8")
    assert comfyui.users_with_token() == ([ComfyUser(user, SEALED)] if has_token else [])


def test_with_several_users_each_may_have_one(tmp_path: Path) -> None:
    folder_paths.reset(tmp_path, [])
    cli_args.reset(cli_args.Arguments(multi_user=True))
    for user in ("bob_2", "ada_1"):
        settings_of(tmp_path, user, TOKEN)
    assert [user.id for user in comfyui.users_with_token()] == ["ada_1", "bob_2"]


KEPT = "ComfyControl.KeepAddress"
CHECKED = "ComfyControl.CheckAddress"
OLD_SETTINGS: list[tuple[dict[str, object], tuple[bool, bool]]] = [
    ({}, (False, True)),
    ({**TOKEN, KEPT: True}, (True, True)),
    ({**TOKEN, KEPT: "yes", CHECKED: "no"}, (False, True)),
    ({**TOKEN, KEPT: False, CHECKED: False}, (False, False)),
    # Who had no token kept nothing.
    ({KEPT: True, CHECKED: True}, (False, True)),
]


@pytest.mark.parametrize(("settings", "found"), OLD_SETTINGS)
def test_what_earlier_releases_kept_in_the_settings_is_read(
    tmp_path: Path, settings: dict[str, object], found: tuple[bool, bool]
) -> None:
    folder_paths.reset(tmp_path, [])
    settings_of(tmp_path, "default", settings)
    assert comfyui.saved_preferences() == found


@pytest.mark.parametrize("user_directory", [None, "missing"])
def test_outside_of_comfyui_nobody_has_a_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, user_directory: str | None
) -> None:
    if user_directory is None:
        monkeypatch.setitem(sys.modules, "folder_paths", None)
    else:
        folder_paths.reset(tmp_path / user_directory, [])
    assert comfyui.users_with_token() == []
    assert comfyui.saved_preferences() == (False, True)
