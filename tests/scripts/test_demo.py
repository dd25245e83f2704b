import socket
from pathlib import Path

import demo
import pytest
import smoke
import workshop
from workshop import SetUpError


def test_the_service_of_the_demo_holds_its_runners_over_a_restart(tmp_path: Path) -> None:
    with demo.service(tmp_path, 0) as double:
        account = double.add_account()
        older = double.add_runner(account, name="Older", headers={"X-Key": "value"}, tags=["a", "b"])
        newer = double.add_runner(account, name="Newer", status="disabled")
    with demo.service(tmp_path, 0) as double:
        held = double.runners()
    assert held == [newer, older]


def test_the_address_that_is_filled_in_leads_to_the_comfyui_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMFYUI_DIR", raising=False)
    with (
        demo.service(tmp_path, 0) as double,
        demo.start_host(workshop.Workshop(), None, tmp_path / "user", double.url, 0) as host,
    ):
        double.resolve[demo.NAME] = host.url
        owner = smoke.connect(host.url, demo.TOKEN)
        (suggested,) = smoke.ask("GET", f"{host.url}/comfycontrol/suggestions", None, owner)["endpoints"]
        draft = {"endpoint": suggested["url"], "headers": {}}
        assert smoke.ask("POST", f"{host.url}/comfycontrol/endpoint-check", draft, owner)["verdict"] == "proven"
        smoke.ask("POST", f"{host.url}/comfycontrol/runner", {"name": "Mine", **draft, "tags": ["a"]}, owner)
        assert len(double.pictures(demo.run_workflow(double, ["a"])["id"])) == 1


def test_a_port_that_is_taken_is_replaced_unless_it_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetUpError, match="choose another with --port"):
            demo.chosen_port(port, 8189)
        assert demo.chosen_port(None, port) != port
    assert f"Port {port} is in use" in capsys.readouterr().out


def test_the_python_of_a_comfyui_is_the_one_that_is_named_or_in_a_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMFYUI_PYTHON", raising=False)
    with pytest.raises(SetUpError, match="COMFYUI_PYTHON"):
        demo.comfyui_python(tmp_path)
    usual = tmp_path / "venv" / "bin" / "python"
    usual.parent.mkdir(parents=True)
    usual.touch()
    assert demo.comfyui_python(tmp_path) == usual
    monkeypatch.setenv("COMFYUI_PYTHON", "/somewhere/python")
    assert demo.comfyui_python(tmp_path) == Path("/somewhere/python")
