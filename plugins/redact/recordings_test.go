//go:build !wasip1

package redact_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gatehouse/harness/replay/replaytest"
	"gatehouse/harness/traffic"
	"gatehouse/plugins/internal/policy"
	"gatehouse/plugins/redact"
)

// recording is a file of testdata.
type recording struct {
	file, why string
	// members are those of the configuration. Events are all written where they do not
	// say otherwise.
	members   string
	exchanges []exchange
}

// exchange is one request of a recording, and what its upstream answers.
type exchange struct {
	name     string
	method   string // GET, or POST if there is a body
	path     string // /customers/1 if empty
	host     string // api.example.com if empty
	identity string // none if empty
	fields   []string
	body     string
	chunks   string
	trailers string
	// status and answer are the upstream's: 200 and no body if empty.
	status         int
	headers        []string
	answer         string
	answerChunks   string
	answerTrailers string
	// reset is "request" or "upstream" if one of them breaks off.
	reset string
	// shown says that somebody may see what is a canary elsewhere.
	shown bool
}

// gets is a request for a document.
func gets(name, contentType, answer string) exchange {
	return exchange{name: name, headers: []string{"Content-Type: " + contentType}, answer: answer}
}

// getsJSON is a request for a JSON document.
func getsJSON(name, answer string) exchange { return gets(name, "application/json", answer) }

// posts is a request with a document, to which nothing is answered.
func posts(name, contentType, body string) exchange {
	return exchange{name: name, fields: []string{"Content-Type: " + contentType}, body: body, status: 204}
}

// as has an identity ask, with members such as `"scope":"a"`.
func (x exchange) as(client string, members ...string) exchange {
	x.identity = `{"iss":"https://idp.example.com","sub":"user-of-` + client + `","client_id":"` + client + `"`
	for _, m := range members {
		x.identity += "," + m
	}
	x.identity += "}"
	return x
}

// seen is the exchange of somebody who may see what it has.
func (x exchange) seen() exchange {
	x.shown = true
	return x
}

// at is the exchange at another path.
func (x exchange) at(path string) exchange {
	x.path = path
	return x
}

// with is the exchange with more header fields of the response.
func (x exchange) with(headers ...string) exchange {
	x.headers = append(headers, x.headers...)
	return x
}

// configuration is that of a recording.
func (r *recording) configuration() string {
	members := r.members
	if !strings.Contains(members, `"events"`) {
		members = `"events":"all",` + members
	}
	return "{" + members + "}\n"
}

// generated returns the text of a recording without its want sections.
func (r *recording) generated() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n\n-- config.json --\n%s", r.why, r.configuration())
	for i := range r.exchanges {
		x := &r.exchanges[i]
		fmt.Fprintf(&b, "-- exchange --\nname: %s\n", x.name)
		if i == 0 {
			fmt.Fprintf(&b, "at: 2026-11-20T09:00:00Z\n")
		}
		if x.identity != "" {
			fmt.Fprintf(&b, "property gatehouse.identity: %s\n", x.identity)
		}
		if x.reset != "" {
			fmt.Fprintf(&b, "reset: %s\n", x.reset)
		}
		method := "GET"
		if x.body != "" {
			method = "POST"
		}
		fmt.Fprintf(&b, "-- request --\n%s %s HTTP/1.1\nHost: %s\nX-Request-Id: recorded-%d\n", or(x.method, method), or(x.path, "/customers/1"), or(x.host, "api.example.com"), i+1)
		message(&b, "request", x.fields, x.body, x.chunks, x.trailers)
		if x.reset == "upstream" && x.headers == nil {
			continue // it breaks off before it answers
		}
		status := 200
		if x.status != 0 {
			status = x.status
		}
		fmt.Fprintf(&b, "-- upstream --\nHTTP/1.1 %d Recorded\n", status)
		message(&b, "upstream", x.headers, x.answer, x.answerChunks, x.answerTrailers)
	}
	return b.Bytes()
}

// message writes what is behind the first line of a message.
func message(b *bytes.Buffer, section string, fields []string, body, chunks, trailers string) {
	for _, field := range fields {
		fmt.Fprintln(b, field)
	}
	fmt.Fprintln(b)
	text := utf8.ValidString(body) && !strings.Contains(body, "\n-- ") && !strings.HasPrefix(body, "\ufeff") &&
		!strings.ContainsFunc(body, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' })
	switch {
	case body == "":
	case text:
		fmt.Fprintln(b, body)
	default:
		fmt.Fprintf(b, "-- %s.base64 --\n%s\n", section, base64.StdEncoding.EncodeToString([]byte(body)))
	}
	if chunks != "" {
		fmt.Fprintf(b, "-- %s.chunks --\n%s\n", section, chunks)
	}
	if trailers != "" {
		fmt.Fprintf(b, "-- %s.trailers --\n%s\n", section, trailers)
	}
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// folders are the recordings by folder of testdata: those in random have ciphertexts,
// which are others each time, those in compressed have bodies whose
// coding depends on how they are cut, and of those in broken it depends on that how much
// has left when they break off.
var folders = map[string][]recording{
	"replay":     list(recordedActions, recordedFormats, recordedKinds(), recordedRules, recordedReasons, recordedHeaders),
	"random":     recordedCiphertexts,
	"compressed": recordedCompressed,
	"broken":     recordedBroken,
}

func list(parts ...[]recording) []recording {
	var all []recording
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// canaries are what nobody may see whom no recording allows to.
var canaries = []string{"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "ada@example.com", "ada%40example.com", "DE89370400440532013000", "536-90-4399", "hunter2"}

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
			data := replaytest.Generated(t, filepath.Join("testdata", folder, r.file+".txtar"), r.generated(), len(r.exchanges))
			all.Write(data)
			count += len(r.exchanges)
			keepsSecret(t, r, data)
		}
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) != len(recordings) {
			t.Errorf("%d recordings in testdata/%s, want the %d of its table", len(files), folder, len(recordings))
		}
	}
	if total < 90 || count < 350 {
		t.Errorf("%d recordings with %d exchanges, want at least 90 with 350", total, count)
	}
	var i redact.Inspector
	for _, outcome := range []policy.Outcome{policy.Allow, policy.Deny} {
		for _, reason := range i.Reasons(outcome) {
			if !bytes.Contains(all.Bytes(), []byte(`"reason":"`+string(reason)+`"`)) {
				t.Errorf("no recording of %s", reason)
			}
		}
	}
}

// keepsSecret wants no canary in what came of an exchange, but where it is shown.
func keepsSecret(t *testing.T, r *recording, data []byte) {
	t.Helper()
	recorded, err := traffic.ReadTxtar(r.file, data)
	if err != nil {
		t.Error(err)
		return
	}
	for i := range recorded.Exchanges {
		x := &recorded.Exchanges[i]
		if r.exchanges[i].shown || x.Want == nil {
			continue
		}
		came := *x.Want
		if !strings.Contains(came, "\nresponse body ") && !strings.Contains(came, "\ndetails ") {
			came += r.exchanges[i].answer
		}
		if !strings.Contains(came, "\nupstream body ") && !strings.Contains(came, "upstream not reached") && !strings.Contains(came, "reset\n") && !strings.Contains(came, "in part") {
			came += r.exchanges[i].body
		}
		for line := range strings.Lines(came) {
			if strings.HasPrefix(line, "response - ") || strings.HasPrefix(line, "upstream - ") || strings.HasPrefix(line, "response trailer - ") {
				continue
			}
			for _, canary := range canaries {
				if strings.Contains(line, canary) {
					t.Errorf("%s: %s: %s is seen: %.200s", r.file, x.Name, canary, line)
				}
			}
		}
	}
}
