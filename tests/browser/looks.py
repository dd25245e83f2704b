"""Measures what a designer would look at: whether text can be read, and whether anything is cut off."""

from pathlib import Path

from browser.panel import Panel

_SCRIPT = Path(__file__).with_name("looks.js").read_text(encoding="utf-8").rstrip()


def hard_to_read(panel: Panel) -> list[str]:
    """Texts of ours with too little contrast to what is behind them."""
    return list(panel.page.evaluate(f"{_SCRIPT}.hardToRead()"))


def cut_off(panel: Panel) -> list[str]:
    """What of ours can only be reached by scrolling sideways, or not at all."""
    return list(panel.page.evaluate(f"{_SCRIPT}.cutOff()"))
