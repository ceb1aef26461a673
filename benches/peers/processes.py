"""Running a command that has to succeed, and how much memory it took."""

import os
import subprocess
import sys
import tempfile


def said(command: list[str]) -> str:
    """Its standard output."""
    return measured(command)[0]


def measured(command: list[str], environment: dict | None = None) -> tuple[str, int | None]:
    """Its standard output and its peak memory in bytes, where the system tells."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=err)
        peak = None
        if hasattr(os, "wait4"):
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            # Kibibytes on Linux, bytes on macOS.
            peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        code = process.wait()
        if code != 0:
            said = text(err).rstrip()
            raise SystemExit(f"{' '.join(command)}\nended with {code}:\n{said}")
        return text(out), peak


def text(file) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
