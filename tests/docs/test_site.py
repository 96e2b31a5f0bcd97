"""What the documentation says of files, commands and settings is true of the code. `mkdocs build --strict` checks the
links between pages."""

import re
import shlex
import sys
from pathlib import Path

import pytest
from pages import DOCS, ROOT, blocks_of, difference, pages

from tagger.config.pretraining_keys import CharacterModelConfig
from tagger.config.schema import Config
from tagger.config.word_model_keys import WordModelConfig

README = ROOT / "README.md"
COMMAND = re.compile(r"(?:^|[;|&]\s*|\s)tagger (?P<arguments>[a-z]+\b[^|;&>#\n]*)")
FOLDERS = ("tagger", "tests", "configs", "corpora", "benchmarks", "scripts", "docs")


def test_the_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) < 120


def test_the_readme_links_to_what_is_there():
    targets = re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", README.read_text(encoding="utf-8"))
    assert len(targets) > 10
    for target, anchor in targets:
        assert (ROOT / target).is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (ROOT / target).read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [
                re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings
            ]


@pytest.mark.parametrize("page", [*pages(), ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_a_page_names_only_files_of_the_project_that_there_are(page):
    for name in re.findall(rf"(?<![\w/.])(?:{'|'.join(FOLDERS)})/[\w./-]*\w", page.read_text(encoding="utf-8")):
        assert "NAME" in name or (ROOT / name).exists(), f"{page.name}: there is no {name}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_what_a_page_tells_its_test_stands_before_the_right_block(page):
    for block in blocks_of(page):
        for comment in block.comments:
            if comment == "numbers vary":
                assert block.language == "text" and block.follows_code, f"{page.name}:{block.line}"
            elif comment != "uses quickstart":
                assert block.is_code and comment.split()[0] in ("skip", "needs", "with"), f"{page.name}:{block.line}"


def commands(page):
    """The arguments of each `tagger` command in the `sh` blocks of a page."""
    for block in blocks_of(page):
        if block.language == "sh":
            for command in COMMAND.finditer(block.content.replace("\\\n", " ")):
                yield f"{page.name}:{block.line}", shlex.split(command["arguments"])


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_shows_only_commands_and_options_that_there_are(page):
    from typer.main import get_command

    from tagger.cli.app import app

    group = get_command(app)
    context = group.make_context("tagger", [], resilient_parsing=True)
    for place, (name, *arguments) in commands(page):
        command = group.get_command(context, name)
        assert command is not None, f"{place}: there is no command {name}"
        command.make_context(name, arguments, parent=context)


def test_commands_are_found_on_the_pages():
    found = [arguments for page in pages() for _, arguments in commands(page)]
    assert {arguments[0] for arguments in found} >= {"convert", "inspect", "train", "eval", "compare", "export", "tag"}
    assert len(found) > 30


@pytest.fixture(scope="module")
def hooks():
    pytest.importorskip("mkdocs")
    sys.path.insert(0, str(DOCS))
    try:
        import hooks

        yield hooks
    finally:
        sys.path.remove(str(DOCS))


def check_has_every_key(hooks, page, root):
    """Assert that a page has a row of each key of a configuration."""
    for section, field in root.model_fields.items():
        kind = hooks.section_of(field)
        for key in kind.model_fields if kind else [section]:
            assert re.search(rf"^\| `{key}` \| .+ \| .+ \| \S.* \|$", page, re.MULTILINE), f"{section}.{key}"


def test_the_reference_has_every_key_of_a_configuration_with_its_default(hooks):
    page = hooks.configuration_page()
    check_has_every_key(hooks, page, Config)
    assert "| `epochs` | integer, at least 1 | `10` |" in page
    assert '| `encoder` | `"convolution"` or `"bidirectional"` or `"none"` | `"convolution"` |' in page
    assert "[corpora.tags.ner]" in page


def test_the_reference_has_every_key_of_a_language_model(hooks):
    page = hooks.language_model_page()
    for root, unit in ((CharacterModelConfig, "character"), (WordModelConfig, "word")):
        check_has_every_key(hooks, page, root)
        assert f'| `unit` | `"{unit}"` | required |' in page


def test_the_reference_has_every_command_and_option(hooks):
    sections = hooks.commands_page().split("\n## tagger ")[1:]
    pages = {section.split("\n")[0]: section for section in sections}
    assert list(pages)[:2] == ["convert", "inspect"]
    assert re.search(r"^\| `--jobs <int range>` \| \S.* \|$", pages["tag"], re.MULTILINE)
    assert all(re.search(r"^```sh\ntagger " + name, page, re.MULTILINE) for name, page in pages.items())


def test_the_page_on_contributing_links_to_the_pages_that_it_names(hooks):
    assert "[`docs/architecture.md`](architecture.md)" in hooks.contributing_page()
    assert "`docs/architecture.md`" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_rooms_of_the_architecture_are_the_folders_of_the_package():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^\| `(\w+)/` \|", page.split("## Rooms")[1].split("\n## ")[0], re.MULTILINE)
    assert sorted(rooms) == sorted(path.parent.name for path in (ROOT / "tagger").glob("*/__init__.py"))


@pytest.mark.parametrize(
    ("shown", "printed", "is_same"),
    [
        ("a  b\n", "a b\n", True),
        ("a\n", "b\n", False),
        ("a … c\n", "a b c\n", True),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n", "a\nb\n", False),
        ("f1 12.5, 1,000 tokens\n", "f1 7.25, 20 tokens\n", False),
    ],
)
def test_an_output_is_compared_with_what_a_page_shows(shown, printed, is_same):
    assert (difference(shown, printed) == "") is is_same


def test_numbers_may_be_any_where_a_page_says_so():
    shown = "f1 12.5, 1,000 tokens\n"
    assert difference(shown, "f1 7.25, 20 tokens\n", numbers_vary=True) == ""
    assert difference(shown, "accuracy 7.25, 20 tokens\n", numbers_vary=True)


def test_pages_are_read_block_by_block(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        '<!-- test: needs ray -->\n```sh exit=1\nfalse\n```\n\n```text\nout\n```\n\n```toml title="a.toml"\n```\n'
    )
    command, output, file = blocks_of(page)
    assert (command.exit_code, command.told("needs"), command.is_code, command.line) == (1, "ray", True, 2)
    assert output.follows_code and output.content == "out\n"
    assert file.title == "a.toml" and not file.follows_code


def test_a_block_without_an_end_is_an_error(tmp_path):
    page = Path(tmp_path, "page.md")
    page.write_text("```sh\nls\n")
    with pytest.raises(ValueError, match=r"page\.md:1: the block has no end"):
        list(blocks_of(page))
