"""The tunnel agent of this machine: found, started, watched, ended."""
