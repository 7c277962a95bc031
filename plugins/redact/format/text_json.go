package format

// maybeJSON reads a text as JSON, or as JSON lines, if it begins as they do and as hardly
// anything else does: with an object, or an array of objects, arrays or strings. Many
// upstreams send JSON as text/plain or text/html. What begins so and is none is an error, since
// its fields would pass unseen.
type maybeJSON struct {
	text, json Rewriter
	// began is what has come while it is not known.
	began []byte
	chose Rewriter
}

// Write implements Rewriter.
func (m *maybeJSON) Write(dst, piece []byte) ([]byte, error) {
	if m.chose == nil {
		m.began = append(m.began, piece...)
		isJSON, known := beginsJSON(m.began[:min(len(m.began), longestBeginning)])
		if !known && len(m.began) < longestBeginning {
			return dst, nil
		}
		piece = m.choose(isJSON)
	}
	return m.chose.Write(dst, piece)
}

// Close implements Rewriter.
func (m *maybeJSON) Close(dst []byte) ([]byte, error) {
	if m.chose == nil {
		if began := m.choose(false); len(began) > 0 {
			var err error
			if dst, err = m.chose.Write(dst, began); err != nil {
				return dst, err
			}
		}
	}
	return m.chose.Close(dst)
}

// choose decides what reads the text, and returns what has come of it.
func (m *maybeJSON) choose(isJSON bool) (began []byte) {
	if m.chose = m.text; isJSON {
		m.chose = m.json
	}
	began, m.began = m.began, nil
	return began
}

// longestBeginning is how many bytes are looked at, white space for the most part.
const longestBeginning = 1 << 10

// beginsJSON tells whether a text begins as JSON documents of a kind that has fields do,
// and whether that is known.
func beginsJSON(b []byte) (isJSON, known bool) {
	i := space(b, 0)
	if i == len(b) {
		return false, false
	}
	open := b[i]
	if open != '{' && open != '[' {
		return false, true
	}
	if i = space(b, i+1); i == len(b) {
		return false, false
	}
	switch b[i] {
	case '"':
		return true, true
	case '{', '[':
		return open == '[', true
	}
	return false, true
}
