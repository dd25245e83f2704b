"""Runners, accounts, templates, and their limits."""
