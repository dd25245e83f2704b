"""The packs' locales, merged as /i18n serves them."""

import json
import logging
from pathlib import Path
from typing import Any

log = logging.getLogger("comfy_host.translations")

# main.json is the ground; each of these becomes one branch of it.
BRANCHES = ("nodeDefs", "commands", "settings")


def translations(custom_nodes: list[Path]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for folder in custom_nodes:
        for language in sorted(folder.glob("*/locales/*/")):
            texts = _read(language / "main.json")
            for branch in BRANCHES:
                found = _read(language / f"{branch}.json")
                if found:
                    texts[branch] = found
            if texts:
                merged[language.name] = _merge(merged.get(language.name, {}), texts)
    return merged


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        texts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        # ComfyUI too serves the other files of a pack that has one broken file.
        log.exception("Error loading %s", file)
        return {}
    return texts


def _merge(first: Any, second: Any) -> Any:
    if isinstance(first, dict) and isinstance(second, dict):
        both = {key: _merge(first[key], second[key]) for key in first.keys() & second.keys()}
        return {**first, **second, **both}
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    return second
