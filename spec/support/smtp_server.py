"""A mail server for specs: real SMTP (aiosmtpd), with faults on request.

    smtp_server.py FOLDER [--tls starttls|implicit] [--cert FILE --key FILE]
                   [--user NAME --password TEXT] [--auth-without-tls] [--greeting LINE]
                   [--port N]

It listens on 127.0.0.1, on a free port unless one is named, and writes FOLDER/port.  Each letter it
takes becomes FOLDER/N.eml, the bytes between DATA and the dot, and FOLDER/N.json: envelope,
connection, login.  What else happens is a line in FOLDER/events.

What it does with a letter is told by the local part of its recipient (or, for MAIL, its sender):

    mail-550 rcpt-450 data-451 end-554   that reply to that command ("end": to the final dot)
    …-421                                and the connection is closed
    hang                                 takes the letter and never answers
    drop                                 takes the letter and closes without an answer
    slow                                 answers after half a second
    once                                 closes the connection after its letter

A file FOLDER/reply-mail, -rcpt, -data or -end holds the reply to every such command while it is
there; {} in it stands for the recipient (for MAIL: the sender).
"""
import argparse
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

FOREVER = 3600


def fault(address, stage):
    """The code that the address asks for at that stage, or None."""
    local = address.split("@")[0]
    head, _, code = local.partition("-")
    return code if head == stage and len(code) == 3 and code.isdigit() else None


class Sink:
    """Stores letters, and goes wrong where the recipient asks for it."""

    def __init__(self, folder):
        self.folder = folder
        self.letters = 0
        self.connections = 0

    def event(self, text):
        with open(os.path.join(self.folder, "events"), "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def told(self, stage, address):
        """What the spec wants said to that command, or None."""
        try:
            with open(os.path.join(self.folder, "reply-" + stage), encoding="utf-8") as file:
                return file.read().replace("{}", address)
        except FileNotFoundError:
            return None

    def store(self, session, envelope):
        self.letters += 1
        base = os.path.join(self.folder, str(self.letters))
        about = {"from": envelope.mail_from, "to": envelope.rcpt_tos,
                 "options": envelope.mail_options, "connection": session.number,
                 "tls": session.tls,
                 "user": session.auth_data.login.decode() if session.auth_data else None}
        with open(base + ".eml", "wb") as file:
            file.write(envelope.original_content)
        with open(base + ".json.new", "w", encoding="utf-8") as file:
            json.dump(about, file)
        os.rename(base + ".json.new", base + ".json")

    async def handle_MAIL(self, server, session, envelope, address, options):
        code = fault(address, "mail")
        if code:
            return f"{code} 5.7.1 <{address}> may not send"
        told = self.told("mail", address)
        if told:
            return told
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 sender fine"

    async def handle_RCPT(self, server, session, envelope, address, options):
        code = fault(address, "rcpt")
        self.event(f"rcpt {address}")
        if code == "421":
            asyncio.get_running_loop().call_later(0.05, server.transport.close)
        if code:
            return f"{code} 4.2.1 <{address}> is not here"
        told = self.told("rcpt", address)
        if told:
            return told
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient fine"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        local = to.split("@")[0]
        code = fault(to, "end")
        if code:
            return f"{code}-5.6.0 the first line\r\n{code} 5.6.0 <{to}> gets no such letter"
        told = self.told("end", to)
        if told:
            return told
        if local == "hang":
            self.event("hangs")
            await asyncio.sleep(FOREVER)
        if local == "drop":
            server.transport.abort()
            return None
        if local == "slow":
            await asyncio.sleep(0.5)
        self.store(session, envelope)
        if local == "once":
            asyncio.get_running_loop().call_later(0.02, server.transport.close)
        return f"250 2.0.0 taken as {self.letters}"


class Server(SMTP):
    """Numbers its connections; refuses DATA where it is asked to."""

    def connection_made(self, transport):
        fresh = self.session is None
        super().connection_made(transport)
        if fresh:
            sink = self.event_handler
            sink.connections += 1
            self.number = sink.connections
            sink.event(f"connect {self.number}")
        self.session.number = self.number
        self.session.tls = transport.get_extra_info("sslcontext") is not None

    async def smtp_DATA(self, arg):
        to = (self.envelope.rcpt_tos or [""])[0]
        code = fault(to, "data")
        if code:
            await self.push(f"{code} 4.3.0 no data now")
            return
        told = self.event_handler.told("data", to)
        if told:
            await self.push(told)
            return
        await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg):
        self.event_handler.event(f"quit {self.number}")
        await super().smtp_QUIT(arg)

    async def smtp_RSET(self, arg):
        self.event_handler.event(f"rset {self.number}")
        await super().smtp_RSET(arg)


def settings(options, sink):
    """Keyword arguments for Server."""
    words = {"hostname": "mail.example", "ident": "sink", "data_size_limit": 4 << 20}
    if options.user:
        def check(server, session, envelope, mechanism, data):
            good = isinstance(data, LoginPassword) and data.login.decode() == options.user \
                and data.password.decode() == options.password
            sink.event(f"auth {mechanism} {'taken' if good else 'refused'}")
            return AuthResult(success=good, handled=False, auth_data=data if good else None)
        words.update(authenticator=check, auth_required=True,
                     auth_require_tls=not options.auth_without_tls)
    return words


def greeter(line, sink):
    """A server that only says one line; an empty one says nothing and stays."""
    async def serve(reader, writer):
        sink.event("connect")
        if not line:
            await asyncio.sleep(FOREVER)
        writer.write(line.encode() + b"\r\n")
        await writer.drain()
        await reader.readline()
        writer.close()
    return serve


def flooder(line, sink):
    """One that says a line for ever, once it was spoken to if that is no greeting."""
    async def serve(reader, writer):
        sink.event("connect")
        if not line.startswith("220"):
            writer.write(b"220 ready\r\n")
            await reader.readline()
        try:
            while True:
                writer.write((line.encode() + b"\r\n") * 1000)
                await writer.drain()
        except ConnectionError:
            sink.event("cut")
    return serve


async def main(options):
    sink = Sink(options.folder)
    context = None
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
    loop = asyncio.get_running_loop()
    if options.greeting is not None or options.flood:
        serve = flooder(options.flood, sink) if options.flood else greeter(options.greeting, sink)
        server = await asyncio.start_server(serve, "127.0.0.1", options.port)
    else:
        words = settings(options, sink)
        if options.tls == "starttls":
            words["tls_context"] = context
        server = await loop.create_server(
            lambda: Server(sink, loop=loop, **words), "127.0.0.1", options.port,
            ssl=context if options.tls == "implicit" else None)
    name = os.path.join(options.folder, "port")
    with open(name + ".new", "w", encoding="utf-8") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(name + ".new", name)
    await server.serve_forever()


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--tls", choices=["starttls", "implicit"])
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--auth-without-tls", action="store_true")
    parser.add_argument("--greeting")
    parser.add_argument("--flood")
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        asyncio.run(main(parse()))
    except KeyboardInterrupt:
        sys.exit(0)
