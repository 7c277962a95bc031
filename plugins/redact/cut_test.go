//go:build !wasip1

package redact_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"gatehouse/harness"
	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact"
)

// TestBodiesCutAnywhere sends the bodies of all recordings through the engine, cut in two
// at every position and in three at many. What comes out, and what is said of it, is
// the same; where a body is refused, what has left by then is a beginning of it.
func TestBodiesCutAnywhere(t *testing.T) {
	bodies, runs := 0, 0
	for _, folder := range []string{"replay", "random", "compressed", "broken"} {
		for i := range folders[folder] {
			r := &folders[folder][i]
			t.Run(r.file, func(t *testing.T) {
				recorded, err := traffic.ReadTxtar(r.file, r.generated())
				if err != nil {
					t.Fatal(err)
				}
				inspector, err := redact.New(recorded.Configuration)
				if err == nil {
					err = inspector.UseEnvironment(func(string) (string, bool) { return "", false })
				}
				if err != nil {
					t.Fatal(err)
				}
				for n := range recorded.Exchanges {
					x := &recorded.Exchanges[n]
					if size := max(len(bytes.Join(x.Request.Body, nil)), len(bytes.Join(x.Response.Body, nil))); size > 0 {
						bodies++
						runs += cutAnywhere(t, inspector, x, size)
					}
				}
			})
		}
	}
	if bodies < 480 || runs < 150_000 {
		t.Errorf("%d bodies in %d ways, want at least 480 in 150000", bodies, runs)
	}
	t.Logf("%d bodies in %d ways", bodies, runs)
}

// cutAnywhere returns in how many ways it has cut.
func cutAnywhere(t *testing.T, inspector *redact.Inspector, x *traffic.Exchange, size int) (runs int) {
	whole := through(inspector, x)
	most := whole
	if whole.refused {
		every := make([]int, size)
		for i := range every {
			every[i] = i
		}
		most = through(inspector, x, every...)
	}
	try := func(cuts ...int) bool {
		got := through(inspector, x, cuts...)
		runs++
		if whole.refused && got.refused {
			if !strings.HasPrefix(most.request, got.request) || !strings.HasPrefix(most.response, got.response) {
				t.Errorf("%s: cut at %v: %q and %q have left, which are no beginnings of %q and %q", x.Name, cuts, got.request, got.response, most.request, most.response)
				return false
			}
			got.request, got.response = whole.request, whole.response
		}
		if !reflect.DeepEqual(got, whole) {
			t.Errorf("%s: cut at %v:\n%+v\nwhole:\n%+v", x.Name, cuts, got, whole)
			return false
		}
		return true
	}
	for at := 1; at < size; at++ {
		if !try(at) {
			return runs
		}
		for _, width := range []int{1, 2, 3, 7, 16} {
			if at+width < size && !try(at, at+width) {
				return runs
			}
		}
	}
	return runs
}

// outcome is what comes of an exchange, without numbers of bytes.
type outcome struct {
	refused           bool
	request, response string
	decisions         string
	sightings         []policy.Sighting
}

// through has the engine work on an exchange whose bodies are cut at these positions.
func through(inspector *redact.Inspector, x *traffic.Exchange, cuts ...int) (o outcome) {
	inspector.UseHost(&lender{})
	known := attributes(x.Properties)
	stream := inspector.Inspect().(policy.Rewriter)
	now := time.Unix(1_800_000_000, 0)
	note := func(d policy.Decision) bool {
		o.decisions += fmt.Sprintf("%s %s %v %v %d; ", d.Outcome, d.Reason, d.SetHeaders, d.RemoveHeaders, d.Response.Status)
		o.sightings = append(o.sightings, d.Sightings...)
		denied := d.Outcome == policy.Deny && d.Mode == policy.Enforce
		o.refused = o.refused || denied
		return denied
	}
	defer func() {
		d := stream.Done()
		o.decisions += fmt.Sprint(d.Reason, d.Route, d.Count, d.Identity)
		o.sightings = append(o.sightings, d.Sightings...)
	}()
	body := bytes.Join(x.Request.Body, nil)
	d := stream.RequestHeaders(&policy.Request{Now: now, Headers: headers(x.Request.Headers), Attributes: known, IncidentID: "incident"}, len(body) == 0)
	if note(d) {
		return o
	}
	var refusal *policy.Decision
	o.request = string(body)
	if d.Body == policy.BodyStream {
		var text string
		text, refusal = pieces(stream.RewriteRequest, body, cuts)
		if d.Mode != policy.Shadow {
			o.request = text
		}
		if refusal != nil && note(*refusal) {
			return o
		}
	}
	body = bytes.Join(x.Response.Body, nil)
	if d.NoResponse {
		o.response = string(body)
		return o
	}
	d = stream.ResponseHeaders(&policy.ResponseHead{Now: now, Status: 200, Headers: headers(x.Response.Headers), Attributes: known}, len(body) == 0)
	if note(d) {
		return o
	}
	o.response = string(body)
	if d.Body == policy.BodyStream {
		var text string
		text, refusal = pieces(stream.RewriteResponse, body, cuts)
		if d.Mode != policy.Shadow {
			o.response = text
		}
		if refusal != nil {
			note(*refusal)
		}
	}
	return o
}

// pieces hands a body over piece by piece, and returns what it says, whatever its coding.
func pieces(rewrite func(dst, piece []byte, end bool) ([]byte, *policy.Decision), body []byte, cuts []int) (string, *policy.Decision) {
	var out []byte
	from := 0
	for _, at := range append(cuts, len(body)) {
		at = max(from, min(at, len(body)))
		end := at == len(body)
		var refusal *policy.Decision
		if out, refusal = rewrite(out, body[from:at], end); refusal != nil || end {
			return strings.TrimSuffix(inflated(out), cutOff), refusal
		}
		from = at
	}
	return "", nil
}

func headers(fields []harness.Header) policy.Headers {
	var all policy.Headers
	for _, f := range fields {
		all = append(all, policy.Header{Name: f.Name, Value: f.Value})
	}
	return all
}

type attributes map[string][]byte

func (a attributes) Attribute(path ...string) ([]byte, bool) {
	value, ok := a[strings.Join(path, ".")]
	return value, ok
}

// lender is a proxy that lends the same numbers each time.
type lender struct {
	policy.Host
	n uint64
}

func (*lender) Get(string) ([]byte, uint32, bool) { return nil, 0, true }
func (l *lender) Random() uint64                  { l.n++; return l.n }
