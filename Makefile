# Everything a fresh machine with Python ≥ 3.11 and make needs. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV := $(BIN)/uv

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE ?= ghcr.io/kn-mirror/kn-mirror:$(VERSION)
SBOM_FOLDER ?= .
BUILDER ?= $(firstword $(foreach each,buildah podman docker,$(shell command -v $(each))))

export PYTHONPATH := .:shared

.PHONY: help demo install uninstall test test-fast test-image test-node check tables bench bench-scale bench-hoard bench-cli dist image push sbom release lock pins clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: $(INSTALLED) ## the certificate story, live; CONTEXT=name plays it on a real cluster
	@exec $(BIN)/python -m demo --ends-with $$PPID $(if $(CONTEXT),--context "$(CONTEXT)")

# Further variables are in docs/install.md.
install: export BUILDER := $(BUILDER)
install: $(INSTALLED) ## kn-mirror on a cluster: CONTEXT=name, and REGISTRY=… or LOAD=kind|minikube|ctr
	@exec $(BIN)/python -m installer install --ends-with $$PPID

uninstall: $(INSTALLED) ## all of it away from a cluster again, but for its mirrors: CONTEXT=name
	@exec $(BIN)/python -m installer uninstall --ends-with $$PPID

test: check ## lint, types, layers and all tests, on a real kube-apiserver too
	$(BIN)/pytest -n auto --dist loadgroup -m "not controlplane and not image and not node"
	$(BIN)/pytest -n 2 --dist loadfile -m controlplane --ignore=tests/certmanager --ignore=tests/dataplane
	$(BIN)/pytest -m controlplane tests/certmanager tests/dataplane

test-fast: check ## the same without the real kube-apiserver
	$(BIN)/pytest -n auto --dist loadgroup -m "not controlplane and not image and not node"

test-image: check ## the image, built and run; as root, on Debian
	$(BIN)/pytest -m image --timeout=600

test-node: check ## the stories on a node of their own, with Knative; as root, on Linux
	$(BIN)/pytest -m node

check: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

tables: $(INSTALLED) ## docs/decisions.md and docs/codes.md, from the code
	$(BIN)/python -m tests.decisions

bench: $(INSTALLED) ## timings on a real kube-apiserver, beside the bare ones
	$(BIN)/python -m tests.bench

SIZES ?= 100 1000 10000
bench-scale: $(INSTALLED) ## costs by SIZES, numbers of namespaces; writes docs/scale.md
	$(BIN)/python -m tests.bench.scale --write $(SIZES)

bench-hoard: $(INSTALLED) ## memory with 100,000 mirrors; writes docs/scale.md
	$(BIN)/python -m tests.bench.scale --write --hoard

bench-cli: $(INSTALLED) ## how soon kubectl mirror answers; SCALE=1 in a large cluster, too, for docs/scale.md
	$(BIN)/python -m tests.bench.commands $(if $(SCALE),--scale --write)

DIST ?= build/dist
dist: $(INSTALLED) ## kubectl mirror as a wheel, as one file, and for krew
	$(BIN)/python -m plugin.build $(DIST)

# Flags for the builder's `build` go into IMAGE_FLAGS, as in docs/image.md.
image: ## the image of the functions, by buildah, podman or docker
	$(BUILDER) build $(IMAGE_FLAGS) --tag $(IMAGE) --build-arg VERSION=$(VERSION) \
	  --build-arg REVISION=$$(git rev-parse HEAD) --build-arg CREATED=$$(date -u +%FT%TZ) .

# Whoever pulls the image gets what was built of what stands here, so its bases are by digest, and the
# manifests name it by the digest that was pushed. A tag may look like a number, so it is in quotes.
DIGEST ?= build/image.digest
BASES ?= Dockerfile
KUSTOMIZATION ?= knative/base/kustomization.yaml
push: ## build the image and push it; its digest goes into the manifests
	@grep -q '^ARG BASE=.*@sha256:' $(BASES) && grep -q '^ARG UV=.*@sha256:' $(BASES) || \
	  { echo 'The bases in $(BASES) are not pinned. Pin them by `make pins`.' >&2; exit 1; }
	$(MAKE) --no-print-directory image
	mkdir -p $(dir $(DIGEST))
ifeq ($(notdir $(firstword $(BUILDER))),docker)
	$(BUILDER) push $(IMAGE)
	$(BUILDER) image inspect --format '{{index .RepoDigests 0}}' $(IMAGE) | sed 's/.*@//' > $(DIGEST)
else
	$(BUILDER) push --digestfile $(DIGEST) $(IMAGE)
endif
	grep -Eqx 'sha256:[0-9a-f]{64}' $(DIGEST)
	name='$(IMAGE)' && sed -i -E -e '/^    digest: /d' -e "s|^(    newName: ).*|\\1$${name%:*}|" \
	  -e "s|^(    newTag: ).*|\\1\"$${name##*:}\"\n    digest: $$(cat $(DIGEST))|" $(KUSTOMIZATION)

sbom: ## kn-mirror.cdx.json, what is in the image, as CycloneDX
	$(BUILDER) build $(IMAGE_FLAGS) --target sbom --output type=local,dest=$(SBOM_FOLDER) .

RELEASE ?= kn-mirror.yaml
KUBECTL ?= kubectl
GIVEN := $(if $(filter command environment,$(firstword $(origin IMAGE))),$(IMAGE))
release: ## kn-mirror.yaml, all manifests in one file, and its checksum; OVERLAY=name for another overlay
	$(PYTHON) knative/release.py --overlay='$(or $(OVERLAY),default)' --image='$(GIVEN)' \
	  --base='$(KUSTOMIZATION)' --kubectl='$(KUBECTL)' '$(RELEASE)'

# The lock names no package index: installing takes the one that the machine is set up for, and the
# hashes say whether it gave the right thing.
lock: $(INSTALLED) ## resolve the dependencies anew
	$(UV) lock --upgrade
	sed -E -i 's#https://[^/"]+/(simple"|packages/)#https://index/\1#' uv.lock

pins: ## what the Dockerfile's images are by now, by digest
	$(PYTHON) image/pins.py Dockerfile

clean: ## remove what make installed here
	rm -rf $(VENV)

$(INSTALLED): pyproject.toml uv.lock
	$(PYTHON) -m venv --clear $(VENV)
	$(MAKE) --no-print-directory $(VENV)/uv.txt
	$(BIN)/pip install --quiet --no-deps --only-binary :all: --require-hashes --requirement $(VENV)/uv.txt
	$(UV) export --quiet --frozen --no-header --no-annotate --output-file $(VENV)/locked.txt
	$(UV) pip sync --python $(BIN)/python --quiet --require-hashes --compile-bytecode $(VENV)/locked.txt
	touch $@

# The lock is the one place that says which uv installs from it, and which files are that uv.
%/uv.txt: uv.lock
	sed -n '/^name = "uv"$$/,/^$$/{s/^version = "\(.*\)"/uv==\1 \\/p;s/.*hash = "\(sha256:[0-9a-f]*\)".*/  --hash=\1 \\/p;}' uv.lock > $@
