#!/usr/bin/env python3
"""TC2 and the original's format a second time, from docs/encryption.md alone.

Python's standard library has PBKDF2, HMAC and SHA-256; `openssl enc` has the AES block cipher,
in ECB and in counter mode; GCM's authentication is written out here.  It shares no line and no
library with the browser's implementation, so what one writes and the other reads is the document.

Reads one JSON object per line, answers one per line:
  {"do": "seal", "passphrase", "message", "opens_at", "rounds"?, "salt"?, "iv"?}  salt, iv: hex
  {"do": "open", "passphrase", "text"}      {"do": "open_legacy", "passphrase", "text"}
  {"do": "derive", "passphrase", "rounds", "salt"}
Answers are {"text"}, {"message", "opens_at"}, the bytes on the way in hex, or {"error"}.
"""
import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import unicodedata

SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


class Refused(Exception):
    """"passphrase" or "damaged"."""


def openssl(data, *arguments):
    done = subprocess.run(["openssl", "enc", *arguments], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise Refused("damaged")
    return done.stdout


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text) or len(text) % 4 == 1:
        raise Refused("damaged")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:
        raise Refused("damaged")
    return data


def passphrase_bytes(passphrase):
    spaced = "".join(" " if c in SPACES else c for c in passphrase)
    return unicodedata.normalize("NFC", spaced).encode()


def expand(key, info):
    """HKDF (RFC 5869) with an empty salt and 32 bytes of output: one block."""
    extracted = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def derive(passphrase, salt, rounds):
    stretched = hashlib.pbkdf2_hmac("sha256", passphrase_bytes(passphrase), salt, rounds, 32)
    return stretched, expand(stretched, b"TC2 key"), expand(stretched, b"TC2 commitment")


def times(x, y):
    """The product of two blocks in GCM's field (NIST SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if (x >> bit) & 1:
            product ^= y
        y = (y >> 1) ^ (0xE1 << 120 if y & 1 else 0)
    return product


def gcm_tag(key, iv, authenticated, ciphertext):
    def zeros(data):
        return data + bytes(-len(data) % 16)

    ecb = ["-aes-256-ecb", "-nopad", "-K", key.hex()]
    blocks = openssl(bytes(16) + iv + b"\0\0\0\1", *ecb)
    subkey, mask = blocks[:16], blocks[16:]
    lengths = (8 * len(authenticated)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    data = zeros(authenticated) + zeros(ciphertext) + lengths
    state, factor = 0, int.from_bytes(subkey, "big")
    for at in range(0, len(data), 16):
        state = times(state ^ int.from_bytes(data[at:at + 16], "big"), factor)
    return (state ^ int.from_bytes(mask, "big")).to_bytes(16, "big")


def gcm_crypt(key, iv, data):
    return openssl(data, "-aes-256-ctr", "-K", key.hex(), "-iv", (iv + b"\0\0\0\2").hex())


def seal(asked):
    rounds = asked.get("rounds", 600000)
    salt = bytes.fromhex(asked.get("salt", "")) or os.urandom(16)
    iv = bytes.fromhex(asked.get("iv", "")) or os.urandom(12)
    _, key, commitment = derive(asked["passphrase"], salt, rounds)
    header = rounds.to_bytes(4, "big") + asked["opens_at"].to_bytes(8, "big", signed=True) + salt + iv + commitment
    head = "TC2." + encode(header + hashlib.sha256(header).digest()[:6])
    plain = asked["message"].encode() + b"\x80"
    ciphertext = gcm_crypt(key, iv, plain + bytes(-len(plain) % 1024))
    return {"text": head + "." + encode(ciphertext + gcm_tag(key, iv, head.encode(), ciphertext))}


def unseal(asked):
    parts = asked["text"].split(".")
    if len(parts) != 3 or parts[0] != "TC2":
        raise Refused("damaged")
    header, sealed = decode(parts[1]), decode(parts[2])
    if len(header) != 78 or hashlib.sha256(header[:72]).digest()[:6] != header[72:]:
        raise Refused("damaged")
    rounds = int.from_bytes(header[:4], "big")
    opens_at = int.from_bytes(header[4:12], "big", signed=True)
    salt, iv, commitment = header[12:28], header[28:40], header[40:72]
    if not 600000 <= rounds <= 10000000 or not 0 <= opens_at <= 253402300799:
        raise Refused("damaged")
    if len(sealed) % 1024 != 16 or len(sealed) < 1040:
        raise Refused("damaged")
    _, key, committed = derive(asked["passphrase"], salt, rounds)
    if committed != commitment:
        raise Refused("passphrase")
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if gcm_tag(key, iv, ("TC2." + parts[1]).encode(), ciphertext) != tag:
        raise Refused("damaged")
    message = gcm_crypt(key, iv, ciphertext).rstrip(b"\0")
    if message[-1:] != b"\x80":
        raise Refused("damaged")
    return {"message": message[:-1].decode(), "opens_at": opens_at}


def open_legacy(asked):
    raw = base64.b64decode("".join(asked["text"].split()), validate=True)
    if raw[:8] != b"Salted__":
        raise Refused("damaged")
    derived, block = b"", b""
    while len(derived) < 48:
        block = hashlib.md5(block + asked["passphrase"].encode() + raw[8:16]).digest()
        derived += block
    key, iv = derived[:32].hex(), derived[32:].hex()
    return {"message": openssl(raw[16:], "-d", "-aes-256-cbc", "-K", key, "-iv", iv).decode()}


def show_steps(asked):
    steps = derive(asked["passphrase"], bytes.fromhex(asked["salt"]), asked["rounds"])
    named = dict(zip(("stretched", "key", "commitment"), (step.hex() for step in steps)))
    return {"passphrase_bytes": passphrase_bytes(asked["passphrase"]).hex(), **named}


VERBS = {"seal": seal, "open": unseal, "open_legacy": open_legacy, "derive": show_steps}


def answer(asked):
    try:
        return VERBS[asked["do"]](asked)
    except Refused as refused:
        return {"error": str(refused)}
    except ValueError:
        return {"error": "damaged"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
