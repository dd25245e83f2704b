"""The version of this extension; a test keeps it equal to the one in `pyproject.toml`."""

VERSION = "0.1.0"
# How requests of ours name themselves.
USER_AGENT = f"comfyui-comfycontrol/{VERSION}"
