"""Feed one parser what nobody would write, under libFuzzer: python -m scripts.fuzz TARGET [SECONDS].

``make fuzz`` runs all targets of `tests/fuzz/`, each in a process of its own, which libFuzzer ends: with 0
where it found nothing. What it finds is put into the folder of the target's corpus, where
`make test ARGS=tests/fuzz` shows it again. Needs atheris (`pip install "conflict-gazetteer[fuzz]"`).
"""

import pkgutil
import sys
import tempfile
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
#: An input that takes more seconds or more MB is a finding.
FLAGS = ["-timeout=10", "-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1"]


def main(name: str, seconds: str = "20") -> None:
    with redirect_stderr(StringIO()), atheris.instrument_imports(include=["gazetteer", "service"]):
        for package in ("gazetteer", "service"):
            for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
                if not module.name.endswith("__main__"):
                    __import__(module.name)
    from tests.fuzz.targets import TARGETS

    target, corpus = TARGETS[name], ROOT / "tests/fuzz/corpus" / name
    target.run(min(corpus.iterdir()).read_bytes())  # what is made once isn't the time of the first input
    with tempfile.TemporaryDirectory() as new, tempfile.NamedTemporaryFile("w") as words:
        for word in target.words:
            coded = "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogatepass"))
            words.write(f'"{coded}"\n')
        words.flush()
        flags = [f"-max_total_time={seconds}", f"-max_len={target.longest}", f"-dict={words.name}"]
        atheris.Setup([name, *FLAGS, *flags, f"-artifact_prefix={corpus}/", new, str(corpus)], target.run)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
