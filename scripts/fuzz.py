"""Feed the parsers what nobody would write, under libFuzzer, and report what they don't stand.

    python -m scripts.fuzz [--seconds 300] [--target NAME ...] [--findings FOLDER]
    python -m scripts.fuzz --replay FILE

Needs atheris (`pip install "conflict-gazetteer[fuzz]"`). The targets and what they promise are in
`tests/fuzz/`; the time is split evenly over them. Each begins with its corpus in `tests/fuzz/corpus/`.
First come the floods (`tests/fuzz/floods.py`): inputs that grow, of which four times the size may not take
sixteen times as long. What is found is written into a folder outside the checkout, with the command that
shows it again; then this ends with 1. A target runs in a process of its own, since libFuzzer ends the
process that it is in.
"""

import argparse
import pkgutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests/fuzz/corpus"
#: Sizes of a flood in bytes; and how much more time the larger may take, where it takes long enough to tell.
SIZES, MOST_GROWTH, WORTH_TELLING_S = (25_000, 100_000), 10.0, 0.5
#: An input that takes longer is a finding, in seconds; so is one that takes more memory, in MB.
SLOW_S, MOST_MB = 10, 2048
#: What libFuzzer names its findings.
FOUND = ("crash-*", "timeout-*", "oom-*", "leak-*", "flood-*")


def names_asked(given: Sequence[str]) -> list[str]:
    """Return the targets to run: those that are named, or all."""
    known = sorted(folder.name for folder in CORPUS.iterdir())
    for name in given:
        if name not in known:
            raise SystemExit(f"there is no target {name!r}: use one of {', '.join(known)}")
    return list(given) or known


def instrumented() -> None:
    """Import our packages with libFuzzer's counters in their code, and nobody else's."""
    import atheris

    with atheris.instrument_imports(include=["gazetteer", "service"]):
        for package in ("gazetteer", "service"):
            for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
                if not module.name.endswith("__main__"):
                    __import__(module.name)


def run_floods(name: str, findings: Path) -> None:
    """Send the floods of a target; keep one that fails or takes too much more time than a smaller one."""
    from tests.fuzz.floods import FLOODS
    from tests.fuzz.targets import TARGETS

    run = TARGETS[name].run
    run(b"")  # what is opened once is opened now
    for what, flood in FLOODS[name].items():
        small_s, large_s = (_timed(run, flood(size), findings / f"flood-{what}-{size}") for size in SIZES)
        if large_s > WORTH_TELLING_S and large_s > MOST_GROWTH * small_s:
            (findings / f"flood-{what}").write_bytes(flood(SIZES[-1]))
            print(f"{what}: {small_s:.2f} s for {SIZES[0]:,} bytes, {large_s:.2f} s for {SIZES[-1]:,}")


def _timed(run: Callable[[bytes], None], data: bytes, kept: Path) -> float:
    """Return the seconds that an input takes; it stays in a file where it ends this process."""
    kept.write_bytes(data)
    begin = time.perf_counter()
    run(data)
    kept.unlink()
    return time.perf_counter() - begin


def run_target(name: str, seconds: float, findings: Path) -> None:
    """Run one target in this process, which libFuzzer ends."""
    import atheris

    instrumented()
    from tests.fuzz.targets import TARGETS

    run_floods(name, findings)
    target = TARGETS[name]
    with tempfile.TemporaryDirectory(prefix="gazetteer-fuzz-") as folder:
        new, words = Path(folder) / "new", Path(folder) / "words"
        new.mkdir()
        words.write_text("".join(f"{as_word(word)}\n" for word in target.words))
        options = {
            "max_total_time": round(seconds),
            "max_len": target.longest,
            "timeout": SLOW_S,
            "rss_limit_mb": MOST_MB,
            "dict": words,
            "artifact_prefix": f"{findings}/",
            "print_final_stats": 1,
            "verbosity": 1,
        }
        flags = [f"-{option}={value}" for option, value in options.items()]
        atheris.Setup([sys.argv[0], *flags, str(new), str(CORPUS / name)], target.run)
        atheris.Fuzz()


def as_word(word: str) -> str:
    """Return an entry of a libFuzzer dictionary."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogatepass")) + '"'


def replay(file: Path) -> None:
    """Run one input; its target is the name of its folder."""
    from tests.fuzz.targets import TARGETS

    name = file.resolve().parent.name
    if name not in TARGETS:
        raise SystemExit(f"{file} must lie in a folder that is called as its target: {', '.join(TARGETS)}")
    begin = time.perf_counter()
    TARGETS[name].run(file.read_bytes())
    print(f"{name} takes {file} as it should, in {time.perf_counter() - begin:.2f} s")


def run_all(names: Sequence[str], seconds: float, findings: Path) -> list[Path]:
    """Run targets one after the other, and return what was found."""
    found: list[Path] = []
    for name in names:
        folder = findings / name
        folder.mkdir(parents=True, exist_ok=True)
        before = set(folder.iterdir())
        command = [sys.executable, "-m", "scripts.fuzz", "--inside", "--target", name]
        command += ["--seconds", str(seconds / len(names)), "--findings", str(findings)]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
        )
        new = sorted({file for form in FOUND for file in folder.glob(form)} - before)
        runs = next(
            (line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed" in line), "?"
        )
        print(
            f"{name:14} {runs:>9} inputs  {'found ' + str(len(new)) if new else 'nothing found'}", flush=True
        )
        if new or done.returncode:
            print("\n".join(done.stdout.splitlines()[-30:] + done.stderr.splitlines()[-12:]), flush=True)
        if done.returncode and not new:
            raise SystemExit(f"the target {name} ended with {done.returncode} before it could find anything")
        found += new
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="for all targets together")
    parser.add_argument("--target", action="append", default=[], help="only this one; may be repeated")
    default_folder = Path(tempfile.gettempdir()) / "gazetteer-fuzz-findings"
    parser.add_argument("--findings", type=Path, default=default_folder, help="where findings are written")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one input and end")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)  # in a target's own process
    args = parser.parse_args()
    if args.replay:
        replay(args.replay)
        return
    names = names_asked(args.target)
    if args.inside:
        run_target(names[0], args.seconds, args.findings / names[0])
    found = run_all(names, args.seconds, args.findings)
    for file in found:
        print(f"to see it again: {sys.executable} -m scripts.fuzz --replay {file}")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
