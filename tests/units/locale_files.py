"""The texts as they stand in the files."""

import json
from pathlib import Path
from typing import Any

LOCALES = Path(__file__).parents[2] / "locales"


def english(file: str = "panel") -> dict[str, Any]:
    texts: dict[str, Any] = json.loads((LOCALES / "en" / f"{file}.json").read_text(encoding="utf-8"))
    return texts
