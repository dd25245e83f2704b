"""An instance that nobody looks at becomes a runner and stays one; steps of its reconciler, against the double."""

import errno
import logging
import shutil
import tempfile
from pathlib import Path

import pytest
from units.unattended.pod import Pod

from service_double import Account, Fault, ServiceDouble

HOME = "https://home.example.com"
NEW = "https://new.example.com"


@pytest.fixture
def pod(double: ServiceDouble, token: str, tmp_path: Path) -> Pod:
    double.enforce_rate_limit = False
    return Pod(double, token, tmp_path / "pod", ENDPOINT=HOME, NAME="pod")


def at_service(double: ServiceDouble) -> list[tuple[str, str, str]]:
    return sorted((runner["name"], runner["endpoint"], runner["status"]) for runner in double.runners())


def test_an_instance_registers_itself_with_two_calls_and_then_asks_nothing(pod: Pod, double: ServiceDouble) -> None:
    assert pod.settle() == 60
    assert at_service(double) == [("pod", HOME, "active")]
    assert pod.calls == ["GET /v1/runner", "POST /v1/runner"]
    for _ in range(5):
        assert pod.step() == 60
    assert pod.calls == []


@pytest.mark.parametrize("at_start", [True, False])
def test_a_folder_that_cannot_be_written_is_said_once_and_tried_again(
    pod: Pod,
    double: ServiceDouble,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    at_start: bool,
) -> None:
    caplog.set_level(logging.INFO, "comfycontrol")
    if not at_start:
        pod.settle()
        pod.restart(NAME="studio")
    caplog.clear()

    def fail(*_given: object, **_named: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(pod.folder))

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", fail)
        for _ in range(3):
            pod.step()
    assert caplog.text.count("ComfyUI's user folder cannot be read or written: Read-only file system.") == 1
    assert "Retrying automatically" in caplog.text
    assert str(pod.folder) not in caplog.text
    pod.settle()
    assert at_service(double) == [("pod" if at_start else "studio", HOME, "active")]
    assert "this instance is registered" in caplog.text


def test_after_a_restart_it_goes_on_with_its_runner_and_one_look(pod: Pod, double: ServiceDouble) -> None:
    pod.settle()
    runner_id = double.runners()[0]["id"]
    pod.calls  # noqa: B018 - forgets them
    pod.restart()
    pod.settle()
    assert pod.calls == [f"GET /v1/runner/{runner_id}"]
    assert len(double.runners()) == 1


def test_a_start_puts_right_what_the_variables_decide_and_leaves_the_rest_to_people(
    pod: Pod, double: ServiceDouble
) -> None:
    pod.settle()
    pod.restart(NAME="studio", TAGS="flux", HEADERS="X-Key: abc")
    pod.settle()
    runner = double.runners()[0]
    assert (runner["name"], runner["tags"], runner["headers"]) == ("studio", ["flux"], {"X-Key": "abc"})
    pod.restart(NAME="", TAGS="", HEADERS="")
    pod.settle()
    assert double.runners()[0]["name"] == "studio"


@pytest.mark.parametrize("mode", ["on", "update"])
def test_a_pod_without_a_volume_finds_its_runner_by_its_address(
    double: ServiceDouble, account: Account, token: str, tmp_path: Path, mode: str
) -> None:
    double.enforce_rate_limit = False
    double.add_runner(account, endpoint=HOME, name="As it was called")
    pod = Pod(double, token, tmp_path, ENDPOINT=f"{HOME}/", REGISTER=mode)
    pod.settle()
    assert [name for name, _, _ in at_service(double)] == ["As it was called"]
    assert pod.endpoint


def test_update_makes_no_runner_and_says_so_once(
    double: ServiceDouble, token: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pod = Pod(double, token, tmp_path, ENDPOINT=HOME, REGISTER="update")
    for _ in range(3):
        assert pod.step() >= 600
    assert double.runners() == []
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "COMFYCONTROL_REGISTER=update" in caplog.text


def test_a_new_address_is_proven_first_and_then_sent_with_one_call(
    double: ServiceDouble, token: str, tmp_path: Path
) -> None:
    pod = Pod(double, token, tmp_path)
    pod.platform = {"RENDER_EXTERNAL_URL": HOME}
    pod.settle()
    pod.calls  # noqa: B018 - forgets them
    pod.platform = {"RENDER_EXTERNAL_URL": NEW}
    pod.verdicts[NEW] = "tunnel_offline"
    assert pod.step() == 60
    assert pod.calls == []
    assert pod.endpoint == HOME
    # The tunnel needs a moment until it leads here.
    del pod.verdicts[NEW]
    pod.now += 60
    pod.step()
    assert [call.partition(" ")[0] for call in pod.calls] == ["PUT"]
    assert double.runners()[0]["endpoint"] == NEW


@pytest.mark.parametrize("verdict", ["other_instance", "copied_instance"])
def test_an_address_at_which_another_comfyui_answers_is_never_taken(
    pod: Pod, double: ServiceDouble, caplog: pytest.LogCaptureFixture, verdict: str
) -> None:
    pod.verdicts[HOME] = verdict
    pod.step()
    pod.step()
    assert double.runners() == []
    assert caplog.text.count("another ComfyUI responds") == 1
    del pod.verdicts[HOME]
    pod.now += 60
    pod.settle()
    assert at_service(double) == [("pod", HOME, "active")]


def test_a_copy_becomes_a_runner_of_its_own_and_leaves_the_originals_alone(pod: Pod, double: ServiceDouble) -> None:
    pod.settle()
    pod.verdicts[HOME] = "copied_instance"
    pod.restart(ENDPOINT=NEW, NAME="copy")
    pod.settle()
    assert at_service(double) == [("copy", NEW, "active"), ("pod", HOME, "active")]


def test_a_copy_that_only_updates_touches_nothing(pod: Pod, double: ServiceDouble) -> None:
    pod.settle()
    pod.verdicts[HOME] = "copied_instance"
    pod.mode = "update"
    pod.restart(ENDPOINT=NEW, REGISTER="update")
    pod.settle()
    assert at_service(double) == [("pod", HOME, "active")]


def test_a_runner_that_was_removed_is_made_anew(pod: Pod, double: ServiceDouble) -> None:
    pod.settle()
    double.remove_runner(double.runners()[0]["id"])
    pod.restart()
    pod.settle()
    assert at_service(double) == [("pod", HOME, "active")]


def test_who_disables_the_runner_means_it_until_the_next_start(pod: Pod, double: ServiceDouble) -> None:
    pod.restart(ON_EXIT="disable")
    pod.settle()
    double.set_status(double.runners()[0]["id"], "disabled")
    for _ in range(3):
        pod.step()
    assert at_service(double) == [("pod", HOME, "disabled")]
    pod.restart()
    pod.settle()
    assert at_service(double) == [("pod", HOME, "active")]


def test_leaving_takes_the_runner_out_of_service_and_the_next_start_puts_it_back(
    pod: Pod, double: ServiceDouble
) -> None:
    pod.restart(ON_EXIT="disable")
    pod.settle()
    pod.reconciler.leave()
    assert at_service(double) == [("pod", HOME, "disabled")]
    pod.restart()
    pod.settle()
    assert at_service(double) == [("pod", HOME, "active")]


def test_a_start_that_never_got_as_far_leaves_nothing(pod: Pod, double: ServiceDouble) -> None:
    pod.settle()
    pod.restart(ON_EXIT="disable")
    pod.reconciler.leave()
    assert at_service(double) == [("pod", HOME, "active")]


def test_a_rejected_token_is_said_once_and_nothing_is_sent_until_it_is_another(
    double: ServiceDouble, account: Account, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    double.enforce_rate_limit = False
    file = tmp_path / "token"
    file.write_text("cfc_revoked0token", encoding="ascii")
    pod = Pod(double, "", tmp_path / "pod", TOKEN_FILE=str(file), ENDPOINT=HOME)
    pod.settle()
    assert len(pod.calls) == 1
    for _ in range(5):
        pod.step()
    assert pod.calls == []
    assert caplog.text.count("rejected the API token") == 1
    # Rotated: without a restart.
    file.write_text(double.add_token(account), encoding="ascii")
    pod.settle()
    assert len(double.runners()) == 1


def test_a_token_that_is_rejected_while_the_file_has_a_new_one_already_costs_one_call(
    double: ServiceDouble, account: Account, tmp_path: Path
) -> None:
    double.enforce_rate_limit = False
    file = tmp_path / "token"
    file.write_text("cfc_revoked0token", encoding="ascii")
    pod = Pod(double, "", tmp_path / "pod", TOKEN_FILE=str(file), ENDPOINT=HOME)
    assert pod.environment.token() is not None
    file.write_text(double.add_token(account), encoding="ascii")
    pod.settle()
    assert pod.calls == ["GET /v1/runner", "GET /v1/runner", "POST /v1/runner"]


def test_a_wrong_variable_sends_nothing(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    pod = Pod(double, token, tmp_path, ENDPOINT=HOME, TAGS="${TAG}")
    for _ in range(3):
        pod.step()
    assert pod.calls == []


def test_without_an_address_it_says_what_to_do_and_waits(
    double: ServiceDouble, token: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pod = Pod(double, token, tmp_path)
    assert pod.step() == 60
    pod.step()
    assert pod.calls == []
    assert caplog.text.count("Set COMFYCONTROL_ENDPOINT or start a tunnel") == 1
    pod.platform = {"RENDER_EXTERNAL_URL": HOME}
    pod.settle()
    assert double.runners()[0]["endpoint"] == HOME


# Nobody is there to press a button.
AGAIN = "Retrying automatically"
TROUBLE = [
    (Fault.answer(429, "", headers={"Retry-After": "7"}), 7, 9, AGAIN),
    (Fault.answer(429, ""), 10, 12, AGAIN),
    (Fault.answer(500, "{}"), 1, 61, AGAIN),
    (Fault.close_before(), 1, 61, AGAIN),
    (
        Fault.answer(403, '{"status": 403, "message": "Runner limit reached"}', method="POST"),
        600,
        1200,
        "your tier's runner limit",
    ),
]


@pytest.mark.parametrize(("fault", "least", "most", "told"), TROUBLE)
def test_trouble_is_said_once_waited_for_and_its_end_is_said(
    pod: Pod,
    double: ServiceDouble,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
    least: float,
    most: float,
    told: str,
) -> None:
    caplog.set_level(logging.INFO, "comfycontrol")
    double.plan(fault)
    pauses = [pod.step()]
    while not double.runners():
        pauses.append(pod.step())
        assert len(pauses) < 10
    assert any(least <= pause <= most for pause in pauses)
    pod.settle()
    assert len(double.runners()) == 1
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert told in warnings[0]
    assert "up to date" in caplog.messages[-1]


def test_the_waits_grow_and_end_at_five_minutes(pod: Pod, double: ServiceDouble) -> None:
    double.plan(Fault.answer(500, "{}", times=None))
    pauses = [pod.step() for _ in range(30)]
    assert max(pauses) <= 301
    assert max(pauses[10:]) > max(pauses[:2])


def test_a_lost_answer_makes_no_second_runner(pod: Pod, double: ServiceDouble) -> None:
    double.plan(Fault.close_after(method="POST", path="/v1/runner"))
    pod.settle()
    assert at_service(double) == [("pod", HOME, "active")]


@pytest.mark.parametrize("addresses", [("http://192.168.1.5:8188", "http://192.168.1.5:8189"), (HOME, NEW)])
def test_two_processes_of_one_folder_are_two_runners_for_good(
    double: ServiceDouble, token: str, tmp_path: Path, addresses: tuple[str, str]
) -> None:
    one, two = (
        Pod(double, token, tmp_path, port=port, ENDPOINT=endpoint, NAME=f"gpu-{port}")
        for port, endpoint in zip((8188, 8189), addresses, strict=True)
    )
    for pod in (one, two):
        pod.verdicts = dict.fromkeys(addresses, "not_public" if "192.168" in addresses[0] else "proven")
    for order in ((one, two), (two, one), (one, two)):
        for pod in order:
            pod.settle()
        _ = one.calls
        for _ in range(5):
            one.step()
            two.step()
        assert one.calls == []
        for pod in order:
            pod.restart()
    assert sorted((runner["name"], runner["endpoint"]) for runner in double.runners()) == [
        ("gpu-8188", addresses[0]),
        ("gpu-8189", addresses[1]),
    ]


@pytest.mark.parametrize("seen", ["needs_header", "cloudflare_access", "not_public", "certificate_self_signed"])
def test_a_copy_that_cannot_tell_whose_the_runner_is_leaves_it_alone(
    double: ServiceDouble, token: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, seen: str
) -> None:
    original = Pod(double, token, tmp_path / "original", ENDPOINT=HOME, NAME="original")
    original.settle()
    shutil.copytree(tmp_path / "original", tmp_path / "copy")
    copy = Pod(double, token, tmp_path / "copy", ENDPOINT=NEW, NAME="copy")
    copy.verdicts[HOME] = seen
    copy.settle()
    assert sorted((runner["name"], runner["endpoint"]) for runner in double.runners()) == [
        ("copy", NEW),
        ("original", HOME),
    ]
    assert "another ComfyUI may be using it" in caplog.text
    copy.restart()
    copy.settle()
    original.restart()
    original.settle()
    assert len(double.runners()) == 2


@pytest.mark.parametrize(
    ("platform", "seen"), [({}, "refused"), ({}, "proven"), ({"RUNPOD_POD_ID": "abc"}, "needs_header")]
)
def test_a_machine_that_has_moved_takes_its_runner_along(
    double: ServiceDouble, token: str, tmp_path: Path, platform: dict[str, str], seen: str
) -> None:
    pod = Pod(double, token, tmp_path, ENDPOINT=HOME)
    pod.platform = platform
    pod.settle()
    pod.verdicts[HOME] = seen
    pod.restart(ENDPOINT=NEW)
    pod.settle()
    assert [runner["endpoint"] for runner in double.runners()] == [NEW]


def test_behind_an_images_gateway_the_address_that_leads_here_is_found(
    double: ServiceDouble, token: str, tmp_path: Path
) -> None:
    pod = Pod(double, token, tmp_path)
    pod.port = 18188
    pod.platform = {"RUNPOD_POD_ID": "abc"}
    gateway, own = (f"https://abc-{port}.proxy.runpod.net" for port in (8188, 18188))
    pod.verdicts[gateway] = "nothing_behind"
    pod.step()
    pod.settle()
    assert pod.endpoint == own
    # The other one is not gone to again, whatever becomes of it.
    pod.verdicts[gateway] = "proven"
    for _ in range(10):
        pod.step()
    assert pod.endpoint == own


def test_what_was_seen_at_an_address_that_was_found_is_in_the_log(
    double: ServiceDouble, token: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pod = Pod(double, token, tmp_path)
    pod.platform = {"RUNPOD_POD_ID": "abc"}
    pod.verdicts["https://abc-8188.proxy.runpod.net"] = "other_server"
    for _ in range(3):
        pod.step()
    assert double.runners() == []
    assert caplog.text.count("Seen there: Another web server responds at this address, not ComfyUI.") == 1


def test_a_serverless_worker_is_told_that_it_has_no_address(
    double: ServiceDouble, token: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pod = Pod(double, token, tmp_path)
    pod.platform = {"RUNPOD_POD_ID": "abc", "RUNPOD_WEBHOOK_GET_JOB": "https://api.runpod.ai/v2/x"}
    pod.step()
    assert double.runners() == []
    assert "A serverless worker has no address of its own" in caplog.text


def test_the_log_holds_no_secret_and_no_address(
    pod: Pod, double: ServiceDouble, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "comfycontrol")
    pod.restart(HEADERS="X-Key: s3cr3t-value")
    double.plan(Fault.answer(500, "{}"))
    pod.settle()
    pod.restart(ENDPOINT=NEW)
    pod.settle()
    ours = "\n".join(record.message for record in caplog.records if record.name == "comfycontrol")
    assert ours
    for secret in (token, "s3cr3t-value", HOME, NEW, "Ada Lovelace"):
        assert secret not in ours
