import json
import subprocess
import sys
from pathlib import Path

from aiohttp import web
from api_description.failures import _OF_BODY, _OF_USE_CASE, Failure, failures_of

from comfycontrol_pack import server_routes
from comfycontrol_pack.server_routes.answers import _STATUS_OF_CODE
from comfycontrol_pack.server_routes.table import ROUTES

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
ERRORS = json.loads((ROOT / "locales" / "en" / "panel.json").read_text(encoding="utf-8"))["errors"]
# Told within an answer of `status`, as the outcome of a test run, or in the log, and never as one.
WITHIN = {
    "status_unknown",
    "runner_disabled",
    "tags_full",
    "workflow_refused",
    "workflow_gone",
    "workflow_lost",
    "headers_file_unclear",
}


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "scripts" / "openapi.py"
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )


def test_the_document_and_the_table_of_routes_are_not_stale() -> None:
    result = run("--check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_stale_document_is_noticed_and_written_anew(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    assert run("--check", "--document", str(document)).returncode == 1
    document.write_text("{}", encoding="utf-8")
    stale = run("--check", "--document", str(document))
    assert stale.returncode == 1
    assert "python scripts/openapi.py" in stale.stdout
    assert run("--document", str(document)).returncode == 0
    assert document.read_bytes() == DOCUMENT.read_bytes()


def failures() -> set[Failure]:
    return {failure for route in ROUTES for failure in failures_of(route)}


def test_every_route_that_is_mounted_is_described_and_no_other() -> None:
    mounted = web.RouteTableDef()
    assert server_routes.add_routes(mounted)
    described = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    assert sorted((route.method.lower(), route.path) for route in mounted if isinstance(route, web.RouteDef)) == sorted(
        (method, path) for path, methods in described.items() for method in methods
    )


def test_errors_are_listed_of_routes_that_exist_only() -> None:
    assert _OF_USE_CASE.keys() <= {route.name for route in ROUTES}
    assert _OF_BODY.keys() == {route.body for route in ROUTES if route.body is not None}


def test_every_error_is_an_answer_of_some_route() -> None:
    assert {failure.code for failure in failures()} | {"internal"} == ERRORS.keys() - WITHIN


def test_an_errors_status_is_the_doors() -> None:
    status_of = {failure.code: failure.status for failure in failures()}
    assert {code: status for code, status in status_of.items() if code in _STATUS_OF_CODE} == _STATUS_OF_CODE
