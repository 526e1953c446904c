# pg_tenancy: every task is one script of scripts/, this names them.

PG        ?= 16 18
PG_CONFIG ?=

.DEFAULT_GOAL := help
.PHONY: help demo evidence test fuzz lint bench install package verifier stop clean

help:  ## these lines
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18
	@echo
	@echo "Set PG_TENANCY_CACHE=DIR to share downloads and compiled dependencies between checkouts."

demo:  ## Postgres 18 with the extension in a private cluster, and a tour of what it does
	@scripts/demo

evidence:  ## a proof of the isolation of the demonstration's tenants, as HTML, JSON, OSCAL and TAP
	@scripts/evidence

test:  ## every test on Postgres 16 and 18 (PG="18" or PG=15 for others)
	@scripts/test $(PG)

fuzz:  ## all that the core reads, for a minute each (TARGET=jwt SECONDS=600 for one, for longer)
	@scripts/fuzz "$(or $(TARGET),all)" "$(or $(SECONDS),60)"

lint:  ## formatting, clippy, and the rules of this code base
	@scripts/lint

bench:  ## the benchmarks, side by side
	@scripts/bench

install:  ## build and install into your own Postgres: PG_CONFIG=/path/to/pg_config
	@scripts/install "$(PG_CONFIG)"

package:  ## a .deb for that Postgres: PG_CONFIG=/path/to/pg_config
	@scripts/package "$(PG_CONFIG)"

verifier:  ## tenancy-verify, which checks exports and proofs of traces without a database
	@scripts/verifier

stop:  ## stop the clusters of this checkout
	@scripts/cluster stop

clean:  ## stop them, and remove all that was built or fetched for this checkout
	@scripts/clean
