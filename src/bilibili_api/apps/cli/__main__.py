"""`python -m bilibili_api.apps.cli` is `bvup`."""

from .main import program

program()
