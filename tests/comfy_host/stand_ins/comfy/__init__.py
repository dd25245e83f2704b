"""ComfyUI's package of this name, as far as a pack may use it."""
