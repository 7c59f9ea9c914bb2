"""What ships, built by `sam build` and by cargo-lambda alone; both compile into one target directory."""

import os
import pathlib
import subprocess
import time
import zipfile

from cloud import BIN, architecture, command
from template import ROOT

FUNCTIONS = ("api", "intake", "delivery")
# What each has, and a little. The budgets are lower: 8, 5.5 and 6 MB.
MAX_BYTES = {"api": 8_000_000, "intake": 5_600_000, "delivery": 6_950_000}


def run(*arguments):
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    # SAM asks nobody while it builds, but insists on a region.
    environment.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    started = time.monotonic()
    ran = subprocess.run(arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert ran.returncode == 0, f"{' '.join(arguments)}\n{ran.stdout}"
    print(f"{' '.join(arguments[:2])}: {time.monotonic() - started:.0f} s")


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def build():
    """Builds all functions both ways, and prints their sizes."""
    flag = {"arm64": "--arm64", "x86_64": "--x86-64"}[architecture()]
    run("cargo", "lambda", "build", "--release", "--locked", flag, "--output-format", "zip")
    # It finds all compiled. The other way round it would link one function after the other.
    run(command("sam"), "build", "--parameter-overrides", f"Architecture={architecture()}")
    for function in FUNCTIONS:
        by_sam = ROOT / ".aws-sam/build" / f"{function.capitalize()}Function" / "bootstrap"
        with zipfile.ZipFile(target() / "lambda" / function / "bootstrap.zip") as archive:
            by_cargo = archive.read("bootstrap")
        size = by_sam.stat().st_size
        print(f"{function}: {size / 1e6:.2f} MB ({architecture()})")
        assert by_cargo == by_sam.read_bytes(), f"{function}: SAM and cargo-lambda built different binaries"
        limit = MAX_BYTES[function]
        assert size <= limit, f"{function} has {size} bytes; it has to stay below {limit}"
