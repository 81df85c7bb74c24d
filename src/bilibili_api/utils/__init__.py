"""Two things that stand on their own: `AsyncEvent` and `sync`."""
