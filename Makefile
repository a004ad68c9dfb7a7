# make demo: measure a real chest film; make test: everything that must hold. Both set themselves up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo_results
VIEWER_TESTS := $(BIN)/python -m pytest -c tests/viewer.ini tests/napari_plugin

# the second binding lies beside the environment: with both in it, pytest-qt and qtpy would choose differently
PYSIDE := $(VENV)/pyside6
# 6.12 loses references to None, of which a Python before 3.12 dies after some twenty windows
PYSIDE_VERSION := 6.10.3

.PHONY: demo test test-slow test-pyside docs clean

demo: $(VENV)/demo.stamp
	$(BIN)/python benchmarks/demo.py $(DEMO)

test: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest
	@if command -v xvfb-run > /dev/null; then xvfb-run -a $(VIEWER_TESTS); \
	elif [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(VIEWER_TESTS); \
	else echo "The viewer's tests were left out: they need a display, or xvfb (.ci/run says which packages)."; fi

# what takes minutes: the wheel in an environment of its own
test-slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m slow

# the viewer's tests once more on PySide6, which is downloaded for it (80 MB)
test-pyside: $(VENV)/test.stamp
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target $(PYSIDE) \
		PySide6-Essentials==$(PYSIDE_VERSION) shiboken6==$(PYSIDE_VERSION)
	PYTHONPATH=$(PYSIDE) QT_API=pyside6 PYTEST_QT_API=pyside6 xvfb-run -a $(VIEWER_TESTS)

clean:
	rm -rf $(VENV) build *.egg-info $(DEMO)

$(VENV)/demo.stamp: setup.py pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[demo]"
	touch $@

# a new file needs the editable install run again, so the stamp depends on every module
$(VENV)/test.stamp: pyproject.toml constraints.txt setup.py $(shell find api measurements qc models pipelines learning napari_plugin -name '*.py')
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[demo,test]"
	touch $@

# the pages of docs/, with every example run; a warning is an error
docs: $(VENV)/test.stamp
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
