"""Where nobody clicks: what the environment decides, and the task that makes it so and keeps it so."""
