"""A web server for specs of fetching, that answers as wrongly as it is asked to.

Usage: web_peer.py FOLDER [--address ADDRESS] [--cert FILE --key FILE]

FOLDER/port holds its port once it listens; FOLDER/events a line for each connection ("connect"), request
("GET /path") and connection that its client has closed in the midst of one ("gone").  What it answers is in
the path; see ANSWERS.
"""
import argparse
import json
import os
import select
import socket
import socketserver
import ssl
import time
import urllib.parse


def respond(peer, status, headers=(), body=b""):
    lines = [f"HTTP/1.1 {status} words", *headers, f"Content-Length: {len(body)}", "", ""]
    peer.send("\r\n".join(lines).encode() + body)


def echo(peer, request, _):
    body = json.dumps(request).encode()
    respond(peer, 200, ["Content-Type: application/json"], body)


def redirect(peer, _, words):
    respond(peer, int(words[0]), [f"Location: {words[1]}"], b"moved")


def length(peer, _, words):
    respond(peer, 200, [], b"x" * int(words[0]))


def pour(peer, head):
    peer.send(head)
    while True:
        peer.send(b"x" * 65536)


def endless(peer, _, __):
    pour(peer, b"HTTP/1.1 200 OK\r\n\r\n")


def endless_redirect(peer, _, words):
    pour(peer, f"HTTP/1.1 302 Found\r\nLocation: {words[0]}\r\nContent-Length: 9000000000\r\n\r\n".encode())


def head(peer, _, words):
    respond(peer, 200, [f"X-{n}: {'v' * 1000}" for n in range(int(words[0]))])


def twice(peer, _, __):
    respond(peer, 200, ["X-Word: one", "x-word:  two ", "X-Empty:"], b"ok")


def silent(peer, _, __):
    if not peer.connection.recv(1):
        raise ConnectionResetError


def hold(peer, request, words):
    """Answers once there is a file."""
    while not os.path.exists(words[0]):
        if select.select([peer.connection], [], [], 0.02)[0]:
            raise ConnectionResetError
    echo(peer, request, words)


def drip(peer, _, __):
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        peer.send(b"x")
        time.sleep(0.05)


def garbage(peer, _, __):
    peer.send(b"HELLO THERE\r\n\r\n")
    raise EOFError


def rebind(peer, _, words):
    """A file gets another content before the redirect goes out: the name means another address from now on."""
    with open(words[0], "w", encoding="ascii") as file:
        file.write(words[1] + "\n")
    respond(peer, 302, [f"Location: {words[2]}"])


ANSWERS = {
    "echo": echo, "redirect": redirect, "length": length, "endless": endless,
    "endless_redirect": endless_redirect, "head": head, "twice": twice, "silent": silent, "drip": drip, "hold": hold,
    "garbage": garbage, "rebind": rebind,
}


class Peer(socketserver.StreamRequestHandler):
    def send(self, data):
        self.connection.sendall(data)

    def read_request(self):
        line = self.rfile.readline(65536).decode().split()
        if len(line) != 3:
            return None
        request = {"method": line[0], "path": line[1], "headers": {}}
        for header in iter(lambda: self.rfile.readline(65536).decode().rstrip("\r\n"), ""):
            name, _, value = header.partition(":")
            request["headers"][name.lower()] = value.strip()
        request["body"] = self.rfile.read(int(request["headers"].get("content-length", 0))).decode("latin-1")
        return request

    def answer(self, request):
        name, _, query = request["path"][1:].partition("?")
        words = [urllib.parse.unquote(word) for word in query.split("&")]
        ANSWERS[name](self, request, words)

    def handle(self):
        self.server.note("connect")
        try:
            while request := self.read_request():
                self.server.note(f"{request['method']} {request['path']}")
                self.answer(request)
        except (ConnectionError, ssl.SSLError, socket.timeout):
            self.server.note("gone")
        except EOFError:
            pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    context = None

    def note(self, line):
        with open(os.path.join(self.folder, "events"), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def finish_request(self, request, client_address):
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                self.note("no TLS")
                return
        super().finish_request(request, client_address)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    options = parser.parse_args()
    with Server((options.address, 0), Peer) as server:
        server.folder = options.folder
        if options.cert:
            server.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            server.context.load_cert_chain(options.cert, options.key)
        path = os.path.join(options.folder, "port")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(str(server.server_address[1]))
        os.rename(path + ".new", path)
        server.serve_forever()


main()
