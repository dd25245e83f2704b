"""How things are on a stage before anybody comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service_double import ServiceDouble

WIDE = (1280, 900)
NARROW = (480, 900)
# Leads to the stage's own host, in the small internet.
ADDRESS = "http://workstation.example.com"


@dataclass(frozen=True)
class Setting:
    """How things are before anybody comes."""

    theme: str = "dark"
    size: tuple[int, int] = WIDE
    # As an owner has chosen before. It has tests of its own; in the others, registering must not depend on it.
    check_address: bool = False
    # What the machine gives as its public address, empty where it has none, as at home.
    address: str = ADDRESS
    # The host's, on top of this process's own.
    environment: Mapping[str, str] = field(default_factory=dict)
    # Further ones of ComfyUI's own.
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def comfyui_settings(self) -> dict[str, Any]:
        # Without the first, ComfyUI's templates cover the page at its first start.
        return {"Comfy.TutorialCompleted": True, "Comfy.ColorPalette": self.theme, **self.settings}

    @property
    def memory(self) -> dict[str, Any]:
        return {"check_address": self.check_address}

    def environment_with(self, double: ServiceDouble) -> dict[str, str]:
        # Where nobody clicks, a test says itself whether the operator names an address.
        suggests = self.address and "COMFYCONTROL_REGISTER" not in self.environment
        address = {"COMFYCONTROL_ENDPOINT": self.address} if suggests else {}
        return {"COMFYCONTROL_API_URL": double.url, **address, **self.environment}
