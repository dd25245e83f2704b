"""schemathesis asks the running routes whatever docs/openapi.json allows, and what it does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from http_api.stage import Stage, running_stage
from hypothesis import HealthCheck, Phase, settings
from schemathesis.config import SchemathesisConfig

from service_double import Fault

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
OWNERS = {label for label, operation in OPERATIONS.items() if operation["security"] == [{"ownerKey": []}]}
EXAMPLES = 20
CHECKS: dict[str, dict[str, Any]] = {
    "status_code_conformance": {},
    "content_type_conformance": {},
    "response_headers_conformance": {},
    "response_schema_conformance": {},
    # What no schema can say, such as that a host stands in the address, is refused as well.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "403", "404", "409", "429"]},
    "negative_data_rejection": {"expected-statuses": ["400", "403", "413", "415"]},
}
BOUNDS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=EXAMPLES,
    # Not to find the smallest of what fails: each call takes its time.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def document(*, made_up_keys: bool = False) -> schemathesis.BaseSchema:
    config = SchemathesisConfig.from_dict(
        {
            "generation": {
                "deterministic": True,
                "max-examples": EXAMPLES,
                "database": "none",
                "with-security-parameters": made_up_keys,
            },
            # What answers to other methods is ComfyUI.
            "phases": {"coverage": {"unexpected-methods": []}},
            "checks": {"enabled": False, **{name: {"enabled": True, **how} for name, how in CHECKS.items()}},
        }
    )
    return schemathesis.openapi.from_dict(DOCUMENT, config=config)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        token = OPERATIONS["PUT /comfycontrol/token"]["requestBody"]["content"]["application/json"]["example"]["token"]
        with running_stage(tmp_path_factory.mktemp("comfyui"), token, monkeypatch) as running:
            yield running
        assert running.strayed == []


def outcome(response: Any) -> tuple[int, str]:
    return response.status_code, response.json().get("error", {}).get("code", "")


# By its name: the calls are made up when a test runs, and not before in each of pytest's workers.
@pytest.fixture
def documented(request: pytest.FixtureRequest) -> schemathesis.BaseSchema:
    # schemathesis looks for it, and pytest 9.2 has it no more.
    request.node._nodeid = request.node.nodeid
    return document(made_up_keys="stranger" in request.node.name)


DOCUMENTED = schemathesis.pytest.from_fixture("documented")


@pytest.mark.timeout(400)
@DOCUMENTED.parametrize()
@BOUNDS
def test_an_owner_gets_what_the_document_says(case: Any, stage: Stage) -> None:
    stage.be_registered()
    response = case.call(base_url=stage.url, headers=stage.owner)
    case.validate_response(response)
    status, code = outcome(response)
    assert status < 500
    assert code != "owner_required"
    if (case.method, case.path, status) == ("PUT", "/comfycontrol/token", 200):
        stage.keep(response.json())


@pytest.mark.timeout(400)
@DOCUMENTED.parametrize()
@BOUNDS
def test_a_stranger_gets_what_the_document_says(case: Any, stage: Stage) -> None:
    stage.be_registered()
    before = stage.double.runners()
    stage.double.forget_calls()
    response = case.call(base_url=stage.url)
    case.validate_response(response)
    status, code = outcome(response)
    assert status < 500
    if f"{case.method} {case.path}" in OWNERS:
        # A body that is none is not looked at any further.
        assert (status, code) == (403, "owner_required") or code.startswith("body_")
        assert stage.double.calls == []
    assert stage.double.runners() == before


WORKFLOW = {"1": {"class_type": "Any", "inputs": {"text": "$text(animal, a fox)"}}}
# An address of no other runner, and none that is called.
BODIES: dict[str, Any] = {
    "POST /comfycontrol/runner": {"name": "Another", "endpoint": "https://other.example.com", "as_new": True},
    "PATCH /comfycontrol/runner": {"name": "Renamed"},
    "POST /comfycontrol/template-form": {"workflow": WORKFLOW},
    "POST /comfycontrol/template": {"name": "A fox", "description": "Any animal.", "workflow": WORKFLOW},
    "POST /comfycontrol/tunnel": {"agent": None},
    "POST /comfycontrol/endpoint-check": {"endpoint": "http://192.168.0.1:8188"},
}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("label", sorted(OWNERS - {"DELETE /comfycontrol/token"}))
def test_what_the_service_refuses_is_told_as_the_document_says(stage: Stage, label: str, status: int) -> None:
    stage.be_registered()
    method, _, path = label.partition(" ")
    stage.double.plan(Fault.answer(status, json.dumps({"status": status, "message": "no"})))
    response = stage.send(method, path, BODIES.get(label))
    stage.double.no_faults()
    document()[path][method].validate_response(response)
    assert str(response.status_code) in OPERATIONS[label]["responses"]
    assert response.headers["Cache-Control"] == "no-store"
