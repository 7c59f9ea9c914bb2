#!/usr/bin/env python3
"""Checks that every relative link and every anchor in the repository's Markdown files leads somewhere.

Links to other sites are not followed: a check must not depend on somebody else's server.
"""

import pathlib
import re
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Folders that hold what was installed or built.
NOT_OURS = {".aws-sam", ".deps", ".git", "node_modules", "target"}

FENCED_CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def pages_below(folder):
    """Every Markdown file below `folder` that belongs to the project."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in NOT_OURS:
            yield from pages_below(path)
        elif path.suffix == ".md":
            yield path


def links_of(text):
    """The targets of the links in a page, without what only looks like a link inside code."""
    without_blocks = FENCED_CODE.sub("", text)
    # A link's text may hold code, so code is replaced by a word and not removed.
    return LINK.findall(INLINE_CODE.sub("code", without_blocks))


def anchors_of(text):
    """The anchors that GitHub makes from a page's headings."""
    anchors = set()
    for heading in HEADING.findall(FENCED_CODE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        taken = [anchor, *(f"{anchor}-{number}" for number in range(1, 100))]
        anchors.add(next(name for name in taken if name not in anchors))
    return anchors


def problem_of(page, link):
    """What is wrong with a link of a page, or None."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
    if not target.exists():
        return f"{link}: there is no such file"
    if not target.is_relative_to(ROOT):
        return f"{link}: leads out of the repository"
    if parts.fragment and target.suffix == ".md" and parts.fragment not in anchors_of(target.read_text()):
        return f"{link}: the page has no such heading"
    return None


class Links(unittest.TestCase):
    def test_every_link_leads_somewhere(self):
        for page in pages_below(ROOT):
            problems = [problem for link in links_of(page.read_text()) if (problem := problem_of(page, link))]
            with self.subTest(page=str(page.relative_to(ROOT))):
                self.assertEqual(problems, [], "fix the link, or the name of what it leads to")

    def test_every_page_is_reached_from_the_readme(self):
        reached, waiting = set(), [ROOT / "README.md"]
        while waiting:
            page = waiting.pop()
            if page in reached or page.suffix != ".md" or not page.is_file():
                continue
            reached.add(page)
            paths = [urllib.parse.urlsplit(link).path for link in links_of(page.read_text()) if "://" not in link]
            waiting += [(page.parent / path).resolve() for path in paths if path]
        missing = [str(page.relative_to(ROOT)) for page in pages_below(ROOT) if page not in reached]
        self.assertEqual(missing, [], "link these pages from docs/README.md")


class TheCheckItself(unittest.TestCase):
    def test_a_heading_gives_the_anchor_that_github_gives(self):
        self.assertEqual(anchors_of("# Scale\n## `POST /events`, twice\n# Scale\n"), {"scale", "post-events-twice", "scale-1"})

    def test_code_holds_no_links(self):
        self.assertEqual(links_of("`a[0](b)` and [`c`](d.md)\n```\n[e](f.md)\n```\n"), ["d.md"])

    def test_a_missing_file_and_a_missing_heading_are_found(self):
        page = ROOT / "README.md"
        for link in ("no-such-file.md", "#no-such-heading", "docs/README.md#no-such-heading"):
            self.assertIsNotNone(problem_of(page, link), link)


if __name__ == "__main__":
    unittest.main()
