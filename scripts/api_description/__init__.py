"""What `docs/openapi.json` is made of. The pack must have been loaded as `comfycontrol_pack` before these are."""
