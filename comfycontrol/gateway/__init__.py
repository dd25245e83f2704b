"""The guarded port: who gets in, and with which key."""
