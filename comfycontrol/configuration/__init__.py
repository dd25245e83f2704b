"""Every environment variable, read in one place."""
