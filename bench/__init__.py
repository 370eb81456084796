"""The measurements that the README quotes. `make bench` runs them, `python -m bench --help` says more."""
