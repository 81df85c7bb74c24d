"""The command `bvup`: upload, a simulator to try it against, and a demonstration of both."""
