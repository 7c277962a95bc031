package envoy

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Administration is the address of an Envoy's administration interface, "host:port".
//
// See https://www.envoyproxy.io/docs/envoy/latest/operations/admin
type Administration string

// Call returns the body that a path answers with. A status other than 200 is an error.
func (a Administration) Call(method, path string) ([]byte, error) {
	request, err := http.NewRequest(method, "http://"+string(a)+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("envoy: admin %s: %w", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("envoy: admin %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("envoy: admin %s: status %d: %s", path, response.StatusCode, body)
	}
	return body, nil
}

// Stats returns the counters and gauges whose names contain filter, a regular
// expression as Envoy reads it.
func (a Administration) Stats(filter string) (map[string]uint64, error) {
	body, err := a.Call(http.MethodGet, "/stats?filter="+filter)
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
