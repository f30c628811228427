//! Benchmarks of this workspace; see `docs/benchmarking.md`.
