"""Where nobody clicks: a task that registers this instance as the environment says, and keeps it so."""
