# Two commands matter: make demo (see it work) and make check (all tests and lint). CMake does the work.
.PHONY: all demo check lint dev asan tidy tsan plain format bench simulate fuzz install clean
SOURCES = $(shell git ls-files '*.c' '*.h')
SCRIPTS = $(shell git ls-files '*.sh') .ci/run

all:
	@tools/bootstrap.sh build
	cmake --workflow --preset release

demo: all
	@tools/demo.sh build/release/ct

check:
	@tools/bootstrap.sh check
	$(MAKE) lint
	$(MAKE) dev
	$(MAKE) tidy
	$(MAKE) asan
	$(MAKE) tsan
	$(MAKE) plain
	@echo "check: all green"

lint:
	@clang-format --dry-run --Werror $(SOURCES)
	@shellcheck -x -S warning $(SCRIPTS)
	codespell -q 3 --skip './build,./.git,./tests/fuzz/corpus,*.json,*.txt,*.svg' -L ser,ot,te,fo,nd,nam,nin,laod,fiels,chek,serch .
	cppcheck --enable=warning,performance,portability --std=c11 --inline-suppr --error-exitcode=1 --quiet -j 2 -I src src

# configure, build, run all tests: plain, then with address and undefined-behaviour sanitizers
dev asan:
	cmake --workflow --preset $@

tidy:
	cmake --preset dev >/dev/null
	git ls-files 'src/*.c' | xargs -P 2 -n 6 clang-tidy -p build/dev --quiet

# the program under the thread sanitizer
tsan:
	cmake --preset tsan >/dev/null
	cmake --build --preset tsan
	@tools/tsan.sh $(CURDIR)/build/tsan/ct

# what a packager does
plain:
	cmake -S . -B build/plain -DCMAKE_BUILD_TYPE=Release >/dev/null
	cmake --build build/plain -j 2 >/dev/null
	build/plain/ct --version

format:
	@clang-format -i $(SOURCES)

# bench/README.md; make bench QUICK=1 ONLY='closed|tls' PAIRS=21 SECONDS=10
BENCH_FLAGS = $(if $(QUICK),--quick) $(if $(ONLY),--only '$(ONLY)') $(if $(PAIRS),--pairs $(PAIRS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(RUNS),--runs $(RUNS)) $(if $(BUDGET),--budget $(BUDGET))
bench:
	@tools/bootstrap.sh bench
	cmake --preset bench >/dev/null
	cmake --build --preset bench --target ct recorder bare_loop pacer_floor yardstick
	@python3 -B bench/bench.py build/bench $(BENCH_FLAGS)

# docs/search-table.md: the search against servers whose capacity is known; some minutes of one core
simulate:
	cmake --preset bench >/dev/null
	cmake --build --preset bench --target simulate
	tools/search-table.sh build/bench/tests/simulate > docs/search-table.md.new
	mv docs/search-table.md.new docs/search-table.md

FUZZ_SECONDS ?= 60
fuzz:
	@tools/bootstrap.sh check
	cmake --preset fuzz >/dev/null
	cmake --build --preset fuzz --target fuzzers
	@tools/fuzz.sh build/fuzz/tests/fuzz $(FUZZ_SECONDS)

install: all
	cmake --install build/release

clean:
	rm -rf build
