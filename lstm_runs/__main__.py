"""python -m lstm_runs: trainings from a shell, in the same run store as the app's."""

import sys

from lstm_runs.cli import main

if __name__ == "__main__":  # a worker process may import this
    sys.exit(main(sys.argv[1:]))
