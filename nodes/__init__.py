"""ComfyUI nodes of this extension. They may use `comfycontrol/` only. There are none yet."""
