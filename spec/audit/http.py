"""Mutated requests on raw sockets, whole and in pieces, several on a connection; `http.py PORT SECONDS SEED FOLDER`.

Each answer has to begin as one, and the server has to answer others meanwhile.  The last inputs are kept in FOLDER."""
import os
import random
import socket
import sys
import time

from mutate import mutate

WORDS = [b"\r\n", b"\n", b"\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: a\r\n",
         b"0\r\n\r\n", b"ffffffff\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n", b"HTTP/1.0", b"HEAD ",
         b"Range: bytes=0-1,5-\r\n", b"%00", b"%2F", b"..", b"--B--", b"X-Forwarded-For: 1.2.3.4\r\n",
         b"If-None-Match: *\r\n", b"Origin: null\r\n", b"Cookie: a=b; c=d\r\n", b"\x80\xff", b"Accept-Language: zh\r\n"]


def form(path, body, kind=b"application/x-www-form-urlencoded"):
    return (b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Type: " + kind + b"\r\nContent-Length: "
            + str(len(body)).encode() + b"\r\n\r\n" + body)


SEEDS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /put?lang=zh-CN HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nAccept-Language: en, zh;q=0.5\r\n\r\n",
    b"HEAD /static/favicon.ico HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    form(b"/open", b"key=0123456789abcdef"),
    form(b"/put", b"name=a&email=&time=2040-01-01+00%3A00&tz=UTC&content=x&tips=y&mail_key=off"),
    form(b"/put", b"--B\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nx\r\n--B--\r\n",
         b"multipart/form-data; boundary=B"),
    form(b"/api/v1/capsules", b'{"name":"a","content":"x","opens_at":"2040-01-01T00:00:00Z"}', b"application/json"),
    form(b"/api/v1/capsules/open", b'{"key":"0123456789abcdef"}', b"application/json"),
    b"POST /open HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nkey=a\r\n0\r\n\r\n",
    b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd",
]


def attack(port, rng):
    text = b"".join(mutate(rng.choice(SEEDS), WORDS, rng) for _ in range(rng.choice((1, 1, 1, 2, 4))))
    answer = b""
    with socket.create_connection(("127.0.0.1", port), 10) as conn:
        try:
            at = 0
            while at < len(text):
                size = rng.choice((len(text), 1, 7, 300))
                conn.sendall(text[at:at + size])
                at += size
            if rng.random() < 0.9:
                conn.shutdown(socket.SHUT_WR)
            conn.settimeout(0.02 if rng.random() < 0.5 else 0.2)
            while True:
                part = conn.recv(65536)
                if not part:
                    break
                answer += part
        except OSError:
            pass
    return text, answer


def is_well(port):
    with socket.create_connection(("127.0.0.1", port), 30) as conn:
        conn.settimeout(30)
        conn.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        return conn.recv(65536).startswith(b"HTTP/1.1 200 ")


def main():
    port, seconds, seed, folder = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    rng, end, count, answered, last = random.Random(seed), time.monotonic() + seconds, 0, 0, []
    try:
        while time.monotonic() < end:
            text, answer = attack(port, rng)
            last = (last + [text])[-50:]
            count += 1
            answered += bool(answer)
            assert not answer or answer.startswith(b"HTTP/1."), "not an answer: %r" % answer[:200]
            assert count % 100 or is_well(port), "it does not answer /healthz"
        assert is_well(port), "it does not answer /healthz"
    except (AssertionError, OSError) as problem:
        os.makedirs(folder, exist_ok=True)
        for i, text in enumerate(last):
            with open(os.path.join(folder, "http-%d-%02d" % (seed, i)), "wb") as file:
                file.write(text)
        sys.exit("after %d messages: %s; the last ones are in %s" % (count, problem, folder))
    print("%d messages, %d answered" % (count, answered))


main()
