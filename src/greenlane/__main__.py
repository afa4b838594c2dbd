"""``python -m greenlane``: the same as the console command."""

from greenlane.cli import main

if __name__ == "__main__":
    main()
