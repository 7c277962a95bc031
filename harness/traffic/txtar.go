package traffic

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gatehouse/harness"
)

// Epoch is when the exchanges of a recording without any time of its own
// happen: replaying a file gives the same answers on every day.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// section is a section of a txtar archive, with its place in the file.
type section struct {
	name string
	line int    // of the line "-- name --", from 1
	data []byte // what follows that line
	// start and end are the offsets of data in the file.
	start, end int
}

// split takes an archive apart exactly as golang.org/x/tools/txtar does, but
// keeps positions and does not add the newline that a last line may lack.
func split(data []byte) (sections []section, comment []byte) {
	comment = data
	line := 1
	for at := 0; at < len(data); line++ {
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if name := marker(data[at:end]); name != "" {
			if n := len(sections); n > 0 {
				sections[n-1].end = at
			} else {
				comment = data[:at]
			}
			sections = append(sections, section{name: name, line: line, start: end, end: len(data)})
		}
		at = end
	}
	for i := range sections {
		sections[i].data = data[sections[i].start:sections[i].end]
	}
	return sections, comment
}

// marker returns the name in a line "-- NAME --", "" if the line is none.
func marker(line []byte) string {
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if !bytes.HasPrefix(line, []byte("-- ")) || !bytes.HasSuffix(line, []byte(" --")) || len(line) < len("-- ")+len(" --") {
		return ""
	}
	return strings.TrimSpace(string(line[len("-- ") : len(line)-len(" --")]))
}

// ReadTxtar reads a txtar archive of recorded exchanges, as the package
// describes it. name is only for errors, which are of type *Error and carry the
// section and the line.
func ReadTxtar(name string, data []byte) (*Recording, error) {
	if len(data) > MaxFile {
		return nil, &Error{File: name, Problem: fmt.Sprintf("%d bytes, want at most %d", len(data), MaxFile)}
	}
	sections, comment := split(data)
	if len(sections) == 0 {
		return nil, &Error{File: name, Line: 1, Problem: `no section, want a line such as "-- request --"`}
	}
	r := &txtarReader{file: name, recording: &Recording{
		File: name, Format: Txtar, Comment: strings.TrimSpace(string(comment)),
	}}
	for _, s := range sections {
		if err := r.section(s); err != nil {
			return nil, err
		}
	}
	if err := r.finish(); err != nil {
		return nil, err
	}
	if len(r.recording.Exchanges) == 0 {
		return nil, &Error{File: name, Line: 1, Problem: `no exchange, want a section "request"`}
	}
	return r.recording, nil
}

type txtarReader struct {
	file      string
	recording *Recording
	now       time.Time
	current   *draft
}

// draft is an exchange of which not all sections are read yet.
type draft struct {
	line              int
	settings          *section
	request, upstream half
	want              *string
}

// half is the sections of one message.
type half struct {
	text, base64, chunks, trailers *section
}

func (r *txtarReader) errorAt(s section, line int, format string, args ...any) *Error {
	return &Error{File: r.file, Line: line, Where: s.name, Problem: fmt.Sprintf(format, args...)}
}

func (r *txtarReader) section(s section) error {
	switch s.name {
	case "config.json":
		if r.current != nil {
			return r.errorAt(s, s.line, "after the first exchange, want it before")
		}
		if r.recording.Configuration != nil {
			return r.errorAt(s, s.line, "twice, want it once")
		}
		r.recording.Configuration = append([]byte{}, s.data...)
		return nil
	case "callouts.yaml":
		if r.current != nil {
			return r.errorAt(s, s.line, "after the first exchange, want it before")
		}
		if r.recording.Callouts != nil {
			return r.errorAt(s, s.line, "twice, want it once")
		}
		callouts, err := ReadCallouts(r.file, s.data)
		if err != nil {
			var fault *Error
			errors.As(err, &fault)
			return r.errorAt(s, s.line, "%s", strings.TrimPrefix(fault.Where+": "+fault.Problem, ": "))
		}
		r.recording.Callouts = callouts
		return nil
	case "exchange":
		if err := r.begin(s); err != nil {
			return err
		}
		r.current.settings = &s
		return nil
	case "request":
		if r.current == nil || r.current.request.text != nil {
			if err := r.begin(s); err != nil {
				return err
			}
		}
		if r.current.request.base64 != nil || r.current.upstream.text != nil {
			return r.errorAt(s, s.line, "want it before the other sections of its exchange")
		}
		r.current.request.text = &s
		return nil
	}
	if r.current == nil || r.current.request.text == nil {
		switch s.name {
		case "request.base64", "request.chunks", "request.trailers", "upstream", "upstream.base64", "upstream.chunks", "upstream.trailers", "want":
			return r.errorAt(s, s.line, `want a section "request" before it`)
		}
	}
	if s.name == "want" {
		if r.current.want != nil {
			return r.errorAt(s, s.line, "twice, want it once an exchange")
		}
		want := string(s.data)
		r.current.want = &want
		return nil
	}
	side, part, _ := strings.Cut(s.name, ".")
	var h *half
	if r.current != nil {
		h = map[string]*half{"request": &r.current.request, "upstream": &r.current.upstream}[side]
	}
	var into **section
	if h != nil {
		into = map[string]**section{"": &h.text, "base64": &h.base64, "chunks": &h.chunks, "trailers": &h.trailers}[part]
	}
	if into == nil {
		return r.errorAt(s, s.line, "unknown section, want config.json, callouts.yaml, exchange, request, upstream, one of their .base64, .chunks and .trailers, or want")
	}
	if *into != nil {
		return r.errorAt(s, s.line, "twice, want it once an exchange")
	}
	*into = &s
	return nil
}

// begin ends the current exchange and begins another.
func (r *txtarReader) begin(s section) error {
	if err := r.finish(); err != nil {
		return err
	}
	if len(r.recording.Exchanges) == MaxExchanges {
		return r.errorAt(s, s.line, "more than %d exchanges", MaxExchanges)
	}
	r.current = &draft{line: s.line}
	return nil
}

// finish makes an exchange of the sections read.
func (r *txtarReader) finish() error {
	d := r.current
	if d == nil {
		return nil
	}
	if d.request.text == nil {
		return r.errorAt(*d.settings, d.line, `no section "request" after it`)
	}
	x := Exchange{Line: d.line, Want: d.want}
	method, err := r.request(d.request, &x.Exchange)
	if err != nil {
		return err
	}
	if err := r.upstream(d.upstream, method, &x.Exchange); err != nil {
		return err
	}
	if d.settings != nil {
		if err := r.settings(*d.settings, &x.Exchange); err != nil {
			return err
		}
	}
	if x.At.IsZero() {
		x.At = r.now
	}
	r.now = x.At
	r.recording.Exchanges = append(r.recording.Exchanges, x)
	r.current = nil
	return nil
}

// settings reads an exchange section.
func (r *txtarReader) settings(s section, x *harness.Exchange) error {
	seen := map[string]bool{}
	for i, line := range lines(s.data) {
		at := s.line + 1 + i
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, found := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if strings.HasPrefix(key, "property ") {
			// The type of a property stands behind a colon of its own; the one that
			// ends the key has a space behind it.
			key, value, found = strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "property ")+" ", ": ")
			if !found {
				return r.errorAt(s, at, `no colon, want "property PATH: VALUE"`)
			}
			path, encoded, err := Property(strings.TrimSpace(key), strings.TrimSpace(value))
			if err != nil {
				return r.errorAt(s, at, "%s", err)
			}
			if _, twice := x.Properties[path]; twice {
				return r.errorAt(s, at, "property %s twice", path)
			}
			if x.Properties == nil {
				x.Properties = map[string][]byte{}
			}
			x.Properties[path] = encoded
			continue
		}
		if !found {
			return r.errorAt(s, at, `no colon, want "key: value"`)
		}
		if seen[key] {
			return r.errorAt(s, at, "%s twice", quote(key))
		}
		seen[key] = true
		var err error
		switch key {
		case "name":
			x.Name = value
		case "at":
			if seen["after"] {
				return r.errorAt(s, at, "at and after, want one of them")
			}
			if x.At, err = time.Parse(time.RFC3339Nano, value); err != nil {
				return r.errorAt(s, at, "at: time %s, want one like 2026-03-01T12:00:00Z", quote(value))
			}
		case "after":
			if seen["at"] {
				return r.errorAt(s, at, "at and after, want one of them")
			}
			d, err := duration(value)
			if err != nil {
				return r.errorAt(s, at, "after: %s", err)
			}
			if r.now.IsZero() {
				r.now = Epoch
				r.backdate()
			}
			x.At = r.now.Add(d)
		case "delay":
			if x.Response.Delay, err = duration(value); err != nil {
				return r.errorAt(s, at, "delay: %s", err)
			}
		case "reset":
			switch value {
			case "request":
				x.Request.Reset = true
			case "upstream":
				x.Response.Reset = true
				if r.current.upstream.text == nil {
					x.Response.Headers = nil
				}
			default:
				return r.errorAt(s, at, "reset: %s, want request or upstream", quote(value))
			}
		default:
			return r.errorAt(s, at, "unknown key %s, want name, at, after, delay, reset or property PATH", quote(key))
		}
	}
	return nil
}

// backdate gives the exchanges before the first time of a recording the epoch.
func (r *txtarReader) backdate() {
	for i := range r.recording.Exchanges {
		r.recording.Exchanges[i].At = Epoch
	}
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("duration %s, want one like 1.5s", quote(s))
	}
	return d, nil
}

// lines splits a section into its lines, without their ends.
func lines(data []byte) []string {
	text := strings.TrimSuffix(string(data), "\n")
	if text == "" {
		return nil
	}
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = strings.TrimSuffix(all[i], "\r")
	}
	return all
}

// chunks reads a chunk plan and cuts body by it. What the plan leaves of the body
// is its last chunk.
func (r *txtarReader) chunks(s *section, body []byte) ([][]byte, *Error) {
	if len(body) == 0 {
		if s != nil {
			return nil, r.errorAt(*s, s.line, "no body, want one to cut")
		}
		return nil, nil
	}
	if s == nil {
		return [][]byte{body}, nil
	}
	var chunks [][]byte
	for i, line := range lines(s.data) {
		for _, word := range strings.Fields(line) {
			n, err := strconv.Atoi(word)
			if err != nil || n < 1 {
				return nil, r.errorAt(*s, s.line+1+i, "chunk of %s bytes, want a number of at least 1", quote(word))
			}
			if n > len(body) {
				return nil, r.errorAt(*s, s.line+1+i, "chunk of %d bytes, want at most the %d that are left of the body", n, len(body))
			}
			chunks = append(chunks, body[:n:n])
			body = body[n:]
		}
	}
	if len(body) > 0 {
		chunks = append(chunks, body)
	}
	return chunks, nil
}
