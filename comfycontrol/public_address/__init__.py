"""Where an address comes from, and of which kind it is."""
