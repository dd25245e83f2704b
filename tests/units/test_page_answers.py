"""That the page takes an answer for ours only by what the document says of it."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
API = (ROOT / "web" / "panel" / "api.mjs").read_text(encoding="utf-8")
DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
PAGE = "".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "web" / "panel").glob("*.mjs")))


def known_to_page() -> dict[str, set[str]]:
    rows = re.findall(r'^  "([A-Z]+ [a-z-]+)": \{ (.*) \},$', API, re.MULTILINE)
    return {route: set(re.findall(r"(\w+): ", members)) for route, members in rows}


def required(route: str) -> set[str]:
    method, path = route.split()
    answers = DOCUMENT["paths"][f"/comfycontrol/{path}"][method.lower()]["responses"]
    success = next(answer for status, answer in answers.items() if status.startswith("2"))
    schema = success["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return set(DOCUMENT["components"]["schemas"][schema]["required"])


def test_the_page_knows_every_answer_that_it_asks_for() -> None:
    asked = {f"{method} {path}" for method, path in re.findall(r'call\("([A-Z]+)", ["`]([a-z-]+)', PAGE)}
    asked |= {f"GET {path}" for path in re.findall(r'\? "([a-z-]+)\?refresh=1"', PAGE)}
    assert asked == known_to_page().keys()


def test_what_the_page_looks_for_is_in_every_answer() -> None:
    for route, members in known_to_page().items():
        assert members
        assert members <= required(route), route
