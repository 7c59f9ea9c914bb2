"""The template as CloudFormation would read it with some parameters: which resources there are, and with which values.

Only what the tests ask about is computed. A reference to a resource stays as it is written (`{"Ref": "Table"}`).
"""

import re

import template
from template import target_of

TEMPLATE = template.load()
FUNCTIONS = ("api", "intake", "delivery")
NOTHING = object()


class Stack:
    """The template with these parameters, and the defaults of all others."""

    def __init__(self, **given):
        unknown = set(given) - set(TEMPLATE["Parameters"])
        assert not unknown, f"the template has no parameters {unknown}"
        defaults = {name: parameter["Default"] for name, parameter in TEMPLATE["Parameters"].items()}
        self.parameters = {name: str(value) for name, value in {**defaults, **given}.items()}
        self.resources = {
            name: self.value(resource)
            for name, resource in TEMPLATE["Resources"].items()
            if self.holds(resource.get("Condition"))
        }

    def of_type(self, kind):
        """Name to properties, for every resource of a type."""
        return {name: one.get("Properties", {}) for name, one in self.resources.items() if one["Type"] == kind}

    def properties(self, name):
        return self.resources[name]["Properties"]

    def function(self, name):
        """A function's properties, with what it has from `Globals`."""
        return {**self.value(TEMPLATE["Globals"]["Function"]), **self.properties(f"{name.capitalize()}Function")}

    def variables(self):
        """The functions' environment."""
        return self.value(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])

    def mappings(self, name):
        """The event source mappings of a function."""
        mappings = self.of_type("AWS::Lambda::EventSourceMapping").values()
        return [one for one in mappings if target_of(one["FunctionName"]) == f"{name.capitalize()}Function"]

    def refusals(self):
        """The names of the rules that refuse these parameters."""
        return {name for name, rule in TEMPLATE.get("Rules", {}).items() if self.refuses(rule)}

    def refuses(self, rule):
        applies = self.truth(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}))
        return applies and not all(self.truth(assertion["Assert"]) for assertion in rule["Assertions"])

    def holds(self, condition):
        return condition is None or self.truth(TEMPLATE["Conditions"][condition])

    def truth(self, expression):
        ((kind, argument),) = expression.items()
        match kind:
            case "Condition":
                return self.holds(argument)
            case "Fn::Equals":
                left, right = (self.value(side) for side in argument)
                return str(left) == str(right)
            case "Fn::Not":
                return not self.truth(argument[0])
            case "Fn::And":
                return all(map(self.truth, argument))
            case "Fn::Or":
                return any(map(self.truth, argument))
        raise AssertionError(f"{kind} is no condition that this reader knows")

    def value(self, node):
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value is not NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((kind, argument),) = node.items()
            if (computed := self.computed(kind, argument)) is not None:
                return computed
        values = {key: self.value(value) for key, value in node.items()}
        return {key: value for key, value in values.items() if value is not NOTHING}

    def computed(self, kind, argument):
        """An intrinsic function's value; none where it depends on a resource, or is no function."""
        match kind:
            case "Ref":
                return NOTHING if argument == "AWS::NoValue" else self.parameters.get(argument)
            case "Fn::If":
                condition, then, otherwise = argument
                return self.value(then if self.holds(condition) else otherwise)
            case "Fn::Split":
                text = self.value(argument[1])
                return text.split(argument[0]) if isinstance(text, str) else None
            case "Fn::Sub":
                return self.substituted(argument)
            case "Fn::FindInMap":
                name, first, second = map(self.value, argument)
                return TEMPLATE["Mappings"][name][first][second]
        return None

    def substituted(self, text):
        """Parameters by their values. What names a resource stays; pseudo parameters lose their prefix, as in `<Region>`."""
        text = re.sub(r"\$\{(\w+)\}", lambda found: self.parameters.get(found[1], found[0]), text)
        text = re.sub(r"\$\{AWS::(\w+)\}", r"<\1>", text)
        return {"Fn::Sub": text} if "${" in text else text
