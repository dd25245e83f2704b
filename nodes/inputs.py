"""What the inputs of our nodes have in common."""

from typing import Any

# As ComfyUI wants them: inputs by group and name.
Inputs = dict[str, dict[str, Any]]

CATEGORY = "ComfyControl"
# A type of its own, so that ComfyUI does not convert numbers. The page has a widget for it; without our script it is an
# optional input that nothing is connected to.
PLACEHOLDER = (
    "COMFYCONTROL_PLACEHOLDER",
    {
        "socketless": True,
        "tooltip": "What the exported workflow contains here. ComfyControl replaces it with the value for each run.",
    },
)


# Typed as text, because a number of the page has 53 bits and three decimals; other nodes may still give a number.
NUMBER = "FLOAT,INT,STRING"


def key_input(default: str, *, characters: str = "letters, digits, - and _") -> tuple[str, dict[str, Any]]:
    """Give the input for the key of a field. Nodes with the same key share one field."""
    return (
        "STRING",
        {
            "default": default,
            "tooltip": f"The field's name in ComfyControl. Use {characters}. Nodes with the same key share one field.",
        },
    )


class AnyType(str):
    """A type that fits every other, also a list of choices.

    ComfyUI compares types with `!=`; since 0.3.41 it knows `*` itself, and several types with commas between them.
    """

    __slots__ = ()

    def __ne__(self, other: object) -> bool:
        return False
