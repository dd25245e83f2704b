"""The client of the service, and what its answers mean."""
