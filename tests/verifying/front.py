"""TLS before an engine: a certificate, and a listener that takes it off and hands the rest on."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """A CA of its own that signs what it is asked to, wrong names and past dates included."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test ca")])
        built = self._builder(self._name, self._key.public_key(), 30).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        signed = built.add_extension(_usage(), critical=True).sign(self._key, hashes.SHA256())
        self.ca_file = str(folder / "ca.pem")
        Path(self.ca_file).write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def context(self, *, ip: str = "127.0.0.1", days: int = 30) -> ssl.SSLContext:
        """Give a server's context with a certificate for this address, good for so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "node")])
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ip))])
        built = self._builder(name, key.public_key(), days)
        built = built.add_extension(alternative, critical=False)
        signed = built.sign(self._key, hashes.SHA256())
        file = self.folder / f"{ip}-{days}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, name, key, days: int) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=60))
            .not_valid_after(now + dt.timedelta(days=days))
        )


def _usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


class Front:
    """One listener. ``context`` None takes plaintext; both can be changed while it runs."""

    def __init__(self, target: int, context: ssl.SSLContext | None) -> None:
        self.target, self.context = target, context
        self.accepted = 0
        self.heard: Callable[[bytes], object] = lambda data: None
        """Told of what a client sends, before it is handed on."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            stack.callback(client.close)
            with contextlib.suppress(OSError):
                if self.context:
                    client.settimeout(5)
                    client = self.context.wrap_socket(client, server_side=True)
                    stack.callback(client.close)
                client.settimeout(None)
                server = stack.enter_context(socket.create_connection(("127.0.0.1", self.target)))
                for side in (client, server):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.update((client, server))
                self._splice(client, server)

    def _splice(self, client: socket.socket, server: socket.socket) -> None:
        # One thread for both directions: an SSL object must not be used by two.
        while True:
            held = isinstance(client, ssl.SSLSocket) and client.pending()
            ready = [client] if held else select.select([client, server], [], [], 30)[0]
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                if source is client:
                    self.heard(data)
                (server if source is client else client).sendall(data)
            if not ready:
                return

    def close(self) -> None:
        # Not close alone: a thread that waits in accept would hold the listener open.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for side in tuple(self._open):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
