"""passport.bilibili.com: the login key and the password login (protocol document, 2.1 and 2.2)."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bilibili_api.simulator.form import URLENCODED
from bilibili_api.simulator.reply import RefusalError, refusal, success
from bilibili_api.simulator.signing import PC_SECRETS, check_login_order, check_query, check_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bilibili_api.simulator.eras import EraRules
    from bilibili_api.simulator.exchange import Received
    from bilibili_api.simulator.form import Form
    from bilibili_api.simulator.logins import Login
    from bilibili_api.simulator.reply import Reply
    from bilibili_api.simulator.routes import Router
    from bilibili_api.simulator.state import Account, State

HOST = "//passport.bilibili.com"
HASH_SECONDS = 20
_HASH_LENGTH = 16
_KEY_BITS = 1024  # section 2.1
_PC_FIELDS = ("buvid", "device_id", "device_name", "device_platform")
_FIELDS = ("username", "password", "platform", "ts")


class Passport:
    """Hands out login keys and trades passwords for tokens."""

    def __init__(self, state: State, rules: EraRules, clock: Callable[[], float]) -> None:
        self._state = state
        self._rules = rules
        self._clock = clock
        self._hashes: dict[str, float] = {}

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(65537, _KEY_BITS)

    def add_routes(self, router: Router) -> None:
        """Say what is answered here."""
        router.add("GET", f"{HOST}/x/passport-login/web/key", "key", self.key)
        router.add("POST", f"{HOST}/x/passport-login/oauth2/login", "login", self.login)

    async def key(self, received: Received, _form: Form) -> Reply:
        """Answer the RSA key and a fresh hash, valid for 20 s."""
        if wrong := check_query("key", received.query_string):
            return refusal(*wrong)
        fresh = secrets.token_hex(_HASH_LENGTH // 2)
        self._hashes[fresh] = self._clock()
        pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return success({"hash": fresh, "key": pem.decode()})

    async def login(self, _received: Received, form: Form) -> Reply:
        """Check a login form as strictly as section 2.2 allows and answer tokens and cookies."""
        return success(self._tokens(self._authenticated(form), form.value("appkey") or ""))

    def _authenticated(self, form: Form) -> Account:
        if form.content_type != URLENCODED:
            raise RefusalError(refusal(-400, f"the login form must be {URLENCODED}"))
        _refuse(check_signed(form.text))
        self._check_fields(form)
        if form.value("appkey") in PC_SECRETS:
            _refuse(self._rules.pc_login_refusal)
        account = self._state.account_named(form.value("username") or "")
        password = self._decrypted(form.value("password") or "")
        if account is None:
            raise RefusalError(refusal(-626, "there is no such user"))
        if password != account.password:
            raise RefusalError(refusal(-629, "wrong password"))
        if account.frozen:
            raise RefusalError(refusal(86066, "the account is frozen"))
        return account

    def _check_fields(self, form: Form) -> None:
        pc = form.value("appkey") in PC_SECRETS
        missing = [name for name in (*_FIELDS, *(_PC_FIELDS if pc else ())) if not form.value(name)]
        if missing:
            raise RefusalError(refusal(-2001, f"missing: {', '.join(missing)}"))
        if not (form.value("ts") or "").isdecimal():
            raise RefusalError(refusal(-400, "ts must be Unix seconds"))
        if pc:
            _refuse(check_login_order(form.text))
            _check_device(form)

    def _decrypted(self, field: str) -> str:
        """Return the password; padded and unpadded base64 are both accepted (section 2.1)."""
        try:
            sealed = base64.b64decode(field + "=" * (-len(field) % 4), validate=True)
            text = self._key.decrypt(sealed, padding.PKCS1v15()).decode()
        except (binascii.Error, ValueError) as error:
            raise RefusalError(refusal(86000, "the password cannot be decrypted")) from error
        salt, password = text[:_HASH_LENGTH], text[_HASH_LENGTH:]
        if not re.fullmatch(r"[0-9a-f]{16}", salt):
            raise RefusalError(refusal(86000, "the hash does not stand before the password"))
        if self._clock() - self._hashes.get(salt, float("-inf")) > HASH_SECONDS:
            raise RefusalError(refusal(-662, "the hash has expired"))
        return password

    def _tokens(self, account: Account, appkey: str) -> dict[str, Any]:
        login = self._state.logins.issue(account, appkey)
        return {
            "is_new": False,
            "mid": account.mid,
            "token_info": {
                "mid": account.mid,
                "access_token": login.access_token,
                "refresh_token": login.refresh_token,
                "expires_in": int(login.expires - self._clock()),
            },
            "cookie_info": {"cookies": _cookies(login), "domains": [".bilibili.com", ".biligame.com"]},
            "sso": ["https://passport.bilibili.com/api/v2/sso"],
            "status": 0,
            "url": "",
        }


def _refuse(wrong: tuple[int, str] | None) -> None:
    if wrong is not None:
        raise RefusalError(refusal(*wrong))


def _check_device(form: Form) -> None:
    if form.value("platform") != "pc":
        raise RefusalError(refusal(-400, "platform must be pc with a key of the PC tool"))
    device = form.value("device_id") or ""
    if not re.fullmatch(r"[A-Z0-9]{12}", device):
        raise RefusalError(refusal(-400, "device_id must be 12 characters of A-Z and 0-9"))
    if not re.fullmatch(rf"[A-Z0-9]{{8}}-{device}", form.value("buvid") or ""):
        raise RefusalError(refusal(-400, "buvid must be 8 characters of A-Z and 0-9, a hyphen and device_id"))


def _cookies(login: Login) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "value": value,
            "http_only": int(name == "SESSDATA"),
            "expires": int(login.expires),
            "secure": 0,
        }
        for name, value in login.cookies.items()
    ]
