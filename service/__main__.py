"""The command gazetteer-serve, and python -m service: Ctrl-C while it is loaded ends in one line, too."""

import os
import signal
import sys


def main() -> None:
    """Run the command."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is signal.default_int_handler:  # whose exception some imports turn into errors of their own
        signal.signal(signal.SIGINT, _stop)
    from service.cli import main as serve

    signal.signal(signal.SIGINT, usual)
    serve()


def _stop(*_: object) -> None:
    sys.stderr.write("\ngazetteer-serve: stopped\n")
    sys.stderr.flush()
    os._exit(130)  # nothing is open yet


if __name__ == "__main__":
    main()
