package cluster

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gatehouse/harness/envoy"
)

// findEnvoy returns the path of the stock Envoy.
func findEnvoy() (string, error) { return envoy.Find() }

// Proxy is a running pilot-agent with its Envoy.
type Proxy struct {
	cluster *Cluster
	process *process
	admin   string
}

// Admin calls Envoy's administration interface and returns the body. A status other
// than 200 is an error.
func (p *Proxy) Admin(method, path string) ([]byte, error) {
	request, err := http.NewRequest(method, "http://"+p.admin+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cluster: admin %s: %w", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("cluster: admin %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cluster: admin %s: status %d: %s", path, response.StatusCode, body)
	}
	return body, nil
}

// Stats returns the counters and gauges whose names contain filter, a regular
// expression as Envoy reads it.
func (p *Proxy) Stats(filter string) (map[string]uint64, error) {
	body, err := p.Admin(http.MethodGet, "/stats?filter="+filter)
	if err != nil {
		return nil, err
	}
	stats := make(map[string]uint64)
	for line := range strings.Lines(string(body)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if n, err := strconv.ParseUint(value, 10, 64); ok && err == nil {
			stats[name] = n
		}
	}
	return stats, nil
}

// Lines returns what pilot-agent and Envoy have printed so far, events of plugins and
// the access log included.
func (p *Proxy) Lines() []string { return p.process.output(0) }

// LinesFrom is Lines without the first n.
func (p *Proxy) LinesFrom(n int) []string { return p.process.output(n) }

// Stop ends the proxy and waits until it is gone. It may be called more than once.
func (p *Proxy) Stop() {
	p.process.stop()
	c := p.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	c.proxies = slices.DeleteFunc(c.proxies, func(other *Proxy) bool { return other == p })
}
