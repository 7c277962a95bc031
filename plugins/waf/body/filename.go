package body

import "strings"

// filename is how receivers may read the name of a file in a Content-Disposition
// header. RFC 7578, Section 4.2 knows "filename" only; RFC 6266, Section 4.3
// prefers "filename*", and RFC 2231, Section 3 has "filename*0" and so on. Both
// readings are kept where they differ.
type filename struct {
	name, other       string
	charset, language string
	extended          bool // there is a "filename*" that can be read
	malformed         bool // receivers may read what is in neither name nor other
	duplicate         bool // a parameter is repeated
	quoted            bool // "filename*" is in quotes (RFC 8187, Section 3.2.1)
}

// readFilename reads the header, which m has been made of if ok.
func readFilename(r *Result, m *mediaType, ok bool, header string) (f filename) {
	if !ok {
		f.malformed = header != ""
		f.duplicate = duplicateParameter(header)
		return f
	}
	f.name = m.value(r, "filename")
	continued := continuedFilename(header)
	f.malformed = continued
	plain, hasPlain := rawParameter(header, "filename")
	plain, _ = unquote(r, plain)
	extended, ok := rawParameter(header, "filename*")
	if !ok {
		if continued && hasPlain {
			if f.name != plain {
				f.other = f.name
			}
			f.name = plain
		}
		return f
	}
	extended, f.quoted = unquote(r, extended)
	charset, rest, _ := strings.Cut(extended, "'")
	language, value, ok := strings.Cut(rest, "'")
	if !ok {
		f.malformed = true
		return f
	}
	decoded, ok := decodePercent(r, value)
	f.malformed = f.malformed || !ok
	f.name, f.charset, f.language, f.extended = decoded, charset, language, true
	if plain != decoded {
		f.other = plain
	}
	return f
}

// nextParameter splits a header at the first ";" that is not in quotes.
func nextParameter(s string) (parameter, rest string, more bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// rawParameter returns the first parameter of a name as it is written.
func rawParameter(header, name string) (value string, ok bool) {
	for more := true; more; {
		var p string
		p, header, more = nextParameter(header)
		if k, v, ok := strings.Cut(p, "="); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v), true
		}
	}
	return "", false
}

// continuedFilename tells whether there is a "filename*0", "filename*1*" and so
// on.
func continuedFilename(header string) bool {
	for more := true; more; {
		var p string
		p, header, more = nextParameter(header)
		k, _, ok := strings.Cut(p, "=")
		k = strings.TrimSuffix(strings.TrimSpace(strings.ToLower(k)), "*")
		if number, isPiece := strings.CutPrefix(k, "filename*"); ok && isPiece && number != "" && strings.Trim(number, "0123456789") == "" {
			return true
		}
	}
	return false
}

// duplicateParameter tells whether two parameters have the same name, among the
// first maxParameters; a header with more is taken for one that has.
func duplicateParameter(header string) bool {
	var names [maxParameters]string
	n := 0
	for more := true; more; {
		var p string
		p, header, more = nextParameter(header)
		k, _, ok := strings.Cut(p, "=")
		if !ok {
			continue
		}
		k = strings.ToLower(strings.TrimSpace(k))
		for _, name := range names[:n] {
			if name == k {
				return true
			}
		}
		if n == maxParameters {
			return true
		}
		names[n] = k
		n++
	}
	return false
}

// unquote takes the quotes off a parameter, and every backslash in front of a
// character. ok tells whether there were quotes.
func unquote(r *Result, s string) (string, bool) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s, false
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s, true
	}
	out := r.text.reserve(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		out = append(out, s[i])
	}
	return r.text.commit(out), true
}
