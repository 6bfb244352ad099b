"""What CPython's asyncio answers to every method of transports and servers in every state: python3.13 record.py [KIND ...] > answers.txt

One line a cell: kind, state, call, answer, and the calls of the protocol until the end. matrix.test.ts does the same with ours.
"""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
import tempfile

LARGE = b"x" * (8 << 20)
folder = tempfile.mkdtemp()


def answer(value):
    if value is None or isinstance(value, (bool, str)):
        return repr(value)
    if isinstance(value, int):
        return "number" if value else "0"
    return type(value).__name__ if isinstance(value, BaseException) else "object"


def attempt(call, *args):
    try:
        return answer(call(*args))
    except BaseException as error:
        return type(error).__name__


class Peer(asyncio.Protocol):
    """The other end: does what the state needs of it."""

    def __init__(self, says):
        self.says = says
        self.made = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        transport.pause_reading()
        if self.says == "data":
            transport.write(b"hello")
        elif self.says == "eof":
            if transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()
        self.made.set_result(None)


class Subject:
    """A protocol that makes one call of its transport where the state says, and records what it is told."""

    def __init__(self, state, call):
        self.state = state
        self.call = call
        self.answer = None
        self.events = []
        self.lost = asyncio.get_running_loop().create_future()
        self.called = asyncio.get_running_loop().create_future()

    def make_call(self):
        if self.answer is None:
            self.answer = attempt(self.call, self.transport, self)
            if not self.called.done():
                self.called.set_result(None)

    def enter(self, name):
        if self.events[-1:] != [name]:
            self.events.append(name)
        if self.state == name:
            self.make_call()

    def connection_made(self, transport):
        self.transport = transport
        self.enter("connectionMade")

    def data_received(self, data):
        self.enter("dataReceived")

    def datagram_received(self, data, addr):
        self.enter("datagramReceived")

    def error_received(self, error):
        self.enter("errorReceived")

    def eof_received(self):
        self.enter("eofReceived")

    def pause_writing(self):
        pass

    def resume_writing(self):
        pass

    def connection_lost(self, error):
        self.enter("connectionLost")
        self.events.append("error" if error else "None")
        self.lost.set_result(None)


async def bring(subject, transport, may_write):
    """Into the state, if it is none of those inside callbacks; makes the call there."""
    state = subject.state
    if state == "closing":
        if may_write:
            transport.write(LARGE)
        transport.close()
    elif state in ("aborted", "closed", "connectionLost"):
        transport.abort() if hasattr(transport, "abort") else transport.close()
    if state in ("closed", "connectionLost"):
        await subject.lost
    if state in ("open", "closing", "aborted", "closed"):
        subject.make_call()
    await subject.called


async def finish(subject, transport):
    if subject.lost.done():  # A pipe's abort() fails then.
        return
    transport.abort() if hasattr(transport, "abort") else transport.close()
    await subject.lost


STREAM_STATES = ["connectionMade", "dataReceived", "eofReceived", "connectionLost", "open", "closing", "aborted", "closed"]
NEEDS = {"dataReceived": "data", "eofReceived": "eof"}

BASE = {
    "isClosing()": lambda t, p: t.is_closing(),
    "close()": lambda t, p: t.close(),
    "getProtocol()": lambda t, p: t.get_protocol() is p,
    "setProtocol(protocol)": lambda t, p: t.set_protocol(p),
    'getExtraInfo("nothing")': lambda t, p: t.get_extra_info("nothing"),
    'getExtraInfo("nothing", "other")': lambda t, p: t.get_extra_info("nothing", "other"),
}
READ = {
    "isReading()": lambda t, p: t.is_reading(),
    "pauseReading()": lambda t, p: t.pause_reading(),
    "pauseReading() twice": lambda t, p: (t.pause_reading(), t.pause_reading())[1],
    "resumeReading()": lambda t, p: t.resume_reading(),
}
LIMITS = {
    "abort()": lambda t, p: t.abort(),
    "getWriteBufferSize()": lambda t, p: t.get_write_buffer_size(),
    "getWriteBufferLimits()": lambda t, p: str(t.get_write_buffer_limits()[1] > 0),
    "setWriteBufferLimits()": lambda t, p: t.set_write_buffer_limits(),
    "setWriteBufferLimits({ high: 1, low: 2 })": lambda t, p: t.set_write_buffer_limits(high=1, low=2),
}
WRITE = {
    **LIMITS,
    'write("x")': lambda t, p: t.write(b"x"),
    'write("")': lambda t, p: t.write(b""),
    "write(5)": lambda t, p: t.write(5),
    'writelines(["x", "y"])': lambda t, p: t.writelines([b"x", b"y"]),
    "writeEof()": lambda t, p: t.write_eof(),
    "writeEof() twice": lambda t, p: (t.write_eof(), t.write_eof())[1],
    'writeEof(), write("x")': lambda t, p: (t.write_eof(), t.write(b"x"))[1],
    "canWriteEof()": lambda t, p: t.can_write_eof(),
}
SOCKET = {
    'getExtraInfo("socket")': lambda t, p: t.get_extra_info("socket"),
    'getExtraInfo("sockname")': lambda t, p: "some" if t.get_extra_info("sockname") is not None else None,
    'getExtraInfo("peername")': lambda t, p: "some" if t.get_extra_info("peername") is not None else None,
}
DATAGRAM = {
    'sendto("x")': lambda t, p: t.sendto(b"x"),
    'sendto("")': lambda t, p: t.sendto(b""),
    "sendto(5)": lambda t, p: t.sendto(5),
    'sendto("x", another)': lambda t, p: t.sendto(b"x", ("127.0.0.1", 9)),
}


def contexts():
    key, cert = os.path.join(folder, "key"), os.path.join(folder, "cert")
    subprocess.run(
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -days 2 -keyout {key} -out {cert}".split(),
        check=True,
        capture_output=True,
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return server, client


async def stream_cell(kind, state, call):
    loop = asyncio.get_running_loop()
    subject = Subject(state, call)
    peers = []

    def peer():
        peers.append(Peer(NEEDS.get(state)))
        return peers[0]

    if kind == "unix":
        path = os.path.join(folder, "socket")
        server = await loop.create_unix_server(peer, path)
        transport, _ = await loop.create_unix_connection(lambda: subject, path)
    else:
        tls = TLS if kind == "tls" else (None, None)
        server = await loop.create_server(peer, "127.0.0.1", 0, ssl=tls[0])
        port = server.sockets[0].getsockname()[1]
        transport, _ = await loop.create_connection(lambda: subject, "127.0.0.1", port, ssl=tls[1])
    while not peers:
        await asyncio.sleep(0.001)
    if state != "connectionMade":  # A client of TLS that pauses there keeps the server from its own.
        await peers[0].made
    await bring(subject, transport, True)
    await finish(subject, transport)
    server.close()
    server.abort_clients()
    await server.wait_closed()
    return subject


async def pipe_cell(kind, state, call):
    loop = asyncio.get_running_loop()
    subject = Subject(state, call)
    reads, writes = os.pipe()
    if kind == "readPipe":
        transport, _ = await loop.connect_read_pipe(lambda: subject, open(reads, "rb", 0))
        if state == "dataReceived":
            os.write(writes, b"hello")
        if state == "eofReceived":
            os.close(writes)
    else:
        transport, _ = await loop.connect_write_pipe(lambda: subject, open(writes, "wb", 0))
    await bring(subject, transport, kind == "writePipe")
    await finish(subject, transport)
    if not (kind == "readPipe" and state == "eofReceived"):
        os.close(writes if kind == "readPipe" else reads)
    return subject


async def datagram_cell(kind, state, call):
    loop = asyncio.get_running_loop()
    subject = Subject(state, call)
    partner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    partner.bind(("127.0.0.1", 0))
    transport, _ = await loop.create_datagram_endpoint(lambda: subject, remote_addr=partner.getsockname())
    if state == "datagramReceived":
        partner.sendto(b"hello", transport.get_extra_info("sockname"))
    await bring(subject, transport, False)
    await finish(subject, transport)
    partner.close()
    return subject


SERVER = {
    "isServing()": lambda s: s.is_serving(),
    "sockets.length": lambda s: len(s.sockets),
    "getLoop()": lambda s: s.get_loop(),
    "close()": lambda s: s.close(),
    "closeClients()": lambda s: s.close_clients(),
    "abortClients()": lambda s: s.abort_clients(),
    "startServing()": lambda s: s.start_serving(),
    "waitClosed()": lambda s: s.wait_closed(),
    "serveForever()": lambda s: s.serve_forever(),
}
SERVER_STATES = ["notServing", "serving", "connectionMade", "closing", "closed"]


async def outcome(call, server):
    """Of a call that may be a coroutine; "pending" for one that waits."""
    try:
        value = call(server)
        if not asyncio.iscoroutine(value):
            return answer(value)
        task = asyncio.ensure_future(value)
        done, _ = await asyncio.wait([task], timeout=0.02)
        if not done:
            server.abort_clients()  # serve_forever() waits for them.
            task.cancel()
            await asyncio.wait([task])
            return "pending"
        return answer(task.result())
    except BaseException as error:
        return type(error).__name__


async def server_cell(state, call):
    loop = asyncio.get_running_loop()
    result = loop.create_future()
    tasks = []

    class Client(asyncio.Protocol):
        def connection_made(self, transport):
            transports.append(transport)
            if state == "connectionMade":
                tasks.append(asyncio.ensure_future(into(result)))
            elif not accepted.done():
                accepted.set_result(None)

    async def into(future):
        future.set_result(await outcome(call, server))

    transports = []
    accepted = loop.create_future()
    server = await loop.create_server(Client, "127.0.0.1", 0, start_serving=state != "notServing")
    if state in ("closing", "connectionMade"):
        port = server.sockets[0].getsockname()[1]
        client, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
        if state == "closing":
            await accepted
            server.close()
        else:
            await result
    if state == "closed":
        server.close()
        await server.wait_closed()
    if not result.done():
        await into(result)
    server.close()
    server.abort_clients()
    await server.wait_closed()
    return result.result()


async def again(cell):
    """Loopback has lost a connection once in a thousand. None for what hangs: ours must not, whatever it answers."""
    for _ in range(2):
        try:
            return await asyncio.wait_for(cell(), 2)
        except TimeoutError:
            pass


async def main():
    pipe_read = [s for s in STREAM_STATES if s != "aborted"]
    pipe_write = ["connectionMade", "connectionLost", "open", "closing", "aborted", "closed"]
    datagram = ["connectionMade", "datagramReceived", "connectionLost", "open", "closing", "aborted", "closed"]
    stream = {**BASE, **READ, **WRITE, **SOCKET}
    kinds = [
        ("tcp", STREAM_STATES, stream, stream_cell),
        ("unix", STREAM_STATES, stream, stream_cell),
        ("tls", STREAM_STATES, stream, stream_cell),
        ("readPipe", pipe_read, {**BASE, **READ}, pipe_cell),
        ("writePipe", pipe_write, {**BASE, **WRITE}, pipe_cell),
        ("datagram", datagram, {**BASE, **LIMITS, **SOCKET, **DATAGRAM}, datagram_cell),
    ]
    for kind, states, calls, cell in kinds:
        if sys.argv[1:] and kind not in sys.argv[1:]:
            continue
        for state in states:
            for name, call in calls.items():
                subject = await again(lambda: cell(kind, state, call))
                answers = (subject.answer, " ".join(subject.events)) if subject else ("hangs", "")
                print(kind, state, name, *answers, sep="\t")
    for state in SERVER_STATES if not sys.argv[1:] or "server" in sys.argv[1:] else []:
        for name, call in SERVER.items():
            print("server", state, name, await again(lambda: server_cell(state, call)), "", sep="\t")


TLS = contexts()
import logging

logging.disable(logging.CRITICAL)
asyncio.run(main())
