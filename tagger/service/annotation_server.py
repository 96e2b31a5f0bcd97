"""The server of the annotation page: one process, one annotator, until a signal says to stop."""

import ipaddress
from collections.abc import Callable
from pathlib import Path

from tagger.annotation.annotation_project import AnnotationProject
from tagger.annotation.answer_log import AnswerLog
from tagger.files import locked
from tagger.service.annotation_application import AnnotationApplication
from tagger.service.limits import Limits
from tagger.service.listening_server import ListeningServer, server_config
from tagger.service.server import address_of, bind

MAX_CONNECTIONS = 50


def serve_annotation(folder: Path, annotator: str, host: str, port: int, say: Callable[[str], None]) -> None:
    """Show a project to an annotator until SIGINT or SIGTERM. `say` is told where, and at the end how much is done.

    Raises TaggerError where the project or the address cannot be used, or another server writes the same answers.
    """
    project = AnnotationProject(folder)
    path = project.answers_file(annotator)
    bound = bind(host, port)
    with locked(path):
        log = AnswerLog(path)
        limits = Limits(max_connections=MAX_CONNECTIONS)
        is_local = ipaddress.ip_address(bound.getsockname()[0].partition("%")[0]).is_loopback
        application = AnnotationApplication(project, log, annotator, limits, is_local=is_local)
        server = ListeningServer(server_config(application, limits, timeout_graceful_shutdown=1))
        done = f"{annotator} has answered {len(log.answers):,} of {len(project):,}"
        server.is_ready = lambda: say(f"{done}: go on at {address_of(bound)}")
        try:
            server.run(sockets=[bound])
        finally:
            log.close()
        say(f"{annotator} has answered {len(log.answers):,} of {len(project):,}; the same command goes on from there")
