# The runtime that artifacts are made for: Amazon Linux 2023 (glibc 2.34) on arm64. The templates name the same one, and
# tests/contract/test_template.py compares them.
PYTHON_VERSION := 3.13
PLATFORM := aarch64-manylinux_2_28

UV := $(or $(wildcard $(ROOT)/.tools/boot/bin/uv),$(wildcard $(ROOT)/.tools/boot-lib/bin/uv),$(wildcard $(ROOT)/.tools/uv/uv),uv)
SHA256 := $(shell command -v sha256sum || echo shasum -a 256)

# The runtime's own Python, where this machine has one, writes the bytecode; without it the runtime compiles at each
# cold start, because its folders are read-only there.
RUNTIME_PYTHON := $(shell for found in python$(PYTHON_VERSION) $(HOME)/.pyenv/versions/$(PYTHON_VERSION).*/bin/python \
	"$$($(UV) python find --no-project $(PYTHON_VERSION) 2>/dev/null)"; do \
	"$$found" -c 'import sys; print(sys.executable) if "%d.%d" % sys.version_info[:2] == "$(PYTHON_VERSION)" else sys.exit(1)' \
		2>/dev/null && break; done)

# tidy(folder, where it lies in the runtime): nothing that no function reads, and bytecode that is never checked again.
tidy = find "$(1)" -type d \( -name __pycache__ -o -name tests -o -name test \) -prune -exec rm -rf {} + && \
	find "$(1)" -type f \( -name '*.pyc' -o -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.c' -o -name '*.h' \
		-o -name '.lock' \) -delete && rm -rf "$(1)/python/bin" && \
	$(if $(RUNTIME_PYTHON),$(RUNTIME_PYTHON) -m compileall -q -s "$(1)" -p "$(2)" --invalidation-mode unchecked-hash "$(1)",true)

# What infra/tools/build.py needs to know of this.
toolchain:
	@echo '{"uv": "$(UV)", "version": "$(PYTHON_VERSION)", "platform": "$(PLATFORM)", "runtime_python": "$(RUNTIME_PYTHON)"}'
.PHONY: toolchain
