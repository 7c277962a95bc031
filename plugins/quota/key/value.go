package key

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"gatehouse/plugins/internal/jose"
)

// Presence says whether a request has a part of a key.
type Presence uint8

const (
	// Missing says that it has none, or an empty one, which names nobody.
	Missing Presence = iota
	// Present says that it has.
	Present
	// Malformed says that it can be read in two ways, or not at all.
	Malformed
)

// What an appended value begins with: the length of a text of up to maxText bytes,
// or one of these. Each is followed by as many bytes as it says, so that values one
// after another are read in one way only.
const (
	missingTag   = 0xf0
	malformedTag = 0xf1
	// digestTag is before the SHA-256 of a longer text.
	digestTag = 0xf2
	// setTag is before the number of texts and the texts, in order and each once.
	setTag = 0xf3
	// setDigestTag is before the SHA-256 of a longer set.
	setDigestTag = 0xf4
)

// Bounds of what is appended as it is, in bytes.
const (
	maxText = 128
	maxSet  = 255
)

// MaxLen is how many bytes a value takes at most.
const MaxLen = 2 + maxSet

// appendText appends a text.
func appendText(dst []byte, text string) []byte {
	if len(text) > maxText {
		sum := sha256.Sum256([]byte(text))
		return append(append(dst, digestTag), sum[:]...)
	}
	return append(append(dst, byte(len(text))), text...)
}

// appendSet appends texts as a set. It changes their order. A set of one is its
// text, and empty texts are none.
func appendSet(dst []byte, texts []string) ([]byte, Presence) {
	if len(texts) > 1 {
		slices.Sort(texts)
		texts = slices.Compact(texts)
	}
	if len(texts) > 0 && texts[0] == "" {
		texts = texts[1:]
	}
	switch len(texts) {
	case 0:
		return append(dst, missingTag), Missing
	case 1:
		return appendText(dst, texts[0]), Present
	}
	start := len(dst)
	dst = append(dst, setTag, byte(len(texts)))
	for _, text := range texts {
		dst = appendText(dst, text)
	}
	if len(dst)-start > maxSet || len(texts) > maxSet {
		sum := sha256.Sum256(dst[start+2:])
		dst = append(append(dst[:start], setDigestTag), sum[:]...)
	}
	return dst, Present
}

// Plain returns a value that Append appended, and nothing else, for people to read
// and for configurations to compare with: the text, a JSON list of texts for a set of
// several, "sha256:" and hexadecimal digits for what is long or no UTF-8, "" for what
// is missing or malformed. Unlike what Append appends, texts of different values may
// be equal.
func (s *Source) Plain(value []byte) string {
	text, rest, ok := readText(value)
	switch {
	case ok && len(rest) == 0:
		return text
	case len(value) < 2:
		return ""
	case value[0] == setDigestTag:
		return "sha256:" + hex.EncodeToString(value[1:])
	case value[0] != setTag:
		return ""
	}
	list := []byte{'['}
	for rest = value[2:]; len(rest) > 0; {
		if text, rest, ok = readText(rest); !ok {
			return ""
		}
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = jose.AppendText(list, text)
	}
	return string(append(list, ']'))
}

// readText reads one text.
func readText(b []byte) (text string, rest []byte, ok bool) {
	switch {
	case len(b) > 0 && b[0] <= maxText && len(b) > int(b[0]):
		raw := b[1 : 1+int(b[0])]
		rest = b[1+len(raw):]
		if utf8.Valid(raw) {
			return string(raw), rest, true
		}
		sum := sha256.Sum256(raw)
		return "sha256:" + hex.EncodeToString(sum[:]), rest, true
	case len(b) > sha256.Size && b[0] == digestTag:
		return "sha256:" + hex.EncodeToString(b[1:1+sha256.Size]), b[1+sha256.Size:], true
	}
	return "", nil, false
}
