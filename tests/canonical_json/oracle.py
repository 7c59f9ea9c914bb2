"""Reports which exact values JSON texts have, by Python's json and decimal.

Input and output are those of oracle.mjs, except for what follows the tab: a digest of the value, in which every number has its
exact decimal value and the order of members does not count. A text and its canonical form must have the same digest.
"""

import hashlib
import json
import math
import sys
from decimal import Context, Decimal

# More digits than any generated number has.
EXACT = Context(prec=10_000)


class Members(list):
    """An object's members as they are written, repeated ones included."""


class Number(tuple):
    """A decimal value as sign, digits and power of ten, without zeros around the digits."""


def exact(token):
    mantissa, _, exponent = token.lower().partition("e")
    value = Decimal(mantissa).normalize(EXACT)
    if not value:
        return Number((0, (), 0))
    sign, digits, power = value.as_tuple()
    # Decimal's own exponents have 18 digits at most, Python's integers as many as the text.
    return Number((sign, digits, power + int(exponent or "0")))


def number_trait(token):
    double = float(token)
    if math.isinf(double):
        return "range"
    return "-" if exact(repr(double)) == exact(token) else "unsafe"


def string_trait(text):
    return "surrogate" if any("\ud800" <= character <= "\udfff" for character in text) else "-"


def strings(value):
    if isinstance(value, str):
        yield value
    elif not isinstance(value, Number) and isinstance(value, (list, tuple)):
        for part in value:
            yield from strings(part)


def meaning(value):
    if isinstance(value, Members):
        return {"members": sorted((key, repr(meaning(inner))) for key, inner in dict(value).items())}
    if isinstance(value, list):
        return [meaning(item) for item in value]
    return value


def refuse(word):
    raise ValueError(f"{word} is not JSON")


def verdict(text):
    traits = set()

    def number(token):
        traits.add(number_trait(token))
        return exact(token)

    try:
        value = json.loads(
            text, parse_float=number, parse_int=number, parse_constant=refuse, object_pairs_hook=Members
        )
    except ValueError:
        return "invalid"
    traits.update(map(string_trait, strings(value)))
    digest = hashlib.sha256(repr(meaning(value)).encode()).hexdigest()
    return f"{','.join(sorted(traits - {'-'})) or '-'}\t{digest}"


def texts(data):
    start = 0
    while start < len(data):
        line_feed = data.index(b"\n", start)
        end = line_feed + 1 + int(data[start:line_feed])
        yield data[line_feed + 1 : end].decode()
        start = end


for text in texts(sys.stdin.buffer.read()):
    print(verdict(text))
