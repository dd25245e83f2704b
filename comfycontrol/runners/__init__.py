"""The use cases: connect, register, change, disconnect; and how an instance stands."""
