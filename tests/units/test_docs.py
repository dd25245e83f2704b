"""That what the pages point at is there."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
ALL_PAGES = [*PAGES, *sorted((ROOT / "web" / "docs").glob("*.md"))]
FOLDERS = ("comfycontrol", "docs", "locales", "nodes", "scripts", "server_routes", "tests", "web", "workflows")
FILES = {file.name for folder in FOLDERS for file in (ROOT / folder).rglob("*")} | {
    file.name for file in ROOT.iterdir()
}
PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/[\w*/.-]*")
FILE = re.compile(r"(?<![\w/.-])[\w-]+\.(?:css|js|json|md|mjs|py|toml|txt|yml)(?![\w/-])")
# Files of other programs, and those that a run writes.
NOT_OURS = {"fly.toml", "main.py", "memory.json"}
# How many rules each level of Home Assistant's scale has.
RULES = {"Bronze": 20, "Silver": 10, "Gold": 21, "Platinum": 3}


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        place = page.parent / file if file else page
        assert place.exists(), target
        assert not anchor or anchor in anchors_of(place), target


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    paths = {path.rstrip("./") for path in PATH.findall(text)}
    assert [path for path in sorted(paths) if not any(ROOT.glob(path))] == []
    assert sorted(set(FILE.findall(text)) - FILES - NOT_OURS) == []


def test_the_panel_leads_to_a_chapter_of_the_repository() -> None:
    links = (ROOT / "web" / "panel" / "links.mjs").read_text(encoding="utf-8")
    repository = re.search(
        r'^Repository = "(.+)"$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert repository
    (guide,) = re.findall(rf'"{re.escape(repository[1])}/blob/main/([^"]+)"', links)
    file, _, anchor = guide.partition("#")
    assert anchor in anchors_of(ROOT / file)


def test_a_name_of_a_file_is_found_in_a_text() -> None:
    text = "See `comfycontrol/lost.py`, tests/output, https://example.com/docs/page and lost_too.mjs."
    assert PATH.findall(text) == ["comfycontrol/lost.py", "tests/output"]
    assert FILE.findall(text) == ["lost_too.mjs"]


@pytest.mark.parametrize("name", ["quality.md", "states.md", "troubleshooting.md", "unattended.md", "using.md"])
def test_the_readme_leads_to_a_page(name: str) -> None:
    assert f"(docs/{name})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_rule_of_the_scale_is_judged_once_and_what_is_named_exists() -> None:
    page = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
    levels = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    rows = {
        level: re.findall(r"^\| `([\w-]+)` \| ([\w ]+) \| (.+) \|$", text, re.MULTILINE)
        for level, text in levels.items()
    }
    assert {level: len(judged) for level, judged in rows.items()} == RULES
    judged = [row for level in rows.values() for row in level]
    assert max(Counter(rule for rule, _, _ in judged).values()) == 1
    for rule, status, text in judged:
        assert status in {"done", "not applicable", "open"}, rule
        named = [name for name in re.findall(r"`([^`]+)`", text) if re.fullmatch(r"[\w/.-]+\.\w+", name)]
        assert status != "done" or named, rule
        assert [name for name in named if not (ROOT / name).is_file()] == [], rule
