"""What the owners let the extension do by itself. Not among ComfyUI's settings, which anybody can write."""

from ..comfyui import saved_preferences
from ..models.preferences import Preferences, PreferencesChange
from ..storage.remembered import Remembered
from ..storage.store import Store


def preferences(store: Store) -> Preferences:
    """Give what the owners have chosen; on the first call after an update, take it over from ComfyUI's settings."""
    remembered = store.load()
    if remembered.account is not None and remembered.keep_address is None:
        keep_address, check_address = saved_preferences()
        chosen = {"keep_address": keep_address, "check_address": check_address}
        remembered = store.update(lambda was: was.model_copy(update=chosen) if was.keep_address is None else was)
    return _chosen(remembered)


def change_preferences(store: Store, change: PreferencesChange) -> Preferences:
    """Store what an owner has chosen; what was not given stays as it is."""
    preferences(store)
    given = change.model_dump(exclude_none=True)
    return _chosen(store.update(lambda was: was.model_copy(update=given)))


def _chosen(remembered: Remembered) -> Preferences:
    return Preferences(
        keep_address=remembered.keep_address is True, check_address=remembered.check_address is not False
    )
