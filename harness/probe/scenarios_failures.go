package probe

import (
	"strings"
	"time"
)

// failureScenarios break their VMs.
func failureScenarios() []Scenario {
	var s []Scenario
	for _, policy := range []string{"closed", "open", "reload"} {
		for _, cb := range []string{"request_headers", "request_body#1", "response_headers", "response_body#1", "log"} {
			if policy != "closed" && cb != "request_headers" && cb != "response_body#1" {
				continue // each VM costs a second of compiling
			}
			name := "failure-" + policy + "-in-" + strings.ReplaceAll(strings.ReplaceAll(cb, "_", "-"), "#", "-")
			f := Filter{VM: name, Open: policy == "open", Reload: policy == "reload", Script: on("s2."+cb, "trap.panic")}
			later := impatient(plainGet(HTTP2))
			later.After = 2 * time.Second // longer than the back-off of a reload
			first := plainGet(HTTP1)
			if policy == "reload" {
				first.After = 2 * time.Second
			}
			s = append(s, Scenario{Name: name, Filters: []Filter{f}, Steps: []Step{first, impatient(trailerPost(HTTP2)), impatient(plainGet(HTTP1)), impatient(plainPost(HTTP2)), later}})
		}
	}
	return s
}
