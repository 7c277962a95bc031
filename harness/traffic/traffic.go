package traffic

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"gatehouse/harness"
)

// Limits of what the readers take. A file beyond them is an error, not a
// recording cut short.
const (
	// MaxFile is the size of a recording, in bytes.
	MaxFile = 256 << 20
	// MaxExchanges is the number of exchanges of a recording.
	MaxExchanges = 100_000
	// MaxDepth is how deep the objects and arrays of a HAR document may nest.
	// Browsers write call stacks of some hundred levels into theirs.
	MaxDepth = 1000
)

// Format is the format of a recording.
type Format string

const (
	// HAR is the HTTP Archive format 1.2, a JSON document.
	HAR Format = "har"
	// Txtar is a text archive, described at the package.
	Txtar Format = "txtar"
)

// Recording is the traffic of one file.
type Recording struct {
	// File is the name the recording was read under.
	File string
	// Format is what the file was found to be.
	Format Format
	// Comment is why the recording exists; empty in HAR.
	Comment string
	// Configuration is the plugin configuration that belongs to it, nil for none.
	Configuration []byte
	// Callouts are declared answers that belong to it, nil for none.
	Callouts *Callouts
	// Exchanges are in the order of the file, which need not be that of time.
	Exchanges []Exchange
	// Skipped are the entries that are no HTTP traffic.
	Skipped []Skipped
}

// Exchange is one recorded exchange and what the recording says of it.
type Exchange struct {
	harness.Exchange
	// Line is where the exchange begins in its file, from 1.
	Line int
	// Want is the text of its want section, nil for none.
	Want *string
}

// Skipped is an entry the reader passed over.
type Skipped struct {
	// Line is where the entry begins in its file, from 1.
	Line int
	// Reason says why, in a few words.
	Reason string
}

// Error is what is wrong with a recording, and where.
type Error struct {
	// File is the name the recording was read under.
	File string
	// Line and Column count from 1; a Column of 0 means the whole line, a Line of
	// 0 the whole file.
	Line, Column int
	// Where is the member of a HAR ("log.entries[3].request.url") or the section
	// of a txtar archive; empty for the document itself.
	Where string
	// Problem says what is wrong and what is wanted.
	Problem string
}

// Error returns "file:line:column: where: problem", on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
	}
	b.WriteString(": ")
	if e.Where != "" {
		b.WriteString(e.Where + ": ")
	}
	b.WriteString(e.Problem)
	return b.String()
}

// Read reads a recording in the format its content shows; where the content
// leaves it open, the extension of name (.har, .json, .txtar) decides. The
// extension and the content must not contradict each other. Errors are of type
// *Error.
func Read(name string, data []byte) (*Recording, error) {
	format, err := detect(name, data)
	if err != nil {
		return nil, err
	}
	if format == HAR {
		return ReadHAR(name, data)
	}
	return ReadTxtar(name, data)
}

// detect tells the format of a recording. A HAR document begins with a brace; a
// txtar archive may too, in its comment, but then it has a section line.
func detect(name string, data []byte) (Format, error) {
	head := bytes.TrimLeft(bytes.TrimPrefix(data, utf8BOM), " \t\r\n")
	if len(head) == 0 {
		return "", &Error{File: name, Problem: "empty file, want a HAR document or a txtar archive"}
	}
	sections, _ := split(data)
	var looks Format
	switch {
	case len(sections) > 0:
		looks = Txtar
	case head[0] == '{':
		looks = HAR
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".har", ".json":
		// A JSON string cannot hold a line of its own, so that section lines are
		// broken JSON, which the reader reports with its position.
		return HAR, nil
	case ".txtar":
		if looks != Txtar {
			return "", &Error{File: name, Line: 1, Problem: `not a txtar archive: no section, want a line such as "-- request --"`}
		}
		return Txtar, nil
	}
	if looks == "" {
		return "", &Error{File: name, Line: 1, Problem: `not a recording: want a HAR document ("{") or a txtar archive ("-- request --")`}
	}
	return looks, nil
}

var utf8BOM = []byte("\xef\xbb\xbf")

// position returns the line and column, both from 1, of an offset into data.
// Columns count bytes, as compilers do.
func position(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	line = bytes.Count(before, []byte("\n")) + 1
	column = len(before) - (bytes.LastIndexByte(before, '\n') + 1) + 1
	return line, column
}
