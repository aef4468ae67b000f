"""What the table makers of this directory share: the environment with the
real packages, the format of the tables, writing and comparing them."""

import contextlib
import difflib
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "catalog" / "data"


@contextlib.contextmanager
def environment(place, packages, extra=()):
    """The Python of a virtual environment that has the packages.

    One in `place` is used as it is, so that a second run is quick; without
    `place` it is a temporary one.
    """
    with contextlib.ExitStack() as stack:
        if place is None:
            place = pathlib.Path(stack.enter_context(
                tempfile.TemporaryDirectory(prefix="collect-")))
        python = place.absolute() / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(place)],
                           check=True)
            pinned = [f"{name}=={version}" if version else name
                      for name, version in packages.items()]
            subprocess.run([str(python), "-m", "pip", "install", "--quiet",
                            "--prefer-binary", *pinned, *extra], check=True)
        yield python


def render(header, versions, rows):
    lines = [f"# {line}".rstrip() for line in header.strip().splitlines()]
    lines.append("#")
    lines.append("# Made with:")
    lines.extend(f"#   {name} {version}" for name, version in versions.items())
    lines.extend("\t".join(row) for row in rows)
    return "\n".join(lines) + "\n"


def finish(path, text, check):
    """Write the table, or compare it with the one in the repository."""
    name = str(path.relative_to(ROOT))
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"{name}: {len(text)} bytes")
        return 0
    old = path.read_text() if path.exists() else ""
    if old == text:
        print(f"{name}: as the packages say")
        return 0
    sys.stdout.writelines(difflib.unified_diff(
        old.splitlines(True), text.splitlines(True),
        f"{name} (committed)", f"{name} (packages)", n=1))
    return 1
