"""Builds what is compared; what cannot be built here is left out with a word about why."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def target() -> Path:
    """Cargo's folder for what it builds, which git ignores."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Path(json.loads(found.stdout)["target_directory"])


def tailcap(target: Path) -> Path:
    """The binary, in release mode."""
    tell("building tailcap")
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    return target / "release" / executable("tailcap")


def python(scratch: Path) -> Path | None:
    """An interpreter with the drivers' packages, in a folder of its own."""
    folder = scratch / "venv"
    binary = folder / ("Scripts" if os.name == "nt" else "bin") / executable("python")
    pip = [str(binary), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    packages = ["--only-binary", ":all:", "--requirement", str(HERE / "requirements.txt")]
    tell("installing the packages of the Python drivers")
    made = binary.exists() or succeeds([sys.executable, "-m", "venv", str(folder)])
    if made and succeeds(pip + packages):
        return binary
    tell("left out: NumPy and Numba, their packages cannot be installed here")
    return None


def rust_driver(scratch: Path) -> Path | None:
    """The driver of the crate `credit_portfolio_model`."""
    tell("building the driver of credit_portfolio_model")
    folder = scratch / "rust"
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", str(folder)]
    if succeeds(command, HERE / "rust"):
        return folder / "release" / executable("tailcap-peer-cpm")
    tell("left out: credit_portfolio_model, its driver cannot be built here")
    return None


def succeeds(command: list[str], folder: Path | None = None) -> bool:
    """Runs a command; if it fails, the end of what it said is passed on."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        tell("\n".join((done.stderr or done.stdout).splitlines()[-5:]))
    return done.returncode == 0


def executable(name: str) -> str:
    return name + (".exe" if os.name == "nt" else "")
