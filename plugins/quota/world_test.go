package quota

import (
	"strings"
	"testing"
	"time"

	"gatehouse/plugins/internal/policy"
)

// world is what a proxy lends the plugin on all its worker threads.
type world struct {
	values     map[string][]byte
	versions   map[string]uint32
	version    uint32
	random     uint64
	now        time.Time
	attributes map[string]string
	// broken makes the store lose everything and take nothing.
	broken bool
}

func newWorld() *world {
	return &world{
		values: map[string][]byte{}, versions: map[string]uint32{}, now: time.Unix(1_800_000_000, 0),
		attributes: map[string]string{"source.address": "192.0.2.7:4711"},
	}
}

func (w *world) Get(key string) ([]byte, uint32, bool) {
	value, ok := w.values[key]
	return value, w.versions[key], ok && !w.broken
}

func (w *world) Set(key string, value []byte, version uint32) bool {
	if _, ok := w.values[key]; w.broken || version != 0 && ok && w.versions[key] != version {
		return false
	}
	w.version++
	w.values[key], w.versions[key] = append([]byte(nil), value...), w.version
	return true
}

func (w *world) VerifySignature(string, []byte, []byte, []byte) (valid, answered bool) {
	return false, false
}

func (w *world) Random() uint64 { w.random++; return w.random }

func (w *world) Now() time.Time { return w.now }

func (w *world) Attribute(path ...string) ([]byte, bool) {
	value, ok := w.attributes[strings.Join(path, ".")]
	return []byte(value), ok
}

// identity is what jwt-audience leaves of a token with these claims.
func (w *world) identity(claims string) {
	w.attributes["gatehouse.identity"] = `{"iss":"https://login.example.com","sub":"user-1"` + claims + `}`
}

// inspector is a worker's inspector.
func (w *world) inspector(t testing.TB, document string) *Inspector {
	t.Helper()
	i, err := New([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	i.UseHost(w)
	if i.startFault != "" {
		t.Fatal(i.startFault)
	}
	return i
}

// stream is one request, driven as the adapter does.
type stream struct {
	t  testing.TB
	w  *world
	i  *Inspector
	at *inspection
	r  policy.Request
	// d is the last decision on the request, done the one of its end.
	d, response, done policy.Decision
}

// request sends the headers of a request. Fields are "name: value"; of the path there
// is a default.
func (w *world) request(t testing.TB, i *Inspector, fields ...string) *stream {
	t.Helper()
	return w.requestWithBody(t, i, nil, fields...)
}

// requestWithBody sends a body as well, if the plugin wants to see it whole, or its
// pieces.
func (w *world) requestWithBody(t testing.TB, i *Inspector, body []byte, fields ...string) *stream {
	t.Helper()
	s := &stream{t: t, w: w, i: i, at: i.Inspect().(*inspection)}
	s.r = policy.Request{Now: w.now, IncidentID: "incident-1", Attributes: w}
	known := map[string]string{":method": "GET", ":path": "/", ":authority": "api.example.com"}
	var more policy.Headers
	for _, field := range fields {
		name, value, _ := strings.Cut(field, ": ")
		if _, ok := known[name]; ok {
			known[name] = value
		} else {
			more = append(more, policy.Header{Name: name, Value: value})
		}
	}
	for _, name := range []string{":method", ":path", ":authority"} {
		s.r.Headers = append(s.r.Headers, policy.Header{Name: name, Value: known[name]})
	}
	s.r.Headers = append(s.r.Headers, more...)
	s.d = s.at.RequestHeaders(&s.r, body == nil)
	if s.d.Body == policy.BodyWhole {
		s.d = s.at.RequestBody(body, len(body) <= s.d.BodyLimit)
	} else if s.d.Body != policy.BodyNone && body != nil {
		s.pieces(body, s.at.RequestPiece, s.d.Body)
	}
	return s
}

// pieces sends a body in three pieces.
func (s *stream) pieces(body []byte, to func([]byte, int, bool), need policy.BodyNeed) {
	third := len(body) / 3
	for n, piece := range [][]byte{body[:third], body[third : 2*third], body[2*third:]} {
		size := len(piece)
		if need == policy.BodySizes {
			piece = nil
		}
		to(piece, size, n == 2)
	}
}

// resume goes on after a while.
func (s *stream) resume(after time.Duration, overdue bool) policy.Decision {
	s.w.now = s.w.now.Add(after)
	s.r.Now, s.r.Overdue = s.w.now, overdue
	s.d = s.at.Resume(&s.r)
	return s.d
}

// answer sends a response, and ends the stream.
func (s *stream) answer(status int, body string, fields ...string) policy.Decision {
	s.t.Helper()
	if s.d.Outcome == policy.Allow || s.d.Mode == policy.Shadow {
		head := policy.ResponseHead{Now: s.w.now, Status: status, Attributes: s.w}
		for _, field := range fields {
			name, value, _ := strings.Cut(field, ": ")
			head.Headers = append(head.Headers, policy.Header{Name: name, Value: value})
		}
		if !s.d.NoResponse {
			s.response = s.at.ResponseHeaders(&head, body == "")
			if need := s.response.Body; need != policy.BodyNone && body != "" {
				s.pieces([]byte(body), s.at.ResponsePiece, need)
			}
		}
	}
	return s.end()
}

// end ends the stream.
func (s *stream) end() policy.Decision {
	s.done = s.at.Done()
	return s.done
}
