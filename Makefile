# Everything a fresh machine with Python ≥ 3.11 and make needs. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV := $(BIN)/uv
# The lock is the one place that says which uv installs from it.
UV_VERSION := $(shell sed -n '/^name = "uv"$$/{n;s/version = "\(.*\)"/\1/p;}' uv.lock)

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE ?= ghcr.io/kn-mirror/kn-mirror:$(VERSION)
SBOM_FOLDER ?= .
BUILDER ?= $(firstword $(foreach each,buildah podman docker,$(shell command -v $(each))))

export PYTHONPATH := .:shared

.PHONY: help demo test test-fast test-image test-node check tables bench bench-scale bench-hoard image sbom release lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(INSTALLED) ## the certificate story, live; CONTEXT=name plays it on a real cluster
	$(BIN)/python -m demo $(if $(CONTEXT),--context "$(CONTEXT)")

test: check ## lint, types, layers and all tests, on a real kube-apiserver too
	$(BIN)/pytest -n auto -m "not controlplane and not image and not node"
	$(BIN)/pytest -m controlplane

test-fast: check ## the same without the real kube-apiserver
	$(BIN)/pytest -n auto -m "not controlplane and not image and not node"

test-image: check ## the image, built and run; as root, on Debian
	$(BIN)/pytest -m image

test-node: check ## the stories on a node of their own, with Knative; as root, on Linux
	$(BIN)/pytest -m node

check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

tables: $(INSTALLED) ## docs/decisions.md, from what the code decides
	$(BIN)/python -m tests.decisions

bench: $(INSTALLED) ## timings on a real kube-apiserver, beside the bare ones
	$(BIN)/python -m tests.bench

SIZES ?= 100 1000 10000
bench-scale: $(INSTALLED) ## costs by SIZES, numbers of namespaces; writes docs/scale.md
	$(BIN)/python -m tests.bench.scale --write $(SIZES)

bench-hoard: $(INSTALLED) ## memory with 100,000 mirrors; writes docs/scale.md
	$(BIN)/python -m tests.bench.scale --write --hoard

# Flags for the builder's `build` go into IMAGE_FLAGS, as in docs/image.md.
image: ## the image of the functions, by buildah, podman or docker
	$(BUILDER) build $(IMAGE_FLAGS) --tag $(IMAGE) --build-arg VERSION=$(VERSION) \
	  --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(date -u +%FT%TZ) .

sbom: ## kn-mirror.cdx.json, what is in the image, as CycloneDX
	$(BUILDER) build $(IMAGE_FLAGS) --target sbom --output type=local,dest=$(SBOM_FOLDER) .

RELEASE ?= kn-mirror.yaml
OVERLAY ?= default
release: ## kn-mirror.yaml, all manifests in one file; OVERLAY=name for another overlay
	kubectl kustomize knative/overlays/$(OVERLAY) > $(RELEASE)

# The lock names no package index: installing takes the one that the machine is set up for, and the
# hashes say whether it gave the right thing.
lock: $(INSTALLED) ## resolve the dependencies anew
	$(UV) lock --upgrade
	sed -E -i 's#https://[^/"]+/(simple"|packages/)#https://index/\1#' uv.lock

clean: ## remove what make installed here
	rm -rf $(VENV)

$(INSTALLED): pyproject.toml uv.lock
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet uv==$(UV_VERSION)
	$(UV) export --quiet --frozen --no-header --no-annotate --output-file $(VENV)/locked.txt
	$(UV) pip sync --python $(BIN)/python --quiet --require-hashes --compile-bytecode $(VENV)/locked.txt
	touch $@
