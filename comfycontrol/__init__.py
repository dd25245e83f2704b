"""The subject: runners, accounts, tokens, addresses. Knows nothing of the page nor of aiohttp's server side."""
