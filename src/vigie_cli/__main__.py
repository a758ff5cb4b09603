"""`python -m vigie_cli`: the command line, where the script `vigie` is not on the path."""

from vigie_cli.main import run

if __name__ == "__main__":
    run()
