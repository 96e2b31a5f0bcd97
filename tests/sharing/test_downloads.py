"""Models at https addresses, from a real server on this machine with a certificate made for the test."""

import hashlib
import shutil
import ssl
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import tagger as package
from tagger.errors import ModelError
from tagger.model import model_download
from tagger.model.shipped_models import find_model


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of a key and of a certificate for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    about = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, "req", "-x509", *curve, *files, *about], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def server(certificate, archive):
    """An https server: its address, and the paths that were asked for."""
    content = archive.read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header(
                    "Location",
                    {"/to/http": "http://ada:secret@127.0.0.1:1/x?signature=secret"}.get(self.path, self.path[3:]),
                )
                self.end_headers()
                return
            if self.path == "/loop":
                self.send_response(302)
                self.send_header("Location", "/loop")
                self.end_headers()
                return
            if not self.path.startswith(("/pets", "/half")):
                self.send_error(404, "\x1b[31mGone")
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if self.path.startswith("/pets") else content[: len(content) // 2])

        def log_message(self, *arguments):
            pass

    asked = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving.socket = context.wrap_socket(serving.socket, server_side=True)
    thread = Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{serving.server_port}", asked
    serving.shutdown()
    serving.server_close()


@pytest.fixture
def trusted(certificate, monkeypatch):
    """Lets this process trust the certificate, and no other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def digest(archive):
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def test_a_model_is_downloaded_once_and_then_needs_no_network(
    server, trusted, digest, tiny_model, tagger, tmp_path, cache
):
    address, asked = server
    asked.clear()
    text = tmp_path / "text"
    text.write_text("Ada sees Paris.", encoding="utf-8")
    expected = tagger("tag", text, "--model", tiny_model).out

    for path in ("/pets.zip?key=secret", "/to/pets.zip"):
        done = tagger("tag", text, "--model", f"{address}{path}#sha256={digest}")
        assert (done.code, done.out, done.err) == (0, expected, "")
    assert asked == ["/pets.zip?key=secret"]  # the second one has the same checksum
    assert package.load(f"https://none.invalid/x#sha256={digest.upper()}").tasks == ("upos", "ner")
    assert [path.name for path in cache.iterdir()] == [digest]
    assert "secret" not in (cache / digest / "source.json").read_text()


def test_redirects_are_followed_to_https_alone(server, trusted, digest, cache):
    address, _ = server
    assert find_model(f"{address}/to/pets.zip#sha256={digest}").name == "pets"
    shutil.rmtree(cache)
    for path, why in (("/to/http", "not https; it is not followed"), ("/loop", "answers 302")):
        with pytest.raises(ModelError, match=why) as error:
            find_model(f"{address}{path}#sha256={digest}")
        assert "secret" not in str(error.value)


def test_without_a_checksum_nothing_is_taken_unless_it_is_said(server, trusted, digest, caplog):
    address, asked = server
    asked.clear()
    for fragment in ("", "#sha256=", "#sha256=123", "#md5=" + "0" * 32):
        with pytest.raises(ModelError, match=r"say what its file must be, by its SHA-256: .*#unchecked at its end"):
            find_model(f"{address}/pets.zip{fragment}")
    assert asked == []
    assert find_model(f"{address}/pets.zip#unchecked").name == "pets"
    assert find_model(f"{address}/pets.zip#unchecked").name == "pets"
    assert asked == ["/pets.zip"]  # once a process
    assert "/pets.zip: taken without a checksum" in caplog.text and f"#sha256={digest} at its end" in caplog.text


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/pets.zip#sha256=" + "0" * 64, "is another file than the address says: its SHA-256 is"),
        ("/half.zip#unchecked", "ended after .* bytes"),
        ("/none.zip#unchecked", "answers 404 Not Found: check"),
    ],
)
def test_what_is_not_as_it_should_be_leaves_nothing(server, trusted, cache, path, why):
    with pytest.raises(ModelError, match=why):
        find_model(server[0] + path)
    assert list(cache.iterdir()) == []


def test_a_download_that_is_too_large_ends(server, trusted, cache, monkeypatch):
    monkeypatch.setattr(model_download, "MOST_BYTES", 1000)
    with pytest.raises(ModelError, match="more than 1,000 bytes"):
        find_model(f"{server[0]}/pets.zip?large#unchecked")
    assert list(cache.iterdir()) == []


def test_a_server_that_nobody_vouches_for_is_refused(server, digest, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(ModelError, match="CERTIFICATE_VERIFY_FAILED"):
        find_model(f"{server[0]}/pets.zip#sha256={digest}")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://example.org/x.zip#sha256=" + "0" * 64, "from https addresses alone"),
        ("file:///etc/passwd#unchecked", "from https addresses alone"),
        ("ftp://example.org/x.zip#unchecked", "from https addresses alone"),
        ("https://ada:secret@example.org/x.zip#unchecked", "write it as https://HOST"),
        ("http://ada:secret@example.org/x.zip?key=secret#unchecked", "^http://example.org/x.zip: models are loaded"),
        ("https://ada:secret@example.org:port/x.zip?key=secret#unchecked", "^https://…: is no address of a model"),
        ("https://[secret/x.zip?key=secret#unchecked", "^https://…: is no address of a model"),
        ("https://example.org/\x1b[31mx.zip?key=secret#unchecked", r"^https://example.org/\?\[31mx.zip: write it"),
        ("https:///x.zip#unchecked", "write it as https://HOST"),
        ("https://example.org:port/x.zip#unchecked", "is no address of a model"),
        ("https://exa mple.org/x.zip#unchecked", "write it as https://HOST"),
        ("https://127.0.0.1:1/x.zip#unchecked", "could not be downloaded .*: check the address and the connection"),
    ],
)
def test_other_addresses_are_refused_and_no_connection_says_so(address, why, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(ModelError, match=why) as error:
        find_model(address)
    assert "secret" not in str(error.value) and "\n" not in str(error.value)
