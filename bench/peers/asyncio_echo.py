"""Echo servers under asyncio, and with UVLOOP=1 the same code under uvloop.

usage: asyncio_echo.py protocol | buffered | streams | lines | unix | udp | tls
       (unix: at $SOCKET_PATH; tls: with the key and the certificate of $TLS_PEM)
       BUSY=1: beside a callback that schedules itself
       asyncio_echo.py --version    (interpreter and, with UVLOOP=1, uvloop)
"""

import asyncio
import os
import platform
import ssl
import sys

if os.environ.get("UVLOOP") == "1":
    import uvloop

    uvloop.install()


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class DatagramEcho(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(data, addr)


class BufferedEcho(asyncio.BufferedProtocol):
    # One buffer for all connections: buffer_updated() copies it out before anyone else can be given it.
    buffer = memoryview(bytearray(256 * 1024))

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, nbytes):
        # uvloop (until the end of the turn) and asyncio since 3.12 keep what they are given: it must be a copy.
        self.transport.write(bytes(self.buffer[:nbytes]))


async def echo(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def echo_lines(reader, writer):
    try:
        while line := await reader.readline():
            writer.write(line)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def keep_busy(loop):
    loop.call_soon(keep_busy, loop)


async def main(mode):
    loop = asyncio.get_running_loop()
    if os.environ.get("BUSY") == "1":
        keep_busy(loop)
    host = {"host": "127.0.0.1", "port": 0, "backlog": 1024}
    if mode == "udp":
        transport, _ = await loop.create_datagram_endpoint(DatagramEcho, local_addr=("127.0.0.1", 0))
        print("PORT", transport.get_extra_info("sockname")[1], flush=True)
        await loop.create_future()
    elif mode == "unix":
        path = os.environ["SOCKET_PATH"]
        server = await loop.create_unix_server(Echo, path, backlog=1024)
        print("PATH", path, flush=True)
        await server.serve_forever()
    elif mode == "tls":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(os.environ["TLS_PEM"])
        server = await loop.create_server(Echo, ssl=context, **host)
    elif mode == "protocol":
        server = await loop.create_server(Echo, **host)
    elif mode == "buffered":
        server = await loop.create_server(BufferedEcho, **host)
    elif mode == "streams":
        server = await asyncio.start_server(echo, **host)
    elif mode == "lines":
        server = await asyncio.start_server(echo_lines, **host)
    else:
        sys.exit(__doc__)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def version():
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"uvloop {uvloop.__version__}, {python}" if "uvloop" in globals() else python


if __name__ == "__main__":
    argument = sys.argv[1] if len(sys.argv) == 2 else ""
    if argument == "--version":
        print(version())
    else:
        asyncio.run(main(argument))
