"""`python -m benchmarks`: measure everything and write docs/performance.md."""

from benchmarks.suite import main

if __name__ == "__main__":
    main()
