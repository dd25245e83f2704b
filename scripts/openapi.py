"""Writes docs/openapi.json, our own HTTP API as OpenAPI 3.1, and the table of routes in docs/http-api.md.

python scripts/openapi.py            writes both
python scripts/openapi.py --check    exits with 1 when one of them is stale
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    # The tests' stand-ins for ComfyUI's modules, without which the pack could not be loaded.
    sys.path.insert(0, str(ROOT / "tests"))
    from comfy_host.loader import load_pack_as

    load_pack_as(ROOT, "comfycontrol_pack")

from api_description.document import document  # noqa: E402 - the pack comes first
from written_pages import write_or_check  # noqa: E402 - the path comes first

from comfycontrol_pack.server_routes.route import Route  # noqa: E402 - it is loaded now
from comfycontrol_pack.server_routes.table import ROUTES  # noqa: E402

DOCUMENT = ROOT / "docs" / "openapi.json"
PAGE = ROOT / "docs" / "http-api.md"
_BEGIN = "<!-- Written by scripts/openapi.py: -->\n"
_END = "<!-- Until here. -->\n"


def text() -> str:
    """The document as it stands in its file."""
    return json.dumps(document(), indent=1, ensure_ascii=True) + "\n"


def with_table(page: str) -> str:
    """Give the page with a new table of routes.

    Args:
        page: its text, with the two marks between which the table is.

    """
    head, begin, rest = page.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not begin or not end:
        raise SystemExit(f"{PAGE.name} has lost the marks between which the table of routes is.")
    return f"{head}{begin}{_table()}{end}{tail}"


def _table() -> str:
    rows = ["| route | for | does |", "|---|---|---|", *map(_row, ROUTES)]
    return "".join(f"{row}\n" for row in rows)


def _row(route: Route) -> str:
    queries = "&".join(f"{query.name}=" for query in route.queries)
    path = f"{route.path}?{queries}" if queries else route.path
    does = " ".join(part for part in (route.summary, route.description) if part)
    return f"| `{route.method} {path}` | {route.who} | {does} |"


def main() -> int:
    """Write or check; 1 when something is stale."""
    return write_or_check(
        "Writes docs/openapi.json and the table of docs/http-api.md.",
        DOCUMENT,
        lambda document: {document: text(), PAGE: with_table(PAGE.read_text(encoding="utf-8"))},
        option="--document",
    )


if __name__ == "__main__":
    sys.exit(main())
