"""``python -m analyser`` is the command ``analyser``."""

from analyser.cli import main

if __name__ == "__main__":
    main()
