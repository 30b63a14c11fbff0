# Two commands do nearly everything: `make run` and `make test`. Both prepare the machine first, once.
# `make` alone lists the rest. Paths are relative, so the checkout may lie anywhere, also under a name with spaces.

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

VENV ?= .venv
ARGS ?=
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
MUDRA := "$(BIN)/python" -m app

# Stamps: `ready` the app is installed, `ready-dev` also what the tests need, `landmarkers` the models are there.
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
LANDMARKERS := $(VENV)/.landmarkers
UNFINISHED := $(VENV)/.unfinished
WANTED := setup.cfg pyproject.toml constraints.txt

# An environment is tied to its place and to the Python it was made with. One that was moved, copied or lost its
# Python is made again; `.place` remembers the place, since a date alone would not notice.
AT_HOME := "$(BIN)/python" -c "import pip, sys; sys.exit(open('$(VENV)/.place').read() != sys.argv[1])" "$(CURDIR)"
ifneq ($(wildcard $(READY) $(READY_DEV)),)
STALE := $(shell $(AT_HOME) 2>/dev/null || echo stale)
endif

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
PIP := "$(BIN)/python" -m pip install --progress-bar off --constraint constraints.txt
# Of pip's many lines, the large downloads and the end are worth reading; errors and warnings take another way.
BRIEFLY := awk '/^ *Downloading .*[MG]B\)/ { sub(/-[^- ]*-[^- ]*-[^- ]* /, " "); print "  " $$2, $$3, $$4; fflush() } \
  /^ *Installing collected/ { print "  installing " NF - 3 " package(s)"; fflush() }'
SUITABLE := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

# Makes or completes the environment; $(1) is what to install. The mark `unfinished` stands while pip works: an
# environment that still has it was interrupted and is not to be trusted.
define install
@set -o pipefail; \
python=; \
for candidate in $(if $(PYTHON),"$(PYTHON)",python3 python3.13 python3.12 python3.11 python); do \
  if "$$candidate" -c "$(SUITABLE)" >/dev/null 2>&1; then python=$$candidate; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "mudra: no usable Python was found: 3.11, 3.12 or 3.13 with its venv module is needed." >&2; \
  echo "  Install one (Debian: apt install python3-venv), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; \
  exit 1; \
fi; \
"$$python" -m app.system --install || exit 1; \
if [ -e "$(UNFINISHED)" ] || ! $(AT_HOME) 2>/dev/null; then \
  if [ ! -e "$(VENV)/.place" ] && [ -n "$$(ls -A "$(VENV)" 2>/dev/null)" ]; then \
    echo "mudra: $(VENV) was not made by make, so it is left alone. Move it away, or choose another: make VENV=DIR" >&2; \
    exit 1; \
  fi; \
  echo "Making the environment $(VENV) with $$("$$python" --version)"; \
  rm -rf "$(VENV)" && mkdir -p "$(VENV)" && printf '%s' "$(CURDIR)" > "$(VENV)/.place" \
    && : > "$(UNFINISHED)" && "$$python" -m venv "$(VENV)" || exit 1; \
fi; \
: > "$(UNFINISHED)" && rm -f "$(READY)" "$(READY_DEV)" || exit 1; \
if ! "$(BIN)/python" -c "import sys, importlib.util as u; sys.exit(not u.find_spec('tensorflow'))"; then \
  echo "Installing Mudra's libraries: about 0.85 GB to download, 2.7 GB on disk; TensorFlow alone takes 1.9 GB."; \
fi; \
$(PIP) pip setuptools wheel | $(BRIEFLY) && \
PYTHONWARNINGS=ignore $(PIP) --no-build-isolation --editable "$(1)" | $(BRIEFLY) || \
  { echo "mudra: the installation failed; the reason stands above. The same command tries again." >&2; exit 1; }; \
rm -f "$(UNFINISHED)"
endef

##@ Use
.PHONY: run
run: $(READY) $(LANDMARKERS) ## open the app; ARGS="--headless --source clip.mp4" passes options on
	@$(MUDRA) run $(ARGS)

.PHONY: doctor
doctor: $(READY) ## check this machine and say what is missing
	@$(MUDRA) doctor $(ARGS)

##@ Develop
.PHONY: test
test: $(READY_DEV) $(LANDMARKERS) ## run the tests; ARGS="-k hand" passes options to pytest
	@"$(BIN)/python" -m pytest $(ARGS)

.PHONY: lint
lint: $(READY_DEV) ## check style, types and who imports whom
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/python" -m mypy
	"$(BIN)/lint-imports"

.PHONY: format
format: $(READY_DEV) ## put the code into its style
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

DATA ?= ../shared/data
.PHONY: encoder
encoder: $(READY) ## make what trainings of movements may start from, for comparison; a quarter of an hour
	@mkdir -p build
	"$(BIN)/python" benchmarks/encoder.py --out build/encoder.npz

.PHONY: base
base: $(READY) ## make what trainings of few still hands start from, after the drawn hands of `models`; a minute
	"$(BIN)/python" benchmarks/few_hands.py --base assets/hands.npz

.PHONY: models
models: $(READY) $(LANDMARKERS) ## train the bundles that ship anew; DATA=folder of the training data
	@[ -d "$(DATA)" ] || { echo "mudra: $(DATA) is not there; name the training data: make models DATA=DIR" >&2; exit 1; }
	@[ -e build/models/hagrid-crops/dataset.json ] || $(MUDRA) import images "$(DATA)/poses/hagrid_crops/images" \
	  --mode gesture --dataset build/models/hagrid-crops --licence "HaGRID's variant of CC BY-SA 4.0"
	@[ -e build/models/words-one-signer/dataset.json ] || $(MUDRA) import mp-data "$(DATA)/sequences/ilkerdemir/seq258.npz" \
	  --mode sign --dataset build/models/words-one-signer --signer ilkerdemir --licence MIT
	@[ -e build/models/fer2013/dataset.json ] || $(MUDRA) import fer2013 "$(DATA)/emotion/fer2013_training_publictest.npz" \
	  --mode emotion --dataset build/models/fer2013 \
	  --licence "none stated; released for the ICML 2013 challenge, for research; pictures collected from the web"
	@[ -e build/models/generated-gestures/dataset.json ] || $(MUDRA) import generated assets/hands-gestures.toml \
	  --mode gesture --dataset build/models/generated-gestures --licence "made by this program; Apache-2.0"
	@[ -e build/models/generated-letters/dataset.json ] || $(MUDRA) import generated assets/hands-letters.toml \
	  --mode sign --dataset build/models/generated-letters --licence "made by this program; Apache-2.0"
	@[ -e build/models/letters-one-signer/dataset.json ] || "$(BIN)/python" benchmarks/hands.py --data "$(DATA)" \
	  --one-signer build/models/letters-one-signer
	$(MUDRA) train --mode gesture --dataset build/models/hagrid-crops --dataset build/models/generated-gestures \
	  --split random --copies 3 --generated 200 --members 4 --refit --seed 1 --about docs/models/gestures.md --out models/gestures
	$(MUDRA) train --mode sign --dataset build/models/generated-letters --measure build/models/letters-one-signer \
	  --split signer --features flat --members 4 --copies 0 --generated 600 --traces J,Z --epochs 8 --refit --seed 1 --about docs/models/letters.md \
	  --out models/letters
	$(MUDRA) train --mode sign --dataset build/models/words-one-signer --network conv --split block --idle --copies 8 \
	  --generated 800 --also iloveyou --seed 1 --about docs/models/words.md --out models/words
	@[ -e build/models/emotions-teacher/bundle.json ] || $(MUDRA) train --mode emotion --dataset build/models/fer2013 \
	  --network cnn --split usage --epochs 40 --seed 1 --out build/models/emotions-teacher
	$(MUDRA) train --mode emotion --dataset build/models/fer2013 --network cnn --split usage --epochs 104 --seed 1 \
	  --teacher build/models/emotions-teacher --about docs/models/emotions.md --out models/emotions

.PHONY: pictures
pictures: $(READY_DEV) $(LANDMARKERS) ## make the README's pictures anew, from the program itself
	@"$(BIN)/python" docs/pictures/make_pictures.py $(ARGS)

.PHONY: wheel
wheel: $(READY_DEV) ## build the wheel into dist/
	@rm -rf build/lib build/bdist.*
	@"$(BIN)/python" -m build --wheel --no-isolation --outdir dist

.PHONY: setup
setup: $(READY_DEV) $(LANDMARKERS) ## only prepare the machine, with all that development needs
	@:

.PHONY: clean
clean: ## remove the environment and everything that was built; your recordings and models stay
	@if [ -e "$(VENV)/.place" ]; then rm -rf "$(VENV)"; fi
	@rm -rf build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find app recognizers assets models tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } \
	  /^[a-z-]+:.*## / { sub(/:.*/, "", $$1); printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##
.PHONY: stale
stale:

$(READY): $(WANTED) $(STALE)
	$(call install,.)
	@touch "$@"

$(READY_DEV): $(WANTED) $(STALE)
	$(call install,.[dev])
	@touch "$(READY)" "$@"

# `landmarkers fetch` says what it does; when a model goes missing later, the app fetches it by itself.
$(LANDMARKERS):
	@$(MUDRA) landmarkers fetch
	@touch "$@"
