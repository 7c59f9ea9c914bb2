"""docs/reference/cli.md, compared with what the programs' help says: every command and every option is on the page."""

import re
import subprocess
import sys

from pages import ROOT

PAGE = ROOT / "docs/reference/cli.md"


def help_of(*command):
    return subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout


def commands_in(text):
    """The names under `Commands:`, without clap's own `help`."""
    listed = re.search(r"^Commands:\n(.*?)(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    names = re.findall(r"^  (\S+)", listed[1], re.MULTILINE) if listed else []
    return [name for name in names if name != "help"]


def options_in(text):
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", text, re.MULTILINE)) - {"--version"}


def missing_of(program):
    """What the page lacks of the operators' command."""
    page = PAGE.read_text()
    for command in commands_in(help_of(program)):
        text = help_of(program, command)
        nested = commands_in(text)
        for name in nested:
            # `redrive` has its three words in one line of the page.
            if not re.search(rf"`{command} [^`]*\b{name}\b", page) and not re.search(rf"posthorn {command} [^`]*\b{name}\b", page):
                yield f"{command} {name}"
        for part in [text, *(help_of(program, command, name) for name in nested)]:
            yield from (f"{command} {option}" for option in options_in(part) if option not in page)


def check_cli_page(local):
    page = PAGE.read_text()
    found = {*missing_of(local.parent / "posthorn")}
    found |= {f"cargo local {option}" for option in options_in(help_of(local)) if option not in page}
    if found:
        sys.exit(f"{PAGE.name} lacks: {', '.join(sorted(found))}")
    print(f"{PAGE.name}: has every command and option")
