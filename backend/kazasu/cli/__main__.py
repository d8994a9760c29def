"""`python -m kazasu.cli`: the command line where no script is installed."""

from kazasu.cli import main

if __name__ == "__main__":
    main(prog_name="kazasu")
