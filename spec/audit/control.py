"""Mutated lines on the control socket, several clients at once; `control.py SOCKET SECONDS SEED`.  Each answer has to
begin as one, and `status` has to work meanwhile."""
import random
import socket
import sys
import time

from mutate import mutate

WORDS = [b"\n", b"\0", b" ", b"status", b"reload", b"--preview", b"--confirm", b"99999999999", b"-1", b"\xff", b"\r\n"]
# None of these ends the server.
SEEDS = [b"status\n", b"reload\n", b"reload --confirm 1\n", b"rollback\n", b"reload --discard\n", b"nothing\n", b"\n",
         b"reminders\n", b"status status\n"]
ENDS = (b"stop", b"upgrade")


def say(path, text, wait):
    answer = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as conn:
        conn.settimeout(30)
        try:
            conn.connect(path)
            conn.sendall(text)
            if wait:
                conn.shutdown(socket.SHUT_WR)
                while part := conn.recv(65536):
                    answer += part
        except (BrokenPipeError, ConnectionResetError):
            pass
    return answer


def main():
    path, rng = sys.argv[1], random.Random(int(sys.argv[3]))
    end, count = time.monotonic() + float(sys.argv[2]), 0
    while time.monotonic() < end:
        text = mutate(rng.choice(SEEDS), WORDS, rng)
        if any(word in text for word in ENDS):
            continue
        answer = say(path, text, rng.random() < 0.8)
        count += 1
        assert not answer or answer.startswith((b"ok\n", b"error\n")), (text, answer[:200])
        assert count % 50 or say(path, b"status\n", True).startswith(b"ok\n"), "status is not answered"
    print("%d lines" % count)


main()
