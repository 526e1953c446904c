"""Signatures of the test issuer's keys, made without any package: slow, and for benchmarks only."""

import hashlib
import hmac

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


def hs256(key, message):
    return hmac.digest(key["k"], message, hashlib.sha256)


def rs256(key, message):
    """RFC 8017, RSASSA-PKCS1-v1_5, by the Chinese remainder theorem."""
    size = len(key["n"])
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
    padded = int.from_bytes(b"\x00\x01".ljust(size - len(digest) - 1, b"\xff") + b"\x00" + digest, "big")
    p, q, dp, dq, inverse = (int.from_bytes(key[part], "big") for part in ("p", "q", "dp", "dq", "qi"))
    of_p, of_q = pow(padded, dp, p), pow(padded, dq, q)
    return (of_q + (of_p - of_q) * inverse % p * q).to_bytes(size, "big")


def ed25519(key, message):
    """RFC 8032, Ed25519."""
    halves = hashlib.sha512(key["d"]).digest()
    secret = int.from_bytes(halves[:32], "little") & (1 << 254) - 8 | 1 << 254
    nonce = int.from_bytes(hashlib.sha512(halves[32:] + message).digest(), "little") % ORDER
    commitment = _encode(_times_base(nonce))
    challenge = int.from_bytes(hashlib.sha512(commitment + key["x"] + message).digest(), "little")
    return commitment + ((nonce + challenge * secret) % ORDER).to_bytes(32, "little")


def _add(a, b):
    """Sum of two points in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * D * a[3] * b[3] % P, 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h + g, h - g, f + e
    return x * z % P, y * t % P, z * y % P, x * t % P


def _doubles_of_base():
    square = (BASE_Y * BASE_Y - 1) * pow(D * BASE_Y * BASE_Y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    x = P - x if x & 1 else x
    point = (x, BASE_Y, 1, x * BASE_Y % P)
    for _ in range(255):
        yield point
        point = _add(point, point)


DOUBLES = list(_doubles_of_base())


def _times_base(factor):
    result = (0, 1, 1, 0)
    for bit, point in enumerate(DOUBLES):
        if factor >> bit & 1:
            result = _add(result, point)
    return result


def _encode(point):
    x, y = (value * pow(point[2], -1, P) % P for value in point[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")
