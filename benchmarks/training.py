"""Training speed: the recurrence alone compared with other libraries (`recurrence`), and whole trainings (`whole`).

    python benchmarks/training.py [recurrence | whole] [options]

Without a name it runs both with their default options, which `recurrence --help` and `whole --help` list.
"""

import sys
from importlib import import_module

PARTS = {"recurrence": "recurrence", "whole": "whole_training"}


def main() -> None:
    name, *options = sys.argv[1:] or [""]
    if name in ("-h", "--help"):
        print(__doc__)
        return
    if name and name not in PARTS:
        sys.exit(__doc__)
    for part in [name] if name else PARTS:
        import_module(PARTS[part]).main(options)


if __name__ == "__main__":
    main()
