"""The version of ComfyUI whose behaviour is imitated here."""

__version__ = "0.33.0"
