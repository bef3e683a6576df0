# What a newcomer runs: `make demo`, `make run`, `make test`. What a developer runs before a
# commit: `make check`. Everything that is missing is installed by `make setup` (see .ci/setup).

SWIFT ?= swift
# Undeclared imports are refused: Package.swift is where the architecture is kept.
GUARD := --explicit-target-dependency-import-check error
QUIET := 2>&1 | { grep -vE '^\[[0-9]+/[0-9]+\]|^remark: Incremental|^warning: .*(prohibited flag|search path)' || true; }
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec

.PHONY: setup build release test test-runtimes check format lint proto check-proto bench fuzz proof demo run clean

setup:
	@.ci/setup build

build: setup
	@$(SWIFT) build $(GUARD) $(QUIET)

release: setup
	@$(SWIFT) build -c release $(GUARD) --product retinue $(QUIET)
	@$(SWIFT) build -c release $(GUARD) --product retinue-agent $(QUIET)

# Every test. End-to-end tests drive the release programs.
test:
	@.ci/setup test
	@$(MAKE) --no-print-directory release
	@.ci/test

# All runtimes at once under one agent and one collector, what each plants found in each heap; and one
# service on Node, Bun and Deno in one report.
test-runtimes:
	@.ci/setup test
	@$(MAKE) --no-print-directory release
	@python3 Tests/Proof/runtimes.py
	@python3 Tests/Proof/engines.py

check: lint check-proto
	@$(MAKE) --no-print-directory test

format:
	@$(SWIFT) format -i -r -p Sources Tests Package.swift

lint:
	@$(SWIFT) format lint -s -r -p Sources Tests Package.swift

proto:
	@proto/generate.sh

check-proto: setup
	@proto/check.sh

# Ratios against DevTools' own worker and JSON.parse, in turns, in one run.
bench:
	@.ci/setup test
	@$(MAKE) --no-print-directory release
	@Tests/Benchmarks/run

# The readers of snapshots against inputs that nobody wrote: SECONDS_EACH=60, RUNS=1000000.
fuzz:
	@.ci/setup build
	@Tests/Fuzzing/run

# The long tests behind the figures: all leak programs, kill -9 rounds, exits, memory.
proof:
	@.ci/setup test
	@$(MAKE) --no-print-directory release
	@Tests/Proof/run

demo:
	@.ci/setup demo
	@$(MAKE) --no-print-directory release
	@deploy/demo/run

run:
	@.ci/setup build
	@$(MAKE) --no-print-directory release
	@exec .build/release/retinue up

clean:
	@rm -rf .build
