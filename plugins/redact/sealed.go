package redact

import (
	"bytes"

	"gatehouse/plugins/redact/detect"
)

// sealed tells whether a find lies in a pseudonym, token or ciphertext that the rule has
// made itself, at another gateway or in an earlier answer: in its letters and digits
// stands anything. Nobody without the key can make one, so that nothing passes by
// looking like it.
func (v *visitor) sealed(text []byte, span detect.Span) bool {
	if len(v.rule.sealers) == 0 {
		return false
	}
	start, end := span.Start, span.End
	for start > 0 && isSealedByte(text[start-1]) {
		start--
	}
	for end < len(text) && isSealedByte(text[end]) {
		end++
	}
	at := -1
	for _, kind := range [...]string{"psn:", "tok:", "enc:"} {
		at = max(at, bytes.LastIndex(text[start:end], []byte(kind)))
	}
	if at < 0 || start+at > span.Start {
		return false
	}
	value := text[start+at : end]
	for _, t := range v.rule.sealers {
		out, err := t.Apply(v.buffer[:0], value, "")
		if v.buffer = out; err == nil && bytes.Equal(out, value) {
			return true
		}
	}
	return false
}

// isSealedByte tells whether a byte may stand in a sealed value: base64url, or the colons
// and the key id in front.
func isSealedByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == ':' || c == '.'
}
