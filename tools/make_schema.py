"""Writes the JSON schema of the settings of bvup, from its parser.

`python tools/make_schema.py` writes it, `python tools/make_schema.py --check` only compares.
"""

from __future__ import annotations

import json
import sys

from bilibili_api.apps.cli.config import whole_schema
from bilibili_api.apps.cli.main import bvup
from bilibili_api.apps.cli.settings import SCHEMA


def main() -> int:
    """Write or compare; return the exit code."""
    wanted = json.dumps(whole_schema(bvup), indent=1, ensure_ascii=False) + "\n"
    if "--check" in sys.argv[1:]:
        return 0 if SCHEMA.read_text("utf-8") == wanted else 1
    SCHEMA.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
