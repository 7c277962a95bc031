//go:build !wasip1

package oidctest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Fault is a way in which a document does not arrive.
type Fault int

const (
	// Healthy: the document arrives.
	Healthy Fault = iota
	// Refused: nobody listens.
	Refused
	// Silent: the connection is accepted and nothing comes.
	Silent
	// Slow: the answer comes SlowBy later.
	Slow
	// Trickled: a byte of the body every 100 ms, for ever more of them.
	Trickled
	// Cut: the connection breaks in the middle of the body.
	Cut
	// Garbage: random bytes of the right content type.
	Garbage
	// Page: an HTML page with status 200, as from a captive portal.
	Page
	// OtherJSON: JSON of another shape: "keys" is no list, "issuer" no string.
	OtherJSON
	// Empty: status 200 and no body.
	Empty
	// NoKeys: a key set without keys.
	NoKeys
	// Huge: a document of HugeSize bytes with the right one at its end.
	Huge
	// Unavailable: status 503.
	Unavailable
	// Moved: a redirection to where the document is.
	Moved
	// OtherIssuer: a discovery document that names another issuer, which OpenID
	// Connect Discovery, Section 4.3 forbids, and keys that are not its own: no
	// token of the provider's verifies with them.
	OtherIssuer
	faults
)

// SlowBy is how late a Slow answer is, HugeSize how many bytes a Huge one has.
const (
	SlowBy   = 2 * time.Second
	HugeSize = 100 << 20
)

var faultNames = [faults]string{
	"healthy", "refused", "silent", "slow", "trickled", "cut", "garbage", "page", "other JSON", "empty",
	"no keys", "huge", "unavailable", "moved", "other issuer",
}

// String returns the name in words.
func (f Fault) String() string { return faultNames[f] }

// AllFaults returns every Fault but Healthy.
func AllFaults() []Fault {
	list := make([]Fault, 0, faults-1)
	for f := Healthy + 1; f < faults; f++ {
		list = append(list, f)
	}
	return list
}

// Paths of the documents.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/keys"
)

// Fetch is a request that came for a document.
type Fetch struct {
	Time   time.Time
	Path   string
	Header http.Header
	// Fault is what it met with.
	Fault Fault
}

// Faults is a proxy before the provider's discovery document and key set, on a
// port of its own. Tokens do not come through it: they are still issued while
// nobody can fetch a key.
type Faults struct {
	provider *Provider
	protocol http.Handler
	gate     *gate

	mu           sync.Mutex
	fault        map[string]Fault // by path
	cacheControl string
	fetches      []Fetch
	down         bool          // the provider is stopped
	changed      chan struct{} // closed when Set ends what is under way
}

func newFaults(p *Provider, protocol http.Handler) (*Faults, error) {
	f := &Faults{provider: p, protocol: protocol, fault: make(map[string]Fault), changed: make(chan struct{})}
	var err error
	f.gate, err = newGate(f)
	return f, err
}

// Address returns "127.0.0.1:port", the endpoint of the cluster from which keys
// are fetched.
func (f *Faults) Address() string { return f.gate.address }

// Set makes a fault begin, and the one before end, for the documents with these
// paths or for both. A request that is under way is cut. Refused is always for
// both.
func (f *Faults) Set(fault Fault, paths ...string) error {
	f.mu.Lock()
	if len(paths) == 0 || fault == Refused {
		paths = []string{DiscoveryPath, KeysPath}
	}
	for _, path := range paths {
		f.fault[path] = fault
	}
	close(f.changed)
	f.changed = make(chan struct{})
	f.mu.Unlock()
	return f.set()
}

// stopped follows the provider.
func (f *Faults) stopped(down bool) error {
	f.mu.Lock()
	f.down = down
	f.mu.Unlock()
	return f.set()
}

// set opens or closes the gate.
func (f *Faults) set() error {
	f.mu.Lock()
	closed := f.down || f.fault[DiscoveryPath] == Refused || f.fault[KeysPath] == Refused
	f.mu.Unlock()
	if closed {
		f.gate.close()
		return nil
	}
	return f.gate.open()
}

// SetCaching adds Cache-Control to the documents and, unless it is "", an ETag
// that If-None-Match is compared with (RFC 9110, Section 13.1.2). The provider has
// neither.
func (f *Faults) SetCaching(cacheControl string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cacheControl = cacheControl
}

// Fetches returns what was fetched so far. A refused connection is not among
// them.
func (f *Faults) Fetches() []Fetch {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.fetches)
}

// ServeHTTP implements http.Handler.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != DiscoveryPath && r.URL.Path != KeysPath {
		http.NotFound(w, r)
		return
	}
	f.mu.Lock()
	fault, changed := f.fault[r.URL.Path], f.changed
	f.fetches = append(f.fetches, Fetch{time.Now(), r.URL.Path, r.Header.Clone(), fault})
	f.mu.Unlock()
	recorded := httptest.NewRecorder()
	f.protocol.ServeHTTP(recorded, r)
	document := recorded.Body.Bytes()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		select {
		case <-changed:
			cancel()
		case <-ctx.Done():
		}
	}()
	w.Header().Set("Content-Type", "application/json")
	switch fault {
	case Silent:
		<-ctx.Done()
		cut(w)
	case Slow:
		if !wait(ctx, SlowBy) {
			cut(w)
			return
		}
		f.answer(w, r, document)
	case Trickled:
		flusher := http.NewResponseController(w)
		for i := 0; wait(ctx, 100*time.Millisecond); i++ {
			// White space before the document is part of valid JSON.
			w.Write([]byte(" "))
			flusher.Flush()
		}
		cut(w)
	case Cut:
		w.Header().Set("Content-Length", strconv.Itoa(len(document)))
		w.Write(document[:len(document)/2])
		http.NewResponseController(w).Flush()
		cut(w)
	case Garbage:
		garbage := make([]byte, 4096)
		for i := range garbage {
			garbage[i] = byte(rand.Uint32())
		}
		w.Write(garbage)
	case Page:
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte("<!DOCTYPE html><title>Welcome to the hotel</title><p>Please log in."))
	case OtherJSON:
		w.Write([]byte(`{"issuer":17,"jwks_uri":["` + f.provider.issuer + KeysPath + `"],"keys":{"kty":"RSA"}}`))
	case Empty:
	case NoKeys:
		if r.URL.Path == KeysPath {
			document = []byte(`{"keys":[]}`)
		}
		w.Write(document)
	case Huge:
		huge(w, document)
	case Unavailable:
		http.Error(w, `{"error":"temporarily_unavailable"}`, http.StatusServiceUnavailable)
	case Moved:
		http.Redirect(w, r, f.provider.issuer+r.URL.Path, http.StatusFound)
	case OtherIssuer:
		w.Write(f.foreign(r.URL.Path, document))
	default:
		f.answer(w, r, document)
	}
}

// answer sends the document, or 304 to who has it.
func (f *Faults) answer(w http.ResponseWriter, r *http.Request, document []byte) {
	f.mu.Lock()
	cacheControl := f.cacheControl
	f.mu.Unlock()
	if cacheControl != "" {
		sum := sha256.Sum256(document)
		etag := `"` + hex.EncodeToString(sum[:8]) + `"`
		w.Header().Set("Cache-Control", cacheControl)
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Write(document)
}

// huge sends a JSON object of HugeSize bytes whose last members are those of the
// document.
func huge(w http.ResponseWriter, document []byte) {
	head, tail := []byte(`{"padding":"`), append([]byte(`",`), bytes.TrimPrefix(document, []byte("{"))...)
	w.Header().Set("Content-Length", strconv.Itoa(HugeSize))
	w.Write(head)
	block := bytes.Repeat([]byte("x"), 64<<10)
	for left := HugeSize - len(head) - len(tail); left > 0; {
		n, err := w.Write(block[:min(left, len(block))])
		if err != nil {
			return
		}
		left -= n
	}
	w.Write(tail)
}

// foreign is the document of another provider.
func (f *Faults) foreign(path string, document []byte) []byte {
	if path == DiscoveryPath {
		issuer := []byte(f.provider.issuer)
		return bytes.Replace(document, issuer, append(issuer, "/other"...), 1)
	}
	other, err := start(Options{})
	if err != nil {
		return nil
	}
	other.gate.close()
	other.Faults.gate.close()
	set, _ := other.KeySet()
	return set
}

// wait waits for a time and tells whether it passed.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
