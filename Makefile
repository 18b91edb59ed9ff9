# The front door: make, make test, make check, make install, make clean.

prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
DESTDIR ?=
installed = $(DESTDIR)$(datadir)/eos-image-builder

.PHONY: all check test install clean

all:
	helpers/compile

# Quick checks, no root needed: format, scripts, the arrows between modules, unit tests.
check:
	helpers/install-packages build run test
	swift format lint --strict --recursive Package.swift Sources Tests
	helpers/check-scripts
	helpers/check-arrows
	swift test --filter 'BindingsTests|ImageBuilderCoreTests'

# Everything: the checks, then the built program on real things, real boots included. Needs root.
test: check all
	swift test --filter 'IntegrationTests'

install: all
	install -D -m 755 .build/release/image-builder $(DESTDIR)$(bindir)/image-builder
	install -d $(installed)
	cp -R config hooks helpers lib data buildscript $(installed)
	rm -f $(installed)/config/local.ini $(installed)/config/private.ini

clean:
	rm -rf .build
