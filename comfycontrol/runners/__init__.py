"""The use cases (connect, register, change, disconnect), and the state of an instance."""
