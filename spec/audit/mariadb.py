"""A hostile peer in a database's place: hands on what a real MariaDB says, and changes it on the way to the client.

`mariadb.py UPSTREAM FOLDER SEED`: its port is in FOLDER/port; while FOLDER/hostile is there, one answer in ten is
mutated, cut off, doubled, held back, or replaced by noise.  FOLDER/count is how many were."""
import os
import random
import socket
import sys
import threading
import time

from mutate import mutate

WORDS = [b"\x00\x00\x00\x00", b"\xff\xff\xff\x00", b"\xfb", b"\xfe\x00\x00\x02\x00", b"\xff\x15\x04#28000no",
         b"\x01\x00\x00\x01\x05", b"\xfd\xff\xff\xff", b"\xfe" + b"\xff" * 8, b"\x00" * 64]


class Peer:
    def __init__(self, upstream, folder, seed):
        self.upstream, self.folder, self.rng, self.count = upstream, folder, random.Random(seed), 0

    def spoil(self, data):
        if not os.path.exists(self.folder + "/hostile") or self.rng.random() > 0.1:
            return data
        self.count += 1
        with open(self.folder + "/count", "w", encoding="ascii") as file:
            file.write(str(self.count))
        kind = self.rng.randrange(8)
        if kind == 0:
            return None
        if kind == 1:
            time.sleep(self.rng.random())
            return data
        if kind == 2:
            return data + data
        if kind == 3:
            return bytes(self.rng.randrange(256) for _ in range(self.rng.randrange(1, 200)))
        return mutate(data, WORDS, self.rng)

    def pump(self, source, target, change):
        try:
            while True:
                data = source.recv(65536)
                data = change(data) if data else None
                if not data:
                    break
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.upstream))
        except OSError:
            client.close()
            return
        there = threading.Thread(target=self.pump, args=(client, server, lambda data: data), daemon=True)
        there.start()
        self.pump(server, client, self.spoil)
        there.join()
        client.close()
        server.close()


def main():
    peer = Peer(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    listener = socket.create_server(("127.0.0.1", 0))
    with open(peer.folder + "/port.new", "w", encoding="ascii") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(peer.folder + "/port.new", peer.folder + "/port")
    while True:
        client, _ = listener.accept()
        threading.Thread(target=peer.serve, args=(client,), daemon=True).start()


main()
