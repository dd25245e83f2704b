import json
import subprocess
import sys
from pathlib import Path

from api_description.routes import ROUTES

from comfycontrol_pack import server_routes
from comfycontrol_pack.server_routes.answers import _STATUS_OF_CODE

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.json"
ERRORS = json.loads((ROOT / "locales" / "en" / "panel.json").read_text(encoding="utf-8"))["errors"]
# Told within an answer of `status`, and never as one.
WITHIN = {"status_unknown"}


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


def test_every_route_of_the_door_is_described_and_no_other() -> None:
    mounted = sorted((method, path) for method, path, _ in server_routes._PATHS)
    assert sorted((route.method, route.path) for route in ROUTES) == mounted


def test_every_error_is_an_answer_of_some_route() -> None:
    answered = {failure.code for route in ROUTES for failure in route.failures} | {"internal"}
    assert answered == ERRORS.keys() - WITHIN


def test_an_errors_status_is_the_doors() -> None:
    failures = {failure for route in ROUTES for failure in route.failures}
    assert {failure.code: failure.status for failure in failures if failure.code in _STATUS_OF_CODE} == _STATUS_OF_CODE
