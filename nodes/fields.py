"""Text, number and choice: what the person who runs a template types or picks."""

from typing import TYPE_CHECKING, Any, ClassVar

from .inputs import CATEGORY, NUMBER, PLACEHOLDER, AnyType, Inputs, key_input

if TYPE_CHECKING:
    from ..comfycontrol.templates.placeholders import Fault

_USED_HERE = "Used when you run the workflow here, and as the field's initial value in ComfyControl."


class TextField:
    """A text: `$text(key, default)`."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "Text that ComfyControl asks for when it runs this workflow as a template. When you run it here, the node"
        " gives the default."
    )
    RETURN_TYPES = ("STRING",)
    RETURN_NAMES = ("text",)
    OUTPUT_TOOLTIPS = ("The text entered in ComfyControl, or the default.",)
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["template text", "placeholder text", "prompt field"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {
            "required": {
                "key": key_input("prompt"),
                "default": (
                    "STRING",
                    {
                        "default": "",
                        "multiline": True,
                        "tooltip": f"{_USED_HERE} With a comma, parenthesis or line break, the field starts empty.",
                    },
                ),
            },
            "optional": {"value": PLACEHOLDER},
        }

    @classmethod
    def VALIDATE_INPUTS(cls, key: Any) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong."""
        from ..comfycontrol.templates import placeholders

        return _told(placeholders.key_fault(key))

    def give(self, key: str, default: str, value: Any = None) -> tuple[str]:
        """Give the text that came, or the default."""
        from ..comfycontrol.templates import placeholders

        return (default if placeholders.is_still(value, "text", key) else str(value),)


class NumberField:
    """A number: `$text(key, default)`, because ComfyControl has one kind of field for both."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "A number that ComfyControl asks for when it runs this workflow as a template. When you run it here, the"
        " node gives the default."
    )
    RETURN_TYPES = ("INT", "FLOAT")
    RETURN_NAMES = ("int", "float")
    OUTPUT_TOOLTIPS = ("The number, rounded to the nearest whole number.", "The exact number.")
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["template number", "placeholder number", "int field", "float field"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {
            "required": {
                "key": key_input("number"),
                "default": (AnyType(NUMBER), {"default": "1", "widgetType": "STRING", "tooltip": _USED_HERE}),
            },
            "optional": {"value": PLACEHOLDER},
        }

    @classmethod
    def VALIDATE_INPUTS(cls, key: Any, default: Any = None, value: Any = None) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong. A default that another node gives is None here."""
        from ..comfycontrol.templates import placeholders

        wrong = placeholders.key_fault(key)
        if wrong is None and default is not None:
            wrong = placeholders.number_fault(str(key), default)
        if wrong is None and not placeholders.is_still(value, "text", key):
            wrong = placeholders.number_fault(str(key), value)
        return _told(wrong)

    def give(self, key: str, default: Any, value: Any = None) -> tuple[int, float]:
        """Give the number that came, or the default.

        Raises:
            ValueError: another node gave a default that is no number.

        """
        from ..comfycontrol.templates import placeholders

        came = None if placeholders.is_still(value, "text", key) else placeholders.number_in(value)
        number = placeholders.number_in(default) if came is None else came
        if number is None:
            raise ValueError(placeholders.fault("number_expected", key=key, value=str(default)).sentence())
        return round(number), float(number)


class ChoiceField:
    """One of two to four options: `$choice(key, first, second, ...)`; the first is the default."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "A choice of 2 to 4 options that ComfyControl offers when it runs this workflow as a template. When you"
        " run it here, the node gives the first. Connect it to any text input or list of choices, such as a sampler"
        " name."
    )
    RETURN_TYPES = (AnyType("*"),)
    RETURN_NAMES = ("choice",)
    OUTPUT_TOOLTIPS = (
        "The option chosen in ComfyControl, or the first. Connects to text inputs and lists of choices.",
    )
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["template choice", "placeholder choice", "options", "combo field", "dropdown"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {
            "required": {
                "key": key_input("choice"),
                "options": (
                    "STRING",
                    {
                        "default": "euler\nddim",
                        "multiline": True,
                        "tooltip": "2 to 4 options, one per line, no commas or parentheses. Runs here use the first.",
                    },
                ),
            },
            "optional": {"value": PLACEHOLDER},
        }

    @classmethod
    def VALIDATE_INPUTS(cls, key: Any, options: Any, value: Any = None) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong."""
        from ..comfycontrol.templates import placeholders

        offered = placeholders.options_in(options)
        wrong = placeholders.key_fault(key) or placeholders.options_fault_in(options)
        if wrong is None and not placeholders.is_still(value, "choice", key) and str(value).strip() not in offered:
            wrong = placeholders.fault("option_unknown", key=str(key), value=str(value))
        return _told(wrong)

    def give(self, key: str, options: str, value: Any = None) -> tuple[str]:
        """Give the option that came, or the first."""
        from ..comfycontrol.templates import placeholders

        first = placeholders.options_in(options)[0]
        return (first if placeholders.is_still(value, "choice", key) else str(value).strip(),)


def _told(wrong: "Fault | None") -> bool | str:
    return wrong.sentence() if wrong else True
