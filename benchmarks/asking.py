"""One call of an interface, with the standard library."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from benchmarks.counting import OWN_HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.place import Place

_LONGEST = 120  # seconds; the simulator reads all chunks again at completion


def ask(
    place: Place,
    method: str,
    url: str,
    form: Mapping[str, object] | None = None,
    *,
    auth: str = "",
) -> Any:
    """Make one call with the cookies of the account, and return the JSON of its answer."""
    target = urlsplit(url)
    trust = ssl.create_default_context(cafile=place.ca_file)
    connection = http.client.HTTPSConnection(place.host, place.port, context=trust, timeout=_LONGEST)
    headers = {
        "Host": target.netloc,
        "Cookie": "; ".join(f"{name}={value}" for name, value in place.cookies.items()),
    }
    if auth:
        headers["X-Upos-Auth"] = auth
    if form:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    path = f"{target.path}?{target.query}" if target.query else target.path
    connection.request(method, path, urlencode(form or {}) or None, headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def seen(place: Place) -> dict[str, Any]:
    """Read what the counting server has seen since this was last asked."""
    return ask(place, "GET", f"https://{OWN_HOST}/seen")
