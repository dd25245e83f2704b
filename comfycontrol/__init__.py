"""Runners, accounts, tokens, addresses. Independent of the page and of aiohttp's server side."""
