"""Writes the table of the template's parameters for docs/reference/settings.md, group by group, from template.yaml."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/deploy"))

import template  # noqa: E402

PAGE = ROOT / "docs/reference/settings.md"
BEGIN = "<!-- The parameters are made from template.yaml: UPDATE_SETTINGS=1 tests/.deps/venv/bin/python tests/docs/test_reference.py -->\n"
END = "<!-- end -->\n"


def parameters_section():
    """The part of the page between its two comments."""
    loaded = template.load()
    groups = loaded["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    parts = [group_section(group, loaded["Parameters"]) for group in groups]
    return "\n".join(parts)


def group_section(group, parameters):
    rows = [row(name, parameters[name]) for name in group["Parameters"]]
    head = f"### {group['Label']['default']}\n\n| parameter | default | valid | meaning |\n|---|---|---|---|\n"
    return head + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(name, parameter):
    meaning = re.sub(r"\s+", " ", parameter["Description"]).strip().replace("|", "\\|")
    # A page of the repository links pages by itself.
    meaning = meaning.replace("docs/operations/options.md", "[Options](../operations/options.md)")
    return f"`{name}`", default(parameter), valid(parameter), meaning


def default(parameter):
    value = str(parameter["Default"])
    return f"`{value}`" if value else "empty"


def valid(parameter):
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    if "MinValue" in parameter:
        return f"{parameter['MinValue']:,} to {parameter['MaxValue']:,}"
    return parameter["ConstraintDescription"].removesuffix(".")


def page_parts():
    """What stands before, between and after the two comments."""
    before, rest = PAGE.read_text().split(BEGIN)
    between, after = rest.split(END)
    return before, between, after


def update():
    before, _, after = page_parts()
    PAGE.write_text(before + BEGIN + "\n" + parameters_section() + "\n" + END + after)
