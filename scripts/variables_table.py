"""Writes the table of environment variables in docs/unattended.md from comfycontrol/configuration/variables.py.

python scripts/variables_table.py            writes it
python scripts/variables_table.py --check    exits with 1 when it is stale
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from written_pages import write_or_check  # noqa: E402 - the path comes first

from comfycontrol.configuration.process import PREFIX  # noqa: E402 - the path comes first
from comfycontrol.configuration.variables import Configuration  # noqa: E402 - the path comes first

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE = ROOT / "docs" / "unattended.md"
BEGIN = "<!-- Written by scripts/variables_table.py; change comfycontrol/configuration/variables.py instead. -->\n"
END = "<!-- The end of what the script writes. -->\n"


def table() -> str:
    """All variables, as Markdown."""
    rows = [_row(name, field) for name, field in Configuration.model_fields.items()]
    return "".join(["| variable | what it may be | not set | what it does |\n", "|---|---|---|---|\n", *rows])


def _row(name: str, field: FieldInfo) -> str:
    default = f"`{field.default}`" if field.default is not None else ""
    cells = (f"`{PREFIX}{name}`", field.title or "", default, field.description or "")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def page_with_table(page: str) -> str:
    """Give the page with the table as it is now.

    Raises:
        ValueError: it has no place for it.

    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has lost the marks around its table")
    return f"{before}{begin}\n{table()}\n{end}{after}"


def main() -> int:
    """Write or check the table; 1 when it is stale."""
    return write_or_check(
        "Writes the table of variables in docs/unattended.md.",
        PAGE,
        lambda page: {page: page_with_table(page.read_text(encoding="utf-8"))},
    )


if __name__ == "__main__":
    sys.exit(main())
