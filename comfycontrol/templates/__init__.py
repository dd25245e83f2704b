"""Placeholders, the form they make of a workflow, and saving it."""
