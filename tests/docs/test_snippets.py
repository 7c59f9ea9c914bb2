#!/usr/bin/env python3
"""Every command and every snippet of the documents is run by a test, or says why none runs it.

The words after a block's language say which:

    bash, python                on a page that tests/api/examples.py runs
    … runs: PATH                a test at this path runs it
    … copied from: PATH         its lines are lines of this file, in the same order, and a test runs that file
    … not run: REASON           for the reader only

Blocks without a language are output, queries and pictures. A block of commands must not hide among them.
"""

import re
import sys
import unittest

from test_links import ROOT, pages_below

sys.path.insert(0, str(ROOT / "tests/api"))

import pages as tested  # noqa: E402

# Decisions and the inner workings show code of their time, and no commands.
NOT_FOR_USERS = ROOT / "docs/design"
FENCE = re.compile(r"^ *```([^\n`]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ *(curl|aws|cargo|posthorn|sam|python3|pip|jq|change) ", re.MULTILINE)
# Their commands are shown with their responses, and the examples of each profile's page run the same requests.
SHOWN_WITH_RESPONSES = {ROOT / "docs/reference/api.md", ROOT / "docs/reference/operator-api.md"}


def blocks_of(page):
    """Language, the words after it, and the text of each block."""
    for words, text in FENCE.findall(page.read_text()):
        language, _, rest = words.partition(" ")
        yield language, rest.strip(), text


def is_a_subsequence(lines, of):
    rest = iter(of)
    return all(line in rest for line in lines)


def problem_of(page, language, rest, text):
    """What is wrong with a block, or None."""
    if not language:
        is_hidden = COMMAND.search(text) and page not in SHOWN_WITH_RESPONSES
        return "it has commands: give it the language `bash`, or `sh` with `not run: REASON`" if is_hidden else None
    if language in ("json", "text"):
        return None
    if not rest:
        return None if language in ("bash", "python") and page in tested.PAGES else "no test runs it, and it does not say why"
    how, _, what = rest.partition(": ")
    if how == "not run":
        return None if what else "it gives no reason"
    if how not in ("runs", "copied from"):
        return f"{how!r} is none of `runs: PATH`, `copied from: PATH` and `not run: REASON`"
    if not (ROOT / what).exists():
        return f"there is no {what}"
    if how == "copied from" and not is_a_subsequence(text.splitlines(), (ROOT / what).read_text().splitlines()):
        return f"it differs from {what}"
    return None


def users_pages():
    return [page for page in pages_below(ROOT) if NOT_FOR_USERS not in page.parents]


class Snippets(unittest.TestCase):
    def test_every_snippet_is_run_or_says_why_not(self):
        for page in users_pages():
            for language, rest, text in blocks_of(page):
                with self.subTest(page=str(page.relative_to(ROOT)), block=text.splitlines()[0] if text else ""):
                    self.assertIsNone(problem_of(page, language, rest, text))

    def test_every_page_that_runs_has_something_to_run(self):
        for page in tested.PAGES:
            self.assertTrue(tested.blocks_of(page, "bash") + tested.blocks_of(page, "python"), page.name)


class TheCheckItself(unittest.TestCase):
    page = ROOT / "docs/reference/limits.md"

    def test_a_command_that_no_test_runs_is_found(self):
        self.assertIsNotNone(problem_of(self.page, "bash", "", "curl x\n"))
        self.assertIsNotNone(problem_of(self.page, "", "", "curl x\n"))
        self.assertIsNotNone(problem_of(self.page, "sh", "not run:", "curl x\n"))
        self.assertIsNone(problem_of(self.page, "sh", "not run: it needs AWS", "curl x\n"))

    def test_a_copy_that_differs_is_found(self):
        right = "const { createHmac, timingSafeEqual } = require('node:crypto');\n"
        self.assertIsNone(problem_of(self.page, "javascript", "copied from: tests/snippets/verify.js", right))
        self.assertIsNotNone(problem_of(self.page, "javascript", "copied from: tests/snippets/verify.js", right.replace("Hmac", "Hash")))


if __name__ == "__main__":
    unittest.main()
