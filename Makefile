# The thin front of the house: one word per job, the same here and in CI.
#   make help

.DEFAULT_GOAL := help
.PHONY: help run build test cluster-test soak lint fuzz audit fuzz-coverage bench bench-guard lighthouse screenshots \
	dist release-test clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 \t/p' Makefile | expand -t 24

# After a `sudo make run`, say: cmake and the server tell of it in many words.
is_ours = for folder in $(1); do [ ! -e $$folder ] || [ -w $$folder ] || { \
	echo "$$folder belongs to another account: sudo chown -R $$(id -un): $$folder" >&2; exit 1; }; done

# Another port: make run ARGS="--listen 127.0.0.1:8090 --admin-listen 127.0.0.1:8091"
run: build ## install what is missing, build, serve on http://127.0.0.1:8080 with data in ./var; ARGS="--listen …" adds options
	@$(call is_ours,var)
	@build/timecapsule serve --data var $(ARGS)

build: ## the release program, at build/timecapsule
	@$(call is_ours,build build/release)
	@deploy/packages run
	@cmake --preset release >/dev/null
	@cmake --build --preset release
	@ln -sfn release/timecapsule build/timecapsule

test: ## every spec once, debug and release, both databases, and lint; last line: N passed, N failed
	@deploy/packages test
	@spec/run

cluster-test: ## three database nodes, two servers and nginx, broken in every way that is known; prints a table; five minutes
	@deploy/packages test
	@spec/cluster/run

soak: ## all that takes long: large counts, hostile GC, ThreadSanitizer, valgrind, fuzzers
	@deploy/packages soak
	@SOAK=1 spec/run

lint: ## gcc and clang warnings, clang-format, clang-tidy and its analyzer, cppcheck, luacheck, shellcheck, tsc, house rules
	@deploy/packages test
	@spec/lint

fuzz: ## libFuzzer on every target, TIME seconds each (60); make fuzz TARGET=http for one
	@deploy/packages fuzz
	@spec/fuzz/run $(TARGET)

audit: ## attackers on the server's three sides, fuzzers, slowhttptest, clang's analyzer: what is new; TIME seconds each (60)
	@deploy/packages soak
	@deploy/packages fuzz
	@spec/audit/run

fuzz-coverage: ## which lines the fuzzers' inputs reach, per file
	@deploy/packages fuzz
	@spec/fuzz/coverage

bench: build ## one table: rates, processor time, waiting beside floors and peers; ten minutes; RECORD=1 writes it to bench/results.md
	@deploy/packages bench
	@RECORD=$(RECORD) bench/all

bench-guard: build ## instructions of an answer and of a reload against bench/guard.figures; RECORD=1 writes those
	@deploy/packages test
	@BUILD=build/release RECORD=$(RECORD) bench/guard

lighthouse: build ## Lighthouse's figures for the pages that people meet first
	@deploy/packages test
	@bench/lighthouse/run

screenshots: ## the README's pictures, and every page in every state in build/reports/screenshots
	@deploy/packages test
	@cmake --preset debug >/dev/null
	@cmake --build --preset debug
	@spec/browser/install
	@node docs/images/make.mjs
	@node spec/browser/screenshots.mjs

dist: ## what is shipped, in build/dist: the source, Debian 13's package, checksums; needs root and debootstrap
	@deploy/dist

release-test: ## each Debian whole in a root of its own, the package, the image, the alerts; needs root and debootstrap
	@deploy/release-test

clean: ## forget everything built (not ./var)
	rm -rf build
