//go:build !wasip1

package inspect

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gatehouse/harness"
)

// written is what the scribe makes of a body.
func written(do, body string) string {
	switch do {
	case "drop":
		return ""
	case "double":
		body = repeated(body, 2)
	case "grow":
		body = repeated(body, 100)
	case "":
		return body
	}
	return strings.ToUpper(body)
}

func repeated(s string, times int) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(strings.Repeat(s[i:i+1], times))
	}
	return b.String()
}

// pages are bodies: none, shorter than what is held back, and longer.
var pages = []string{"", "a", strings.Repeat("0123456789abcdef", 20), strings.Repeat("abcdefghijklmnopqrst", 1500)}

// framing is how a message says where its body ends.
type framing struct {
	name            string
	sized, trailers bool
	// announced: the headers say that trailers come.
	announced bool
}

var framings = []framing{
	{name: "of unknown length"},
	{name: "of known length", sized: true},
	{name: "with trailers announced", trailers: true, announced: true},
	{name: "with trailers", trailers: true},
	{name: "of known length with trailers", sized: true, trailers: true},
}

// possible tells whether HTTP/1 has the framing as well.
func (f framing) possible(protocol string) bool {
	return protocol == "HTTP/2" || !f.sized || !f.trailers
}

// frame gives a message a body in pieces.
func (f framing) frame(m harness.Message, body string, size int) harness.Message {
	if body != "" {
		m.Body = cut([][]byte{[]byte(body)}, size)
	}
	m.Headers = m.Headers[:len(m.Headers):len(m.Headers)]
	if f.sized {
		m.Headers = append(m.Headers, harness.Header{Name: "content-length", Value: strconv.Itoa(len(body))})
	}
	if f.announced {
		m.Headers = append(m.Headers, harness.Header{Name: "trailer", Value: "x-sum"})
	}
	if f.trailers {
		m.Trailers = []harness.Header{{Name: "x-sum", Value: "7"}}
	}
	return m
}

// rewriteCase is an exchange and what it comes to.
type rewriteCase struct {
	f        framing
	do, body string
	// shadow, held and download are the wishes x-shadow and x-hold-headers, and
	// whether only the response is rewritten.
	shadow, held, download bool
}

// cuts tells whether the end of what is held back is lost, so that the stream breaks
// off: nothing can be passed on behind trailers that nothing announced, but as long as
// headers wait.
func (c rewriteCase) cuts() bool {
	return c.do == "hold" && !c.shadow && c.f.trailers && !c.f.sized && !c.f.announced && c.body != "" && !(c.held && len(c.body) <= 100)
}

// rewriteCases runs exchanges whose bodies are rewritten, in pieces of sizes, and in
// no more pieces than most.
func rewriteCases(t *testing.T, most int, sizes []int, run func(name, protocol string, x harness.Exchange, c rewriteCase)) {
	t.Helper()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		for _, f := range framings {
			for _, do := range []string{"upper", "drop", "double", "grow", "hold"} {
				for _, body := range pages {
					for _, size := range sizes {
						for _, extra := range []string{"", "x-shadow", "x-hold-headers", "download"} {
							few := len(body) <= size
							if !f.possible(protocol) || few && size != sizes[len(sizes)-1] || len(body)/size > most || do == "grow" && len(body) > 1000 {
								continue
							}
							c := rewriteCase{f: f, do: do, body: body, shadow: extra == "x-shadow", held: extra == "x-hold-headers", download: extra == "download"}
							headers := []string{"x-download", do, extra, "1"}
							if !c.download {
								headers = append(headers, "x-upload", do)
							}
							if extra == "" {
								headers = slices.Delete(headers, 2, 4)
							}
							x := harness.Exchange{Request: f.frame(request("POST", "", headers...), body, size), Response: f.frame(response("200", ""), body, size)}
							run(fmt.Sprintf("%s %d bytes %s, in pieces of %d, %s %s", do, len(body), f.name, size, protocol, extra), protocol, x, c)
						}
					}
				}
			}
		}
	}
}

// compare holds what came to the upstream and the client against what was to come.
func (c rewriteCase) compare(t *testing.T, name string, request *harness.Message, complete bool, response *harness.Message) {
	t.Helper()
	uploaded, downloaded := written(c.do, c.body), written(c.do, c.body)
	if c.shadow || c.download {
		uploaded = c.body
	}
	if c.shadow {
		downloaded = c.body
	}
	status, brokenOff := value(response.Headers, ":status"), response.Reset
	if c.cuts() {
		if complete != c.download || c.download && !brokenOff && status != "500" || !c.download && status != "500" {
			t.Errorf("%s: status %s, broken off %t, upstream complete %t; want it cut", name, status, brokenOff, complete)
		}
		if got := bytes.Join(request.Body, nil); !strings.HasPrefix(uploaded, string(got)) {
			t.Errorf("%s: the upstream got %d bytes that were not rewritten: %.80q", name, len(got), got)
		}
		if got := bytes.Join(response.Body, nil); status == "200" && !strings.HasPrefix(downloaded, string(got)) {
			t.Errorf("%s: the client got %d bytes that were not rewritten: %.80q", name, len(got), got)
		}
		return
	}
	if !complete || brokenOff || status != "200" {
		t.Errorf("%s: status %s, upstream complete %t, response broken off %t", name, status, complete, brokenOff)
		return
	}
	for _, m := range []struct {
		what, want string
		message    *harness.Message
	}{{"upstream", uploaded, request}, {"client", downloaded, response}} {
		if got := string(bytes.Join(m.message.Body, nil)); got != m.want {
			t.Errorf("%s: the %s got %d bytes %.60q, want %d %.60q", name, m.what, len(got), got, len(m.want), m.want)
		}
		if got := value(m.message.Trailers, "x-sum"); (got == "7") != c.f.trailers {
			t.Errorf("%s: the %s got trailer %q", name, m.what, got)
		}
		if got := value(m.message.Trailers, "x-read"); (got == "1") != (c.f.trailers && !c.shadow) {
			t.Errorf("%s: the %s got trailers that say %q of being read", name, m.what, got)
		}
		if length := value(m.message.Headers, "content-length"); length != "" && length != strconv.Itoa(len(m.want)) {
			t.Errorf("%s: the %s got content-length %s of %d bytes", name, m.what, length, len(m.want))
		}
	}
}

// downloads are responses that the scribe rewrites, denies in the middle, or that
// break off, and what the client gets of them. Wish is a header of the request.
var downloads = []struct {
	name, do, wish string
	whole          bool
	chunks         []string
	status         int
	body           string
	breaks         bool
}{
	{"a body", "hold", "", true, []string{"good", secret}, 200, "GOOD" + strings.ToUpper(secret), false},
	{"an upstream that breaks off", "hold", "", false, []string{"good", secret, "secret"}, 200, ("GOOD" + strings.ToUpper(secret))[:510], true},
	{"an upstream that breaks off before anything passes", "hold", "", false, []string{"secret"}, 200, "", true},
	{"a denial in the middle", "deny", "", true, []string{"good", "bad! secret", "secret"}, 200, "GOOD", true},
	{"a panic in the middle", "panic", "", true, []string{"good", "bad! secret", "secret"}, 200, "GOOD", true},
	{"a denial at the beginning", "deny", "", true, []string{"bad! secret"}, 200, "", true},
	{"a denial while headers wait", "deny", "x-hold-headers", true, []string{"bad! secret"}, 403, "denied", false},
	{"a panic while headers wait", "panic", "x-hold-headers", true, []string{"bad! secret"}, 500, "", false},
	{"a denial after headers have waited", "deny", "x-hold-headers", true, []string{"good", "bad! secret"}, 200, "GOOD", true},
	{"nothing at all while headers wait", "drop", "x-hold-headers", true, []string{"good", secret}, 200, "", false},
	{"a denial in shadow mode", "deny", "x-shadow", true, []string{"good", "bad! ", "secret"}, 200, "goodbad! secret", false},
}

var secret = strings.Repeat("secret", 100)

// between is an exchange through two scribes of which each does something else, so that
// to the one what comes from the other is not as it was sent: a body that was gathered
// comes in one piece, and its trailers with it.
type between struct {
	name     string
	exchange harness.Exchange
	want     string
}

// scribing is what one of the two does.
type scribing struct{ prefix, do, hold string }

// wishes are the headers that ask for it.
func (s scribing) wishes() []string {
	headers := []string{s.prefix + "x-upload", s.do, s.prefix + "x-download", s.do}
	if s.hold != "" {
		headers = append(headers, s.prefix+"x-hold-headers", "1")
	}
	return headers
}

// betweens are the exchanges, whose bodies come in pieces with trailers.
func betweens() []between {
	body := strings.Repeat("abcdefghij", 30)
	var all []between
	add := func(first, second scribing, f framing) {
		want := written(second.do, written(first.do, body))
		headers := slices.Concat(first.wishes(), second.wishes())
		all = append(all, between{
			name: fmt.Sprintf("first %s %s second %s %s, %s", first.do, first.hold, second.do, second.hold, f.name),
			want: want,
			exchange: harness.Exchange{Protocol: "HTTP/2", UpstreamProtocol: "HTTP/2",
				Request: f.frame(request("POST", "", headers...), body, 100), Response: f.frame(response("200", ""), body, 100)},
		})
	}
	scribings := []scribing{{do: "upper"}, {do: "upper", hold: "1"}, {do: "hold"}, {do: "hold", hold: "1"}, {do: "double", hold: "1"}}
	for _, first := range scribings {
		for _, second := range scribings {
			first.prefix, second.prefix = "first-", "second-"
			for _, f := range framings {
				if f.trailers && (f.announced || first.do != "hold" && second.do != "hold") {
					add(first, second, f)
				}
			}
		}
	}
	return all
}

// compare holds what came to the upstream and the client against what was to come:
// all of the body, and trailers that both have read.
func (b *between) compare(t *testing.T, request, response *harness.Message) {
	t.Helper()
	for _, m := range []struct {
		what    string
		message *harness.Message
	}{{"upstream", request}, {"client", response}} {
		if got := string(bytes.Join(m.message.Body, nil)); got != b.want || m.message.Reset {
			t.Errorf("%s: the %s got %q, broken off %t, want %q", b.name, m.what, got, m.message.Reset, b.want)
		}
		for name, want := range map[string]string{"x-sum": "7", "first-x-read": "1", "second-x-read": "1"} {
			if got := value(m.message.Trailers, name); got != want {
				t.Errorf("%s: the %s got trailers %v, want %s: %s", b.name, m.what, m.message.Trailers, name, want)
			}
		}
	}
}
