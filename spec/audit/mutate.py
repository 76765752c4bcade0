"""Mutations of bytes, for the attackers beside it: bits, pieces, lengths, words of the protocol."""


def mutate(data, words, rng):
    data = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at:at + rng.randrange(1, 16)] = b""
        elif kind == 2:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        elif kind == 3:
            data[at:at] = rng.choice(words)
        elif kind == 4:
            end = min(len(data), at + rng.randrange(1, 64))
            data[at:at] = data[at:end] * rng.randrange(1, 4)
        elif kind == 5:
            data[at:at] = rng.choice((b"A", b"0", b"\0", b" ", b"%", b"9")) * rng.choice((1, 70, 3000, 20000))
        elif data:
            del data[at:]
    return bytes(data)
