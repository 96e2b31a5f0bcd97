"""The files of the page at `/`, read once, with the headers that keep a browser to them."""

from dataclasses import dataclass
from pathlib import Path

from tagger.service.http_errors import Headers

PAGE_FOLDER = Path(__file__).resolve().parent / "page"
MEDIA_TYPES_OF_FILES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
"""The files of these endings are served."""
_HEADERS: Headers = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
]


@dataclass(frozen=True)
class PageFile:
    """A file of the page."""

    content: bytes
    media_type: str
    headers: Headers


def page_files(folder: Path = PAGE_FOLDER) -> dict[str, PageFile]:
    """Return the files of the page by their address: `/` for index.html, `/page/NAME` for all."""
    files = {
        f"/page/{path.name}": PageFile(path.read_bytes(), MEDIA_TYPES_OF_FILES[path.suffix], _HEADERS)
        for path in sorted(folder.iterdir())
        if path.suffix in MEDIA_TYPES_OF_FILES and path.is_file()
    }
    if "/page/index.html" in files:
        files["/"] = files["/page/index.html"]
    return files
