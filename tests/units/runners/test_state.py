from typing import Any, get_args

import pytest

from comfycontrol_pack.comfycontrol.errors import (
    AnswerLostError,
    MachineError,
    NoConnectionError,
    RefusedByServiceError,
    ServiceError,
    WrongStateError,
)
from comfycontrol_pack.comfycontrol.models.runner import Account, Runner
from comfycontrol_pack.comfycontrol.models.test_run import RAN, LastRun, Outcome
from comfycontrol_pack.comfycontrol.runners.state import (
    Action,
    Machine,
    State,
    address_warning,
    instance_state,
    last_known,
)
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered

HERE = "https://here.example.com"
OLD = "https://old.example.com"
CONNECTED: dict[str, Any] = {"account": Account(id="a"), "token_hint": "cfc_...wxyz", "owners": ("hash",)}
RUNNER = Runner(id="r", name="Mine", endpoint=HERE)
REGISTERED: dict[str, Any] = {**CONNECTED, "runner": RUNNER}
SWITCHED_OFF: dict[str, Any] = {**CONNECTED, "runner": RUNNER.model_copy(update={"status": "disabled"})}
WITH_HEADERS: dict[str, Any] = {**CONNECTED, "runner": RUNNER.model_copy(update={"header_names": ("Authorization",)})}
MOVED: dict[str, Any] = {**CONNECTED, "runner": RUNNER.model_copy(update={"endpoint": OLD})}
MOVED_OFF: dict[str, Any] = {**CONNECTED, "runner": RUNNER.model_copy(update={"endpoint": OLD, "status": "disabled"})}
FAILED = Outcome(code="not_reached", at="2026-11-28T10:00:00Z")
RAN_HERE = LastRun(outcome=Outcome(code=RAN, at="2026-11-28T10:00:00Z"), runner_id="r", endpoint=HERE)
UNREADABLE = WrongStateError("token_unreadable")
NO_TOKEN = WrongStateError("not_connected")
MISSING = MachineError("cryptography_missing", command="pip install cryptography")
LIMITED = RefusedByServiceError("rate_limited", retry_after=10)

# What is remembered, why the service could not be asked, what the machine knows: the state, its actions, its problem.
STATES: list[tuple[str, dict[str, Any], ServiceError | None, Machine, str, str, str | None]] = [
    ("nothing yet", {}, None, Machine(), "not_connected", "enter_token", None),
    ("no token, nothing yet", {}, None, Machine(NO_TOKEN), "not_connected", "enter_token", None),
    (
        "the setting was emptied",
        REGISTERED,
        None,
        Machine(NO_TOKEN),
        "not_connected",
        "enter_token disconnect",
        "not_connected",
    ),
    (
        "the key is gone",
        REGISTERED,
        None,
        Machine(UNREADABLE),
        "token_unreadable",
        "enter_token disconnect",
        "token_unreadable",
    ),
    (
        "the setting is damaged before anybody connected",
        {},
        None,
        Machine(UNREADABLE),
        "token_unreadable",
        "enter_token disconnect",
        "token_unreadable",
    ),
    ("a package is missing", REGISTERED, None, Machine(MISSING), "needs_attention", "retry", "cryptography_missing"),
    ("a package is missing, nothing yet", {}, None, Machine(MISSING), "needs_attention", "retry", MISSING.code),
    (
        "the token was revoked",
        {**REGISTERED, "attention": "token_rejected"},
        None,
        Machine(),
        "token_rejected",
        "enter_token disconnect",
        "token_rejected",
    ),
    (
        "the token was revoked before anything was registered",
        {**CONNECTED, "attention": "token_rejected"},
        None,
        Machine(),
        "token_rejected",
        "enter_token disconnect",
        "token_rejected",
    ),
    ("connected", CONNECTED, None, Machine(), "not_registered", "register take_over disconnect", None),
    (
        "the service is away, and there is no runner to ask for",
        CONNECTED,
        NoConnectionError("no_network"),
        Machine(),
        "not_registered",
        "register take_over disconnect",
        None,
    ),
    (
        "removed in the dashboard",
        {**REGISTERED, "attention": "runner_gone"},
        None,
        Machine(None, HERE, "other_server"),
        "runner_gone",
        "register_again take_over disconnect",
        "runner_gone",
    ),
    ("registered", REGISTERED, None, Machine(), "registered", "test_run edit disable disconnect", None),
    ("switched off", SWITCHED_OFF, None, Machine(), "disabled", "enable edit disconnect", None),
    (
        "a status of tomorrow",
        {**CONNECTED, "runner": RUNNER.model_copy(update={"status": "sleeping"})},
        None,
        Machine(),
        "needs_attention",
        "enable edit disconnect",
        "status_unknown",
    ),
    *(
        ("the service is away", REGISTERED, away, Machine(), "service_unreachable", "retry disconnect", away.code)
        for away in (
            NoConnectionError("no_network"),
            NoConnectionError("tls_failed"),
            NoConnectionError("not_the_service", status=404),
            AnswerLostError("service_timeout"),
            AnswerLostError("service_trouble", status=503),
        )
    ),
    ("too many requests", REGISTERED, LIMITED, Machine(), "rate_limited", "retry disconnect", "rate_limited"),
    (
        "the runner is of another account",
        REGISTERED,
        RefusedByServiceError("access_denied"),
        Machine(),
        "needs_attention",
        "enter_token disconnect",
        "access_denied",
    ),
    (
        "the token was revoked and the service is away",
        {**REGISTERED, "attention": "token_rejected"},
        NoConnectionError("no_network"),
        Machine(),
        "token_rejected",
        "enter_token disconnect",
        "token_rejected",
    ),
    # What the last test run showed
    *(
        (f"a test run {told}", {**REGISTERED, "last_run": run}, None, Machine(), "registered", actions, None)
        for told, run, actions in (
            ("ran here", RAN_HERE, "edit test_run disable disconnect"),
            ("failed", RAN_HERE.model_copy(update={"outcome": FAILED}), "test_run edit disable disconnect"),
            (
                "was of another address",
                RAN_HERE.model_copy(update={"endpoint": OLD}),
                "test_run edit disable disconnect",
            ),
            (
                "was of another runner",
                RAN_HERE.model_copy(update={"runner_id": "x"}),
                "test_run edit disable disconnect",
            ),
            ("had other headers", RAN_HERE.model_copy(update={"is_old": True}), "test_run edit disable disconnect"),
        )
    ),
    (
        "ComfyControl reaches an address that is not of the internet",
        {
            **CONNECTED,
            "runner": RUNNER.model_copy(update={"endpoint": "http://10.0.0.5:8188"}),
            "last_run": RAN_HERE.model_copy(update={"endpoint": "http://10.0.0.5:8188"}),
        },
        None,
        Machine(None, None, "not_public"),
        "registered",
        "edit test_run disable disconnect",
        None,
    ),
    # Where the endpoint leads, and where this machine is
    ("proven", REGISTERED, None, Machine(None, HERE, "proven"), "registered", "test_run edit disable disconnect", None),
    (
        "the same address in another spelling",
        REGISTERED,
        None,
        Machine(None, "https://HERE.example.com:443/", "timed_out"),
        "registered",
        "test_run edit disable disconnect",
        None,
    ),
    (
        "a second address, and the registered one works",
        MOVED,
        None,
        Machine(None, HERE, "proven"),
        "registered",
        "test_run edit disable disconnect",
        None,
    ),
    (
        "a second address, and nothing was checked",
        MOVED,
        None,
        Machine(None, HERE),
        "registered",
        "test_run edit disable disconnect",
        None,
    ),
    (
        "no address of its own, and the registered one does not answer",
        MOVED,
        None,
        Machine(None, None, "timed_out"),
        "registered",
        "test_run edit disable disconnect",
        None,
    ),
    (
        "a new tunnel",
        MOVED,
        None,
        Machine(None, HERE, "name_not_found"),
        "address_changed",
        "update_address edit test_run disable disconnect",
        None,
    ),
    (
        "a new tunnel, and switched off",
        MOVED_OFF,
        None,
        Machine(None, HERE, "tunnel_offline"),
        "address_changed",
        "update_address edit enable disconnect",
        None,
    ),
    (
        "a gateway asks for the headers that only the service has",
        {**CONNECTED, "runner": WITH_HEADERS["runner"].model_copy(update={"endpoint": OLD})},
        None,
        Machine(None, HERE, "needs_header"),
        "registered",
        "test_run edit disable disconnect",
        None,
    ),
    (
        "a gateway asks for headers and the runner has none",
        MOVED,
        None,
        Machine(None, HERE, "needs_header"),
        "address_changed",
        "update_address edit test_run disable disconnect",
        None,
    ),
    *(
        (
            "a cloned machine",
            MOVED,
            None,
            Machine(None, HERE, copy),
            "another_instance",
            "register_as_new update_address take_over disconnect",
            None,
        )
        for copy in ("copied_instance", "other_instance")
    ),
    (
        "a cloned machine that does not know its address",
        MOVED,
        None,
        Machine(None, None, "copied_instance"),
        "another_instance",
        "register_as_new take_over disconnect",
        None,
    ),
    *(
        (
            f"nobody outside can call {endpoint}",
            {**CONNECTED, "runner": RUNNER.model_copy(update={"endpoint": endpoint})},
            None,
            Machine(None, None, verdict),
            "not_reachable",
            "edit test_run disable disconnect",
            None,
        )
        for endpoint, verdict in (
            ("http://127.0.0.1:8188", "only_here"),
            ("http://localhost:8188", None),
            ("http://0.0.0.0:8188", None),
            ("http://192.168.1.5:8188", "not_public"),
            ("http://100.64.0.7:8188", None),
            ("http://169.254.1.1:8188", None),
            ("http://gpu.local:8188", None),
            ("http://workstation:8188", None),
            ("http://[fd00::5]:8188", None),
        )
    ),
    (
        "nobody outside can call it, and there is an address that they can",
        {**CONNECTED, "runner": RUNNER.model_copy(update={"endpoint": "http://127.0.0.1:8188"})},
        None,
        Machine(None, HERE, None),
        "not_reachable",
        "update_address edit test_run disable disconnect",
        None,
    ),
    (
        "nobody outside can call it, and it is switched off",
        {**SWITCHED_OFF, "runner": SWITCHED_OFF["runner"].model_copy(update={"endpoint": "http://127.0.0.1:8188"})},
        None,
        Machine(),
        "not_reachable",
        "edit enable disconnect",
        None,
    ),
    (
        "a cloned machine while the service is away",
        MOVED,
        AnswerLostError("service_timeout"),
        Machine(None, HERE, "copied_instance"),
        "service_unreachable",
        "retry disconnect",
        "service_timeout",
    ),
]


@pytest.mark.parametrize(
    ("remembered", "trouble", "machine", "state", "actions", "problem"),
    [row[1:] for row in STATES],
    ids=[f"{row[0]} {number}" for number, row in enumerate(STATES)],
)
def test_each_state_offers_the_right_next_step_first(
    remembered: dict[str, Any],
    trouble: ServiceError | None,
    machine: Machine,
    state: str,
    actions: str,
    problem: str | None,
) -> None:
    judged = instance_state(Remembered(**remembered), trouble, machine)
    assert judged.state == state
    assert " ".join(judged.actions) == actions
    assert (judged.problem.code if judged.problem else None) == problem


def test_every_state_and_every_action_occurs_in_the_table() -> None:
    assert {row[4] for row in STATES} == set(get_args(State))
    assert {action for row in STATES for action in row[5].split()} == set(get_args(Action))


@pytest.mark.parametrize(
    ("remembered", "state"), [(REGISTERED, "registered"), (SWITCHED_OFF, "disabled"), (CONNECTED, "not_registered")]
)
def test_while_the_service_is_away_the_last_state_is_still_told(remembered: dict[str, Any], state: str) -> None:
    assert last_known(Remembered(**remembered)) == state


@pytest.mark.parametrize(
    ("runner", "verdict", "warned"),
    [
        (None, "timed_out", None),
        (RUNNER, None, None),
        (RUNNER, "proven", None),
        (RUNNER, "timed_out", "timed_out"),
        (RUNNER, "basic_auth", "basic_auth"),
        (WITH_HEADERS["runner"], "basic_auth", None),
        (WITH_HEADERS["runner"], "other_instance", "other_instance"),
    ],
)
def test_a_person_is_warned_of_an_endpoint_that_may_not_lead_here(
    runner: Runner | None, verdict: str | None, warned: str | None
) -> None:
    assert address_warning(runner, verdict) == warned
