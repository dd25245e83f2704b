"""Where an address comes from, and which kind it is."""
