"""Programs on top of the library: they use only what every user of it can use."""
