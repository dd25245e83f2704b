"""The page's own sentences."""

from typing import Any

from ..comfycontrol.texts import LANGUAGES, page_texts, shipped
from .guards import Caller


def texts(caller: Caller) -> dict[str, Any]:
    """Give the sentences of a language, and its direction; English instead of one that we do not have."""
    language = shipped(caller.query("language"))
    return {"language": language, "direction": LANGUAGES[language], "texts": page_texts(language)}
