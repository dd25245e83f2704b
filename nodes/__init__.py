"""ComfyUI nodes of this extension, which make a workflow a template of ComfyControl. They use `comfycontrol/` only.

Each fills one field of the template. What a person types stands in ordinary widgets; the page writes the placeholder
into one further input, `value` (`web/placeholders.js`). A run of ComfyControl finds a value there in its place; any
other run, also one from a page without our script, uses what was typed.

What they share with the rest, `placeholders`, is imported when a node is run: ComfyUI's start is not to wait for it.
"""
