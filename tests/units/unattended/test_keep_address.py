"""A person who registered by hand and asked that the address be kept: their token, and nothing but the address."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from units.unattended.pod import Pod

from comfycontrol_pack.comfycontrol.address_check.verdicts import ASKS_FOR_HEADERS
from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from comfycontrol_pack.comfycontrol.models.runner import Account
from service_double import Fault, ServiceDouble

HOME = "https://home.example.com"
NEW = "https://new.example.com"


@pytest.fixture
def pod(double: ServiceDouble, token: str, tmp_path: Path) -> Pod:
    """Registered by hand at HOME; then ComfyUI was started again."""
    double.enforce_rate_limit = False
    pod = Pod(double, "", tmp_path / "pod", REGISTER="")
    pod.mode = "address"
    pod.restart()
    sealed_token = pod.session.seal.seal(SecretStr(token), "default", "ada")
    pod.session.store.update(
        lambda was: was.model_copy(update={"account": Account(id="ada")}).with_issued("default", sealed_token)
    )
    pod.user = ComfyUser("default", sealed_token)
    pod.platform = {"RENDER_EXTERNAL_URL": HOME}
    desired = pod.find()
    assert desired is not None
    pod.registration.register(pod.user, desired.model_copy(update={"name": "Home", "tags": ("mine",)}))
    pod.calls  # noqa: B018 - forgets them
    pod.restart()
    return pod


def move(pod: Pod) -> None:
    pod.platform = {"RENDER_EXTERNAL_URL": NEW}
    pod.verdicts[HOME] = "name_not_found"


def test_while_the_address_stays_nothing_is_asked(pod: Pod) -> None:
    for _ in range(3):
        assert pod.step() == 60
    assert pod.calls == []


@pytest.mark.parametrize("running", [True, False])
def test_a_new_address_is_sent_with_one_call_and_nothing_else_changes(
    pod: Pod, double: ServiceDouble, *, running: bool
) -> None:
    if running:
        pod.step()
    before = double.runners()[0]
    move(pod)
    pod.settle()
    assert [call.partition(" ")[0] for call in pod.calls] == ["PUT"]
    assert double.runners()[0] == {**before, "endpoint": NEW, "updated_at": double.runners()[0]["updated_at"]}


@pytest.mark.parametrize("verdict", ["not_reachable", "other_instance", "copied_instance"])
def test_an_address_that_does_not_lead_here_is_not_sent(pod: Pod, double: ServiceDouble, verdict: str) -> None:
    pod.verdicts[NEW] = verdict
    move(pod)
    for _ in range(3):
        pod.step()
    assert pod.calls == []
    assert double.runners()[0]["endpoint"] == HOME


@pytest.mark.parametrize("verdict", ["proven", *sorted(ASKS_FOR_HEADERS)])
def test_a_gateway_that_still_leads_here_or_may_do_so_is_not_replaced(
    pod: Pod, double: ServiceDouble, verdict: str
) -> None:
    move(pod)
    pod.verdicts[HOME] = verdict
    for _ in range(3):
        pod.step()
    assert pod.calls == []
    assert double.runners()[0]["endpoint"] == HOME


def test_who_switches_it_off_again_is_heard(pod: Pod) -> None:
    user, pod.user = pod.user, None
    move(pod)
    assert pod.step() == 60
    assert pod.calls == []
    pod.user = user
    pod.settle()
    assert pod.endpoint == NEW


def test_a_tunnel_that_was_closed_on_purpose_is_no_trouble(pod: Pod, caplog: pytest.LogCaptureFixture) -> None:
    pod.platform = {}
    pod.step()
    assert pod.calls == []
    assert caplog.records == []


def test_a_runner_that_was_removed_is_not_made_again(pod: Pod, double: ServiceDouble) -> None:
    double.remove_runner(double.runners()[0]["id"])
    move(pod)
    for _ in range(3):
        pod.step()
    assert double.runners() == []


def test_a_runner_out_of_service_stays_so(pod: Pod, double: ServiceDouble) -> None:
    double.set_status(double.runners()[0]["id"], "disabled")
    move(pod)
    pod.settle()
    assert (double.runners()[0]["endpoint"], double.runners()[0]["status"]) == (NEW, "disabled")


def test_trouble_on_the_way_is_waited_for(pod: Pod, double: ServiceDouble) -> None:
    double.plan(Fault.answer(500, "{}", times=2))
    move(pod)
    while pod.endpoint != NEW:
        assert pod.step() <= 60
    assert double.runners()[0]["endpoint"] == NEW
