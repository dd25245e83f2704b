"""The ComfyUI nodes that make a workflow a template of ComfyControl. They use `comfycontrol/` only.

Each is one field of the template. What a person types is in ordinary widgets; the page writes the placeholder into one
more input, `value` (`web/placeholders.js`). In a run by ComfyControl a value has taken its place; any other run, even
from a page without our script, uses what was typed.

`placeholders` is imported when a node runs, to keep it out of ComfyUI's start.
"""
