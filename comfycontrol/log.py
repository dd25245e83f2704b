"""The one logger. Its name is fixed: a module's own depends on the folder that the pack lies in."""

import logging

LOGGER = logging.getLogger("comfycontrol")
