//go:build !wasip1

package quota_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"gatehouse/harness/replay/replaytest"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/quota"
)

// recordedNow is when recordings begin.
const recordedNow = "2026-11-20T09:00:00Z"

// recording is a file of testdata. Each has counters of its own, in a namespace of its
// name, so that all can run in one Envoy.
type recording struct {
	file, why string
	// at is when it begins, recordedNow if empty.
	at string
	// members are those of the configuration, besides the namespace.
	members string
	// callouts are the answers of a rate limit service.
	callouts  string
	exchanges []exchange
}

// exchange is one request of a recording, and what its upstream answers.
type exchange struct {
	name     string
	method   string // GET if empty
	path     string // /orders/17 if empty
	host     string // api.example.com if empty
	identity string // none if empty
	// properties are "path: value".
	properties []string
	fields     []string
	body       string
	// after is since the exchange before, "" for at once.
	after string
	// status and answer are the upstream's: 200, and a document if empty.
	status  int
	answer  string
	headers []string
}

// as is a verified identity of a client, with members such as `"scope":"a"`.
func as(client string, members ...string) string {
	members = append([]string{`"iss":"https://idp.example.com","sub":"user-of-` + client + `","client_id":"` + client + `"`}, members...)
	return "{" + strings.Join(members, ",") + "}"
}

// claims is the member of an identity that holds other claims.
func claims(members string) string { return `"claims":{` + members + `}` }

// times is an exchange so many times.
func times(n int, x exchange) []exchange {
	var all []exchange
	for i := range n {
		all = append(all, x)
		all[i].name = fmt.Sprintf("%s, %d", x.name, i+1)
	}
	return all
}

// list joins exchanges, and lists of them.
func list(parts ...any) []exchange {
	var all []exchange
	for _, part := range parts {
		switch part := part.(type) {
		case exchange:
			all = append(all, part)
		case []exchange:
			all = append(all, part...)
		}
	}
	return all
}

// configuration is that of a recording.
func (r *recording) configuration() string {
	members := r.members
	if !strings.Contains(members, `"events"`) {
		members = `"events":"all",` + members
	}
	return `{"namespace":"` + r.file + `","keys":256,` + members + "}\n"
}

// generated returns the text of a recording without its want sections.
func (r *recording) generated() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n-- config.json --\n%s", r.why, r.configuration())
	if r.callouts != "" {
		fmt.Fprintf(&b, "-- callouts.yaml --\n%s", r.callouts)
	}
	for i := range r.exchanges {
		x := &r.exchanges[i]
		fmt.Fprintf(&b, "-- exchange --\nname: %s\n", x.name)
		switch {
		case i == 0:
			fmt.Fprintf(&b, "at: %s\n", or(r.at, recordedNow))
		case x.after != "":
			fmt.Fprintf(&b, "after: %s\n", x.after)
		}
		if x.identity != "" {
			fmt.Fprintf(&b, "property gatehouse.identity: %s\n", x.identity)
		}
		for _, p := range x.properties {
			fmt.Fprintf(&b, "property %s\n", p)
		}
		method := or(x.method, "GET")
		fmt.Fprintf(&b, "-- request --\n%s %s HTTP/1.1\nHost: %s\nX-Request-Id: recorded-%d\n", method, or(x.path, "/orders/17"), or(x.host, "api.example.com"), i+1)
		for _, field := range x.fields {
			fmt.Fprintln(&b, field)
		}
		fmt.Fprintln(&b)
		if x.body != "" {
			fmt.Fprintln(&b, x.body)
		}
		status := 200
		if x.status != 0 {
			status = x.status
		}
		fmt.Fprintf(&b, "-- upstream --\nHTTP/1.1 %d Recorded\n", status)
		fmt.Fprintf(&b, "%s\n\n", or(strings.Join(x.headers, "\n"), "Content-Type: application/json"))
		if method != "HEAD" {
			fmt.Fprintln(&b, or(x.answer, `{"id":17}`))
		}
	}
	return b.Bytes()
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// unrecorded are reasons that no recording can have.
var unrecorded = map[policy.Reason]string{
	quota.ReasonCountersUnavailable: "the harness's shared data, as Envoy's, takes whatever it is given",
}

// TestRecordingsAreGenerated holds the files of testdata to the tables, and wants one
// with every reason. "go test -run TestRecordings -regenerate" writes them; want
// sections are written by "go test -run TestReplay -update" afterwards.
func TestRecordingsAreGenerated(t *testing.T) {
	count, total := 0, 0
	var all bytes.Buffer
	for folder, recordings := range folders {
		total += len(recordings)
		for i := range recordings {
			r := &recordings[i]
			all.Write(replaytest.Generated(t, filepath.Join("testdata", folder, r.file+".txtar"), r.generated(), len(r.exchanges)))
			count += len(r.exchanges)
		}
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != len(recordings) {
			t.Errorf("%d recordings in testdata/%s, want the %d of its table", len(files), folder, len(recordings))
		}
	}
	if total < 85 || count < 400 {
		t.Errorf("%d recordings with %d exchanges, want at least 85 with 400", total, count)
	}
	var i quota.Inspector
	for _, outcome := range []policy.Outcome{policy.Allow, policy.Deny} {
		for _, reason := range i.Reasons(outcome) {
			found := bytes.Contains(all.Bytes(), []byte(`"reason":"`+string(reason)+`"`))
			if why, ok := unrecorded[reason]; ok == found {
				t.Errorf("recordings of %s: %t (%s)", reason, found, why)
			}
		}
	}
}
