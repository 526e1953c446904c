"""Tokens (JWT) of the test issuer, signed with the HS256 key of tests/fixtures/private-keys.json."""

import base64
import hashlib
import hmac
import json
import pathlib
import time

_FIXTURES = pathlib.Path(__file__).resolve().parent / "fixtures"
_KEY = next(key for key in json.loads((_FIXTURES / "private-keys.json").read_text())["keys"] if key["kty"] == "oct")


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(tenant, *, lifetime=3600, **claims):
    """A token for a tenant's slug or id; claims replace or add to the usual ones."""
    header = {"alg": "HS256", "typ": "JWT", "kid": _KEY["kid"]}
    payload = {
        "iss": "https://issuer.test",
        "aud": "pg_tenancy_test",
        "sub": "user-1",
        "tenant_id": tenant,
        "exp": int(time.time()) + lifetime,
    } | claims
    signed = ".".join(_encode(json.dumps(part).encode()) for part in (header, payload))
    secret = base64.urlsafe_b64decode(_KEY["k"] + "==")
    return signed + "." + _encode(hmac.digest(secret, signed.encode(), hashlib.sha256))
