"""Reads template.yaml, with CloudFormation's short forms (`!Ref X`) as their long ones (`{"Ref": "X"}`)."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def short_form(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if name == "Fn::GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name: value}


Loader.add_multi_constructor("!", short_form)


def load():
    return yaml.load((ROOT / "template.yaml").read_text(), Loader)


def resources_of(template, kind):
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def target_of(value):
    """What `!Ref X`, `!GetAtt X.Arn` or `!Sub ${X.Arn}/…` names: `X`, or `X/index/troubled`."""
    if "Ref" in value:
        return value["Ref"]
    if "Fn::GetAtt" in value:
        return value["Fn::GetAtt"][0]
    return value["Fn::Sub"].replace("${", "").replace(".Arn}", "")


def runbook():
    """The operators' document, as text."""
    places = [ROOT / "docs/operations/runbook.md", ROOT / "infra/RUNBOOK.md"]
    return next(place for place in places if place.exists()).read_text()


def as_list(value):
    return value if isinstance(value, list) else [value]
