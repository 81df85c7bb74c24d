"""How we behave: order, retries, disk and network."""
