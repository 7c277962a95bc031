package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gatehouse/plugins/redact/transform"
)

// revealer finds values that transforms made and puts those they were made of in
// their place.
type revealer struct {
	// tokens and envelopes are for one namespace each.
	tokens, envelopes []transform.Reversible
	ff1               transform.Reversible
	revealed          int
	// faults counts what could not be revealed, by why.
	faults map[string]int
}

// summary says what came of it.
func (r *revealer) summary() string {
	words := []string{fmt.Sprintf("%d revealed", r.revealed)}
	total := 0
	for _, why := range slices.Sorted(maps.Keys(r.faults)) {
		total += r.faults[why]
		words = append(words, fmt.Sprintf("%d %s", r.faults[why], why))
	}
	if total == 0 {
		return words[0]
	}
	return fmt.Sprintf("%s, %d not: %s", words[0], total, strings.Join(words[1:], ", "))
}

// sealedKinds are how values begin that say what they are.
var sealedKinds = []string{"tok:", "enc:", "psn:"}

// text replaces what is found in a text.
func (r *revealer) text(text []byte) []byte {
	var out []byte
	for {
		at := -1
		for _, kind := range sealedKinds {
			if i := bytes.Index(text, []byte(kind)); i >= 0 && (at < 0 || i < at) {
				at = i
			}
		}
		if at < 0 {
			return append(out, text...)
		}
		out = append(out, text[:at]...)
		text = text[at:]
		const kind = len("tok:")
		id := span(text[kind:], ".")
		coded := 0
		if rest := text[kind+id:]; id > 0 && len(rest) > 0 && rest[0] == ':' {
			coded = span(rest[1:], "")
		}
		if coded == 0 { // a word that ends like a kind
			out = append(out, text[:kind]...)
			text = text[kind:]
			continue
		}
		value := text[:kind+id+1+coded]
		revealed, n := r.value(value, string(text[kind:kind+id]), coded)
		out = append(out, revealed...)
		text = text[n:]
	}
}

// span is how many characters of base64url, or others, a text begins with.
func span(text []byte, others string) int {
	for i, c := range text {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && strings.IndexByte(others, c) < 0 {
			return i
		}
	}
	return len(text)
}

// value reveals one value and returns how much of the text it was: what follows a
// value without a space may look as if it belonged to it. A value that cannot be
// revealed is returned as it is.
func (r *revealer) value(value []byte, id string, coded int) (revealed []byte, n int) {
	transforms := r.tokens
	switch value[0] {
	case 'e':
		transforms = r.envelopes
	case 'p':
		r.faults["pseudonyms, which cannot be revealed"]++
		return value, len(value)
	}
	const most = 256 // ends to try
	for end := len(value); end > len(value)-min(coded, most); end-- {
		for _, t := range transforms {
			revealed, err := t.Reveal(nil, value[:end], "")
			if err == nil {
				r.revealed++
				return revealed, end
			}
			if errors.Is(err, transform.FaultKey) {
				r.faults["made under key "+id+", which was not given"]++
				return value, len(value)
			}
		}
	}
	r.faults["changed, or made under another key or in another namespace"]++
	return value, len(value)
}

// json replaces what is found in the strings of JSON documents, one after the other.
// What is no JSON passes as it is.
func (r *revealer) json(document []byte) []byte {
	var out []byte
	for {
		start := bytes.IndexByte(document, '"')
		if start < 0 {
			return append(out, document...)
		}
		end := start + 1
		for end < len(document) && document[end] != '"' {
			if document[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(document) {
			return append(out, document...)
		}
		out = append(out, document[:start]...)
		out = append(out, r.jsonString(document[start:end+1])...)
		document = document[end+1:]
	}
}

// jsonString replaces what is found in a string, which may hold JSON in turn.
func (r *revealer) jsonString(quoted []byte) []byte {
	var text string
	if json.Unmarshal(quoted, &text) != nil || !slices.ContainsFunc(sealedKinds, func(kind string) bool { return strings.Contains(text, kind) }) {
		return quoted
	}
	var revealed []byte
	if json.Valid([]byte(text)) {
		revealed = r.json([]byte(text))
	} else {
		revealed = r.text([]byte(text))
	}
	if string(revealed) == text {
		return quoted
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(string(revealed)) != nil {
		return quoted
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}

// lines takes each line for a value that FF1 made.
func (r *revealer) lines(text []byte) []byte {
	var out []byte
	for line := range bytes.Lines(text) {
		value := bytes.TrimRight(line, "\r\n")
		if len(value) == 0 {
			out = append(out, line...)
			continue
		}
		revealed, err := r.ff1.Reveal(nil, value, "")
		if err != nil {
			r.faults[strings.TrimPrefix(err.Error(), "transform: ")]++
			revealed = value
		} else {
			r.revealed++
		}
		out = append(out, revealed...)
		out = append(out, line[len(value):]...)
	}
	return out
}
