// Package cluster runs the real Kubernetes API and the real Istio as processes on the
// loopback interface, so that what a test applies is what a user applies: etcd,
// kube-apiserver, istiod (pilot-discovery), pilot-agent with a stock Envoy as gateway,
// sidecar or waypoint, kubectl, and a registry for images of plugins. There is no
// container, no node and no pod: a proxy of the mesh is a process whose namespace and
// labels the test gives, and an upstream is what a ServiceEntry says.
//
// `make istio-tools` builds the programs into .cache/bin from the modules in tools/,
// which name their versions, and takes etcd from the system's packages. The first build
// took 17 minutes on two cores with other work to do, later ones take seconds. One thing lies outside of
// temporary folders: pilot-agent keeps modules in /var/lib/istio/data, which no flag
// moves. `make istio-tools` makes that folder; Stop removes what came into it.
//
// The package itself builds with everything else. Tests that start a cluster have the
// build tag istio, for `go test ./...` must not want those programs: `make test-istio`
// runs them, and `make check` vets them. A cluster is ready after 12 s; all tests of
// envoy-configs/istio took 13 minutes on two cores with other work to do.
//
// What differs from a cluster in production: there is no certificate authority and no
// mutual TLS in the mesh (Envoy is not Istio's own build and gets no certificates, so
// enableAutoMtls is false); the filters of Istio's own Envoy (metadata exchange, ALPN) are
// off; there is no sidecar injection and no iptables, so sidecars listen where a Sidecar
// resource says; every account may do everything.
package cluster
