"""Plays somebody at a terminal: runs a program on a pseudo-terminal and follows steps.

    terminal.py PROGRAM ARGUMENT... <STEPS

A step a line: `> TEXT` types the text (escapes as in Python, so \\r is the key Return), `? TEXT`
waits until the program has shown it since the step before.  What was shown goes to stdout; the
exit status is the program's, 99 where it did not show what was waited for.
"""
import os
import pty
import select
import sys

PATIENCE = 120  # seconds


def read_some(terminal):
    if not select.select([terminal], [], [], PATIENCE)[0]:
        return b""
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side has gone
        return b""


def play(terminal, steps, show):
    shown = b""
    for step in steps:
        text = step[2:].rstrip("\n").encode().decode("unicode_escape").encode("latin-1")
        if step[0] == ">":
            os.write(terminal, text)
            continue
        while text not in shown:
            more = read_some(terminal)
            if not more:
                show.write(b"\n[never shown: " + text + b"]\n")
                return False
            show.write(more)
            shown += more
        shown = shown[shown.index(text) + len(text):]
    while True:
        more = read_some(terminal)
        if not more:
            return True
        show.write(more)


def main():
    steps = sys.stdin.readlines()
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[1], sys.argv[1:])
    good = play(terminal, steps, sys.stdout.buffer)
    sys.stdout.flush()
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sys.exit(status if good else 99)


main()
