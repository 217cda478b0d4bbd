"""`python -m api.cli` is `rollbook`."""

from api.cli.main import app

if __name__ == "__main__":
    app()
