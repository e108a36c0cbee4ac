#!/usr/bin/python3
"""Runs a command that reaches the sandbox's OVH API by TLS, as clients do that know nothing else.

Usage: with_tls.py COMMAND [ARGUMENT...]      below `muster sandbox exec`, which sets OVH_ENDPOINT

The bytes inside TLS go to the sandbox unchanged. There are two ways in, and a certificate that holds for both:
  OVH_TLS_PORT   of 127.0.0.1, for a client that takes a host and a port
  HTTPS_PROXY    for a client that always calls eu.api.ovh.com: the proxy connects that name, and no other
"""

import asyncio
import os
import ssl
import subprocess
import sys
import tempfile
import urllib.parse

API_HOST = "eu.api.ovh.com"


def make_certificate(directory):
    certificate, key = directory + "/certificate.pem", directory + "/key.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
        + ["-days", "2", "-subj", "/CN=muster test", "-addext", f"subjectAltName=IP:127.0.0.1,DNS:{API_HOST}"]
        + ["-keyout", key, "-out", certificate],
        capture_output=True,
        text=True,
    )
    if made.returncode != 0:
        sys.exit(f"openssl cannot make a certificate: {made.stderr}")
    return certificate, key


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass  # the other end is told by the close below
    finally:
        writer.close()


class Front:
    def __init__(self, endpoint, context):
        self.host, self.port = endpoint.hostname, endpoint.port
        self.context = context

    async def talk(self, reader, writer):
        to_reader, to_writer = await asyncio.open_connection(self.host, self.port)
        await asyncio.gather(copy(reader, to_writer), copy(to_reader, writer))

    async def connect(self, reader, writer):
        request = (await reader.readuntil(b"\r\n\r\n")).decode().split()
        if request[:2] != ["CONNECT", API_HOST + ":443"]:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.drain()
        await writer.start_tls(self.context)
        await self.talk(reader, writer)


async def serve(command):
    with tempfile.TemporaryDirectory() as directory:
        certificate, key = make_certificate(directory)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        front = Front(urllib.parse.urlsplit(os.environ["OVH_ENDPOINT"]), context)
        direct = await asyncio.start_server(front.talk, "127.0.0.1", 0, ssl=context)
        proxy = await asyncio.start_server(front.connect, "127.0.0.1", 0)
        ports = [server.sockets[0].getsockname()[1] for server in (direct, proxy)]
        environment = {
            **os.environ,
            "OVH_TLS_PORT": str(ports[0]),
            # requests prefers the second spelling, which the machine may have set.
            "HTTPS_PROXY": f"http://127.0.0.1:{ports[1]}",
            "https_proxy": f"http://127.0.0.1:{ports[1]}",
            "NODE_EXTRA_CA_CERTS": certificate,
            "REQUESTS_CA_BUNDLE": certificate,
        }
        child = await asyncio.create_subprocess_exec(*command, env=environment)
        return await child.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(sys.argv[1:])))
