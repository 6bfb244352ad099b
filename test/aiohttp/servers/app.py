"""An aiohttp.web application for the client's tests. Prints its port, and ends when its input does."""

import asyncio
import gzip
import sys
import zlib

from aiohttp import WSMsgType, web


async def echo(request):
    """What has come, as JSON."""
    body = await request.read()
    headers = [[name, value] for name, value in request.headers.items()]
    return web.json_response(
        {
            "method": request.method,
            "path": request.path,
            "query": [list(pair) for pair in request.query.items()],
            "headers": headers,
            "chunked": request.headers.get("Transfer-Encoding") == "chunked",
            "cookies": dict(request.cookies),
            "length": len(body),
            "body": body.decode("latin1"),
        }
    )


async def status(request):
    return web.Response(status=int(request.match_info["status"]), reason=request.query.get("reason"), text="body of it")


async def set_cookie(request):
    response = web.json_response({})
    for name, value in request.query.items():
        response.set_cookie(name, value, httponly=True, max_age=100)
    return response


async def redirect(request):
    return web.Response(status=int(request.match_info["status"]), headers={"Location": request.query["to"]}, text="elsewhere")


async def chunked(request):
    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for number in range(int(request.match_info["count"])):
        await response.write(b"line %d\n" % number)
        await asyncio.sleep(0)
    await response.write_eof()
    return response


async def compressed(request):
    text = b"level ten\n" * 20000
    kind = request.match_info["kind"]
    if kind == "gzip":
        data = gzip.compress(text)
    elif kind == "deflate":
        data = zlib.compress(text)
    else:
        packer = zlib.compressobj(wbits=-15)
        data = packer.compress(text) + packer.flush()
        kind = "deflate"
    return web.Response(body=data, headers={"Content-Encoding": kind, "Content-Type": "text/plain"})


async def upload(request):
    reader = await request.multipart()
    parts = []
    while (part := await reader.next()) is not None:
        data = await part.read()
        parts.append([part.name, part.filename, part.headers.get("Content-Type"), data.decode("latin1")])
    return web.json_response(parts)


async def form(request):
    fields = await request.post()
    return web.json_response([list(pair) for pair in fields.items()])


async def slow(request):
    await asyncio.sleep(3600)


async def charset(request):
    return web.Response(body="Größe".encode("latin1"), headers={"Content-Type": "text/plain; charset=latin1"})


async def big(request):
    return web.Response(body=bytes(range(256)) * 4096 * int(request.match_info["mebibytes"]))


async def websocket(request):
    ws = web.WebSocketResponse(protocols=("tower", "chat"), heartbeat=None)
    await ws.prepare(request)
    async for message in ws:
        if message.type == WSMsgType.TEXT:
            if message.data == "close":
                await ws.close(code=4001, message=b"as asked")
            elif message.data == "drop":
                request.transport.abort()
            elif message.data == "ping":
                await ws.ping(b"from the server")
            else:
                await ws.send_str("echo " + message.data)
        elif message.type == WSMsgType.BINARY:
            await ws.send_bytes(message.data[::-1])
    return ws


async def silent_websocket(request):
    """Accepts, and never reads a frame: no pong comes."""
    ws = web.WebSocketResponse(autoping=False)
    await ws.prepare(request)
    await asyncio.sleep(3600)


async def main():
    app = web.Application(client_max_size=1 << 26)
    app.router.add_route("*", "/echo", echo)
    app.router.add_route("*", "/status/{status}", status)
    app.router.add_route("*", "/redirect/{status}", redirect)
    app.router.add_get("/cookie", set_cookie)
    app.router.add_get("/chunked/{count}", chunked)
    app.router.add_get("/compressed/{kind}", compressed)
    app.router.add_post("/upload", upload)
    app.router.add_post("/form", form)
    app.router.add_get("/slow", slow)
    app.router.add_get("/charset", charset)
    app.router.add_get("/big/{mebibytes}", big)
    app.router.add_get("/ws", websocket)
    app.router.add_get("/silent", silent_websocket)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
