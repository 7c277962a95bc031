//go:build !wasip1

package ratelimittest_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/quota/ratelimittest"
)

// yearly is a limit whose window does not end during a test, and one whose does.
const limits = `domain: gatehouse
descriptors:
  - key: yearly
    rate_limit: {unit: year, requests_per_unit: 200}
  - key: second
    rate_limit: {unit: second, requests_per_unit: 50}
  - key: ten
    rate_limit: {unit: year, requests_per_unit: 10}
`

// unlimited is what the service says of what it has no limit for.
const unlimited = "OK, 0 of 0 a  remaining"

// status is of a descriptor of an answer.
type status struct {
	Code      string `json:"code"`
	Remaining uint32 `json:"limitRemaining"`
	Reset     string `json:"durationUntilReset"`
	Limit     struct {
		Requests uint32 `json:"requestsPerUnit"`
		Unit     string `json:"unit"`
	} `json:"currentLimit"`
}

func (s status) String() string {
	return fmt.Sprintf("%s, %d of %d a %s remaining", s.Code, s.Remaining, s.Limit.Requests, strings.ToLower(s.Limit.Unit))
}

// ask asks the service about one descriptor and returns what became of it.
func ask(t *testing.T, s *ratelimittest.Stack, domain, descriptor, more string) string {
	t.Helper()
	code, body, err := s.Ask(t.Context(), fmt.Sprintf(`{"domain":%q,"descriptors":[{%s}]%s}`, domain, descriptor, more))
	if err != nil {
		t.Fatal(err)
	}
	if code != 200 && code != 429 {
		return fmt.Sprintf("%d %s", code, strings.TrimSpace(body))
	}
	var answer struct{ Statuses []status }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || len(answer.Statuses) != 1 {
		t.Fatalf("answer %s: %v", body, err)
	}
	return answer.Statuses[0].String()
}

// TestServiceCounts pins what the quota plugin has to know of the service: it is
// about the service, not the plugin.
func TestServiceCounts(t *testing.T) {
	s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits})
	entry := func(key, value string) string { return fmt.Sprintf(`"entries":[{"key":%q,"value":%q}]`, key, value) }
	steps := []struct {
		name                     string
		domain, descriptor, more string
		want                     string
	}{
		{"a request is one hit", "gatehouse", entry("ten", "a"), "", "OK, 9 of 10 a year remaining"},
		{"zero hits are one", "gatehouse", entry("ten", "a"), `,"hitsAddend":0`, "OK, 8 of 10 a year remaining"},
		{"a batch is taken at once", "gatehouse", entry("ten", "a"), `,"hitsAddend":6`, "OK, 2 of 10 a year remaining"},
		{"a batch beyond the limit is refused", "gatehouse", entry("ten", "a"), `,"hitsAddend":3`, "OVER_LIMIT, 0 of 10 a year remaining"},
		{"and is counted all the same: what had been left is gone", "gatehouse", entry("ten", "a"), "", "OVER_LIMIT, 0 of 10 a year remaining"},
		{"hits of a descriptor come before those of the request", "gatehouse", entry("ten", "b") + `,"hitsAddend":"4"`, `,"hitsAddend":9`, "OK, 6 of 10 a year remaining"},
		{"zero hits of a descriptor look and count nothing", "gatehouse", entry("ten", "b") + `,"hitsAddend":"0"`, "", "OK, 6 of 10 a year remaining"},
		{"and go before those of the request", "gatehouse", entry("ten", "b") + `,"hitsAddend":"0"`, `,"hitsAddend":2`, "OK, 6 of 10 a year remaining"},
		{"hits cannot be given back: the service does not know the field", "gatehouse", entry("ten", "b") + `,"hitsAddend":"2","isNegativeHits":true`, "", "400 Bad Request"},
		{"a domain that is not configured has no limits", "nowhere", entry("ten", "b"), "", unlimited},
		{"nor has one with a limit in the request", "nowhere", entry("ten", "b") + `,"limit":{"requestsPerUnit":3,"unit":"YEAR"}`, "", unlimited},
		{"a request without a domain is refused", "", entry("ten", "b"), "", "400 Bad Request"},
		{"a descriptor that is not configured has no limit", "gatehouse", entry("other", "b"), "", unlimited},
		{"but one in the request", "gatehouse", entry("other", "c") + `,"limit":{"requestsPerUnit":3,"unit":"YEAR"}`, "", "OK, 2 of 3 a year remaining"},
		{"a limit in the request goes before the configured one", "gatehouse", entry("ten", "d") + `,"limit":{"requestsPerUnit":3,"unit":"YEAR"}`, "", "OK, 2 of 3 a year remaining"},
		{"both count in one place", "gatehouse", entry("ten", "d"), "", "OK, 8 of 10 a year remaining"},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			if got := ask(t, s, step.domain, step.descriptor, step.more); got != step.want {
				t.Errorf("got %q, want %q", got, step.want)
			}
		})
	}
}

// TestWindowsAreWholeSecondsOfTheClock sends as fast as answers come over three
// seconds: every second of the clock has its whole limit, however late in the
// one before that was used up.
func TestWindowsAreWholeSecondsOfTheClock(t *testing.T) {
	s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits})
	began := time.Now().Truncate(time.Second).Add(time.Second)
	time.Sleep(time.Until(began.Add(700 * time.Millisecond)))
	admitted := map[int64]int{}
	for time.Since(began) < 3*time.Second {
		before := time.Now().Unix()
		got := ask(t, s, "gatehouse", `"entries":[{"key":"second","value":"a"}]`, "")
		if strings.HasPrefix(got, "OK") && before == time.Now().Unix() {
			admitted[before]++
		}
	}
	for i := range int64(3) {
		// The one that crossed the second is counted for neither.
		if n := admitted[began.Unix()+i]; n < 49 || n > 50 {
			t.Errorf("second %d: %d admitted, want 50", i, n)
		}
	}
}

func TestPartsEndAndComeBack(t *testing.T) {
	s := ratelimittest.Start(t, ratelimittest.Config{YAML: limits})
	const descriptor = `"entries":[{"key":"ten"}]`
	want := func(want string) {
		t.Helper()
		if got := ask(t, s, "gatehouse", descriptor, ""); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("OK, 9 of 10 a year remaining")
	do(s.Service.Kill())
	if s.Service.PID() != 0 {
		t.Error("the service has a process id, want none")
	}
	do(s.Service.Start(t.Context()))
	want("OK, 8 of 10 a year remaining")
	do(s.Redis.Kill())
	want("400 Bad Request")
	do(s.Redis.Start(t.Context()))
	// Each of the service's ten connections fails once before it is made anew.
	eventually := func(want string) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			got := ask(t, s, "gatehouse", descriptor, "")
			if got == want {
				return
			}
			if got != "400 Bad Request" || time.Now().After(deadline) {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	}
	eventually("OK, 9 of 10 a year remaining")
	do(s.Service.Pause())
	if c, err := net.DialTimeout("tcp", s.Direct(), time.Second); err != nil {
		t.Errorf("a paused service: %v, want a connection", err)
	} else {
		c.Close()
	}
	do(s.Service.Resume())
	eventually("OK, 8 of 10 a year remaining")
}

func TestAMissingPartIsNamedWithTheCommandThatInstallsIt(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("PATH", "")
	t.Setenv("REDIS_SERVER", "")
	t.Setenv("RATELIMIT_SERVICE", "")
	if _, err := ratelimittest.Run(t.Context(), ratelimittest.Config{YAML: limits}); err == nil || !strings.Contains(err.Error(), "make redis") {
		t.Errorf("without Redis: %v, want the command", err)
	}
	path := filepath.Join(t.TempDir(), "redis-server")
	t.Setenv("REDIS_SERVER", path)
	if _, err := ratelimittest.Run(t.Context(), ratelimittest.Config{YAML: limits}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("with another Redis: %v, want its path", err)
	}
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := ratelimittest.Run(t.Context(), ratelimittest.Config{YAML: limits}); err == nil || !strings.Contains(err.Error(), "make ratelimit") {
		t.Errorf("without the service: %v, want the command", err)
	}
}
