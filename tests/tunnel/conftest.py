"""The real agent, where there is one."""

from comfy_host import surroundings

# Played with the suite's own agent everywhere else.
collect_ignore = [] if surroundings.cloudflared() else ["test_real_cloudflared.py"]
