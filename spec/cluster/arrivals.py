"""Clients that come at a fixed rate, whatever the answers do, each on a connection of its own.

    arrivals.py HOST PORT FILE OPENS PUTS

OPENS and PUTS come a second, until standard input ends; every eighth put asks for a letter that is due a few seconds
later.  Who opens takes a key that somebody was shown, mostly a late one.  FILE gets a line for each answer, when it
comes: what, when it was due (unix seconds), how long it took from then, the status (0: none), the key.  An open that
answers 404 has lost a key that was shown.
"""
import asyncio
import json
import random
import sys
import time

PATIENCE = 30
LETTER_EVERY = 8

host, port, path, opens, puts = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5])
file = open(path, "w", buffering=1)
keys = []


def request(where, body):
    text = json.dumps(body)
    return (f"POST {where} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\n\r\n{text}").encode()


async def exchange(message):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(message)
        answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def come(what, due, where, body, key):
    status, answer = 0, b""
    try:
        status, answer = await asyncio.wait_for(exchange(request(where, body)), PATIENCE)
    except (OSError, asyncio.TimeoutError, IndexError, ValueError):
        pass
    if what == "put" and status == 201:
        key = json.loads(answer)["key"]
        keys.append(key)
    print(what, f"{due:.4f}", f"{time.time() - due:.4f}", status, key, file=file)


def put(number, due):
    body = {"name": "n", "content": f"words {number}", "opens_at": int(due) + random.randint(4, 12)}
    if number % LETTER_EVERY == 0:
        body["email"] = f"reader{number}@example.org"
    return come("put", due, "/api/v1/capsules", body, "-")


def open_one(number, due):
    key = keys[-random.randint(1, min(len(keys), 20 if number % 2 else 2000))]
    return come("open", due, "/api/v1/capsules/open", {"key": key}, key)


async def arrive(rate, make, tasks):
    number, begin = 0, time.time()
    while True:
        due = begin + number / rate
        await asyncio.sleep(max(0, due - time.time()))
        if make is put or keys:
            task = asyncio.ensure_future(make(number, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        number += 1


async def main():
    tasks = set()
    running = [asyncio.ensure_future(arrive(puts, put, tasks)), asyncio.ensure_future(arrive(opens, open_one, tasks))]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in running:
        task.cancel()
    while tasks:
        await asyncio.sleep(0.05)


asyncio.run(main())
