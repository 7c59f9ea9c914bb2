#!/usr/bin/env python3
"""Runs the examples of docs/api/*.md exactly as written.

Usage: examples.py PATH-OF-LOCAL

All bash blocks of a page run in one shell, against a local stack. A page fails if a curl does not get a 2xx response.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from conformance import HERE, start_receiver, start_stack, stop

PAGES = HERE.parent.parent / "docs" / "api"


def run_page(page, ready, receiver):
    blocks = re.findall(r"^```bash\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    script = "set -euo pipefail\n" + "\n".join(blocks)
    key = ready["keys"][page.stem]["key"]
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env={**os.environ, "API": ready["api"], "KEY": key, "ENDPOINT": receiver},
            capture_output=True,
            text=True,
            timeout=120,
        )
    if ran.returncode != 0:
        sys.exit(f"{page.name}: an example failed\n{ran.stdout}\n{ran.stderr}")
    print(f"{page.name}: {script.count('curl ')} calls succeeded")


def main():
    pages = sorted(PAGES.glob("*.md"))
    if not pages:
        sys.exit(f"there are no pages to run in {PAGES}")
    receiver = start_receiver()
    with tempfile.TemporaryDirectory() as folder:
        stack, ready = start_stack(pathlib.Path(sys.argv[1]), folder)
        try:
            for page in pages:
                run_page(page, ready, receiver)
        finally:
            stop(stack)


if __name__ == "__main__":
    main()
