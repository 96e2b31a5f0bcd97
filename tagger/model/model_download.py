"""Models at an https address, downloaded into the cache: checked by their SHA-256, of bounded size.

An address ends in the SHA-256 of what lies there, `https://example.org/shop-1.0.zip#sha256=…`, so that a server that
was taken over cannot give another model. What was downloaded once needs no network again.
"""

import hashlib
import http.client
import logging
import re
import ssl
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, urlsplit, urlunsplit

from tagger.errors import ModelError
from tagger.model.model_archive import unpacked_file
from tagger.model.model_cache import CACHE_VARIABLE, cache_folder, cached_model

MOST_BYTES = 2 << 30
"""Most bytes of a download."""
UNCHECKED = "unchecked"
"""Fragment of an address whose file is taken as it is."""
_SECONDS = 30.0
"""Seconds in which a server must answer, or send the next piece."""
_PIECE = 1 << 20
_TAKEN: dict[str, Path] = {}
"""The model of each address that this process has taken without a checksum: a command asks for its model many times."""
_CHECKSUM = re.compile(r"sha256=([0-9a-f]{64})", re.IGNORECASE)


def downloaded_model(address: str) -> Path:
    """Return the model folder in the cache of the zip file or wheel at an address, downloaded if it is not there yet.

    Raises ModelError for an address that is not https or has no checksum, for a file with another one, and where
    nothing can be downloaded.
    """
    parts, shown = _split(address)
    match = _CHECKSUM.fullmatch(parts.fragment)
    if match is None and parts.fragment != UNCHECKED:
        raise ModelError(
            f"{shown}: say what its file must be, by its SHA-256: the same address with #sha256=… at its end (whoever "
            f"shares a model names it); to take whatever lies there, the same address with #{UNCHECKED} at its end"
        )
    digest = match[1].lower() if match else ""
    if digest and (found := cached_model(digest)):
        return found.folder
    if not digest and (model := _TAKEN.get(address)) and model.is_dir():
        return model
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:  # has no name: whatever ends us leaves nothing
            for piece in _pieces(urlunsplit(parts._replace(fragment="")), shown):
                file.write(piece)
            file.seek(0)
            found_digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest and found_digest != digest:
                raise ModelError(
                    f"{shown}: is another file than the address says: its SHA-256 is {found_digest}; nothing is kept"
                )
            model = unpacked_file(file, shown, shown)
    except OSError as error:
        raise ModelError(
            f"{folder}: a model could not be kept there: {error.strerror or error}; {CACHE_VARIABLE} names "
            "another folder"
        ) from None
    if not digest:
        _TAKEN[address] = model
        logging.getLogger(__name__).warning(
            "%s: taken without a checksum; to get no other file another time, write the same address with "
            "#sha256=%s at its end",
            shown,
            found_digest,
        )
    return model


def _split(address: str) -> tuple[SplitResult, str]:
    """Return the parts of an address, and how messages show it."""
    shown = _shown(address)
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ModelError(f"{shown}: is no address of a model: its host or its port is wrong") from None
    if parts.scheme.lower() != "https":
        raise ModelError(f"{shown}: models are loaded from https addresses alone; download it, and give the file")
    if not host or "@" in parts.netloc or re.search(r"[\s\x00-\x1f\x7f]", address) or not address.isascii():
        raise ModelError(f"{shown}: write it as https://HOST/PATH.zip#sha256=…")
    return parts, shown


def _shown(address: str) -> str:
    """Return how messages show an address: scheme, host and path, because what else it has may be secret."""
    scheme, _, rest = address.partition("://")
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port is not None else ""
        shown = f"{parts.scheme}://{host}{port}{parts.path}"
    except ValueError:
        shown = f"{scheme}://…" if rest else "the address"
    return "".join(each if each.isprintable() else "?" for each in shown)


class _HttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, to https alone."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """Return the request of the new address. Raises ModelError for one that is not https."""
        if urlsplit(newurl).scheme.lower() != "https":
            shown = _shown(newurl)
            raise ModelError(f"{shown}: the server leads to this address, which is not https; it is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _pieces(address: str, shown: str) -> Iterator[bytes]:
    """Yield what lies at an address in pieces. Raises ModelError where it does not come whole."""
    opener = urllib.request.OpenerDirector()  # without what reads files, ftp or plain http
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _HttpsRedirects(),
    ):
        opener.add_handler(handler)
    size = 0
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "rnn-tagger"})
        with opener.open(request, timeout=_SECONDS) as answer:
            expected = answer.headers.get("Content-Length", "")
            while size <= MOST_BYTES and (piece := answer.read(_PIECE)):
                size += len(piece)
                yield piece
    except urllib.error.HTTPError as error:
        meaning = http.client.responses.get(error.code, "")  # what the server says of it is a stranger's text
        raise ModelError(f"{shown}: the server answers {error.code} {meaning}: check the address") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # URLError is an OSError
        reason = getattr(error, "reason", None) or error
        why = "".join(each for each in str(reason) if each.isprintable()) or type(reason).__name__
        raise ModelError(
            f"{shown}: could not be downloaded ({why}): check the address and the "
            "connection, or download it elsewhere and give the file"
        ) from None
    if size > MOST_BYTES:
        raise ModelError(f"{shown}: more than {MOST_BYTES:,} bytes; download it in another way, and give the file")
    if expected.isdecimal() and size != int(expected):
        raise ModelError(f"{shown}: ended after {size:,} of {int(expected):,} bytes: try again")
