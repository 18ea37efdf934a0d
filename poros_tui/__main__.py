"""`python -m poros_tui` is the same program as `poros-tui`."""

from poros_tui.cli import main

if __name__ == "__main__":
    main()
