"""Whether an address leads here."""
