//go:build !wasip1

package gatehouse_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gatehouse/harness"
	"gatehouse/harness/compare"
	"gatehouse/harness/compare/comparetest"
	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
)

// attached are the plugins of a gateway in the order of its chain.
var attached = []struct{ name, pkg, config string }{
	{"jwt-audience", "../jwtaudience/wasm", "../jwtaudience/testdata/orders.config.json"},
	{"scope", "../scope/wasm", "../scope/testdata/orders.config.json"},
	{"waf", "../waf/wasm", "../waf/testdata/shop.config.json"},
	{"quota", "../quota/wasm", "../quota/testdata/orders.config.json"},
	{"redact", "../redact/wasm", ""},
}

// TestOneVMAnswersAsFive sends recorded traffic through five modules in five VMs, through
// the module of all plugins attached five times in one VM, and through a pipeline of them,
// in the harness and in a real Envoy: clients and upstreams see the same.
func TestOneVMAnswersAsFive(t *testing.T) {
	all := replaytest.Build(t, "./wasm")
	var apart, together, pipeline compare.Scenario
	var stages []string
	for _, a := range attached {
		configuration := []byte(`{"profile":["pci","gdpr"]}`)
		if a.config != "" {
			var err error
			if configuration, err = os.ReadFile(a.config); err != nil {
				t.Fatal(err)
			}
		}
		plugin := harness.Plugin{Name: a.name, RootID: a.name, Wasm: replaytest.Build(t, a.pkg), Configuration: configuration, AllowOnHeadersStopIteration: true}
		apart.Chain = append(apart.Chain, plugin)
		stages = append(stages, fmt.Sprintf(`{"plugin":%q,"config":%s}`, a.name, configuration))
		plugin.Wasm, plugin.VMID = all, "gatehouse"
		together.Chain = append(together.Chain, plugin)
	}
	apart.Files = comparetest.Files(t, apart.Chain...)
	module := comparetest.Files(t, together.Chain[0])[0]
	for range together.Chain {
		together.Files = append(together.Files, module)
	}
	pipeline.Chain = []harness.Plugin{{Name: "pipeline", VMID: "pipeline", Wasm: all, AllowOnHeadersStopIteration: true,
		Configuration: []byte(`{"pipeline":[` + strings.Join(stages, ",") + `]}`)}}
	pipeline.Files = []string{module}
	for _, file := range []string{"../jwtaudience/testdata/orders.har", "../waf/testdata/shop.txtar"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		recording, err := traffic.Read(file, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range recording.Exchanges {
			apart.Exchanges = append(apart.Exchanges, x.Exchange)
		}
	}
	together.Exchanges, pipeline.Exchanges = apart.Exchanges, apart.Exchanges
	rows := comparetest.Compare(t, []compare.Scenario{apart, together, pipeline})
	if len(rows[0]) < 50 {
		t.Fatalf("%d exchanges, want at least 50", len(rows[0]))
	}
	for i := range rows[0] {
		five := rows[0][i].Envoy
		for n, way := range []string{"one VM", "a pipeline"} {
			other := rows[1+n][i].Envoy
			if five.Details != other.Details || !slices.Equal(timeless(five.Response.Headers), timeless(other.Response.Headers)) || !bytes.Equal(bytes.Join(five.Response.Body, nil), bytes.Join(other.Response.Body, nil)) {
				t.Errorf("%s: %s %v, with %s %s %v", rows[0][i].Exchange.Name, five.Details, five.Response.Headers, way, other.Details, other.Response.Headers)
			}
		}
	}
}

// timeless are header fields in the order of their names, without those that differ from one time to the next.
func timeless(headers []harness.Header) []harness.Header {
	headers = slices.DeleteFunc(slices.Clone(headers), func(h harness.Header) bool {
		return slices.Contains([]string{"date", "x-envoy-upstream-service-time", "ratelimit", "retry-after"}, h.Name)
	})
	slices.SortStableFunc(headers, func(a, b harness.Header) int { return strings.Compare(a.Name, b.Name) })
	return headers
}
