package waftest

import (
	"encoding/base64"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Mutations yields n requests that descend from those of the regression tests, by
// one to four changes each: bytes flipped, encodings added, case changed, blanks
// and comments inserted, values cut off, moved to another place or spliced with those
// of another test. No control bytes, blanks in the target or illegal names are left:
// such messages do not get past a server. The same seed yields the same requests,
// and a larger n only adds to them.
func Mutations(tests []Test, n int, seed uint64) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		m := &mutator{Rand: rand.New(rand.NewPCG(seed, 2))}
		for i := range tests {
			for j := range tests[i].Stages {
				if r := &tests[i].Stages[j].Request; r.Refused == 0 {
					m.bases = append(m.bases, r)
				}
			}
		}
		if len(m.bases) == 0 {
			return
		}
		for range n {
			if !yield(m.next()) {
				return
			}
		}
	}
}

type mutator struct {
	*rand.Rand
	bases []*Request
}

func (m *mutator) next() Request {
	a := takeApart(pick(m.Rand, m.bases))
	for range 1 + m.IntN(4) {
		switch m.IntN(10) {
		case 0, 1:
			m.move(a)
		case 2:
			m.splice(a)
		case 3:
			m.reshape(a)
		default:
			m.value(a)
		}
	}
	return a.putTogether()
}

// value changes one text of the request.
func (m *mutator) value(a *anatomy) {
	switch lists := a.arguments(); {
	case len(lists) > 0 && m.IntN(4) > 0:
		list := *pick(m.Rand, lists)
		p := &list[m.IntN(len(list))]
		field := &p.value
		if m.IntN(6) == 0 {
			field = &p.name
		}
		decoded, err := url.QueryUnescape(*field)
		if err != nil || m.IntN(3) == 0 {
			*field = m.text(*field)
			return
		}
		*field = m.minimal(m.text(decoded))
	case len(a.body) > 0 && !a.isForm && m.IntN(3) > 0:
		if spans := stringsIn(a.body); len(spans) > 0 && m.IntN(4) > 0 {
			s := pick(m.Rand, spans)
			changed := m.text(string(a.body[s[0]:s[1]]))
			if m.IntN(4) > 0 { // mostly it stays JSON
				changed = strings.NewReplacer(`"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\x00", `\u0000`).Replace(changed)
			}
			a.body = []byte(string(a.body[:s[0]]) + changed + string(a.body[s[1]:]))
			return
		}
		a.body = []byte(m.text(string(a.body)))
	case len(a.headers) > 0 && m.IntN(3) > 0:
		h := &a.headers[m.IntN(len(a.headers))]
		if m.IntN(12) == 0 {
			h[0] = m.text(h[0])
			return
		}
		h[1] = m.text(h[1])
	default:
		a.path = m.text(a.path)
	}
}

// minimal escapes only what would end the value.
func (m *mutator) minimal(s string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", "#", "%23", " ", pick(m.Rand, []string{"+", "%20"}), ";", pick(m.Rand, []string{";", "%3B"})).Replace(s)
}

// move takes an argument from where it is to another place.
func (m *mutator) move(a *anatomy) {
	lists := a.arguments()
	if len(lists) == 0 {
		a.put(m.IntN(placeCount), "q", a.path)
		return
	}
	list := pick(m.Rand, lists)
	i := m.IntN(len(*list))
	p := (*list)[i]
	if m.IntN(3) > 0 { // otherwise it is in both
		*list = append((*list)[:i:i], (*list)[i+1:]...)
	}
	name, err := url.QueryUnescape(p.name)
	if err != nil || name == "" {
		name = "q"
	}
	value, err := url.QueryUnescape(p.value)
	if err != nil {
		value = p.value
	}
	a.put(m.IntN(placeCount), name, value)
}

// splice brings a value of another test in: as an argument of its own, or behind
// the beginning of one that is there.
func (m *mutator) splice(a *anatomy) {
	b := takeApart(pick(m.Rand, m.bases))
	foreign := b.path
	if lists := b.arguments(); len(lists) > 0 {
		list := *pick(m.Rand, lists)
		foreign = list[m.IntN(len(list))].value
	} else if len(b.body) > 0 {
		foreign = string(b.body)
	} else if len(b.headers) > 0 {
		foreign = pick(m.Rand, b.headers)[1]
	}
	lists := a.arguments()
	if len(lists) == 0 || m.IntN(3) == 0 {
		decoded, err := url.QueryUnescape(foreign)
		if err != nil {
			decoded = foreign
		}
		a.put(m.IntN(placeCount), "x", decoded)
		return
	}
	list := *pick(m.Rand, lists)
	p := &list[m.IntN(len(list))]
	p.value = p.value[:m.IntN(len(p.value)+1)] + foreign[m.IntN(len(foreign)+1):]
}

// reshape changes the request around its values.
func (m *mutator) reshape(a *anatomy) {
	switch m.IntN(7) {
	case 0:
		a.base.Method = pick(m.Rand, []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "post"})
	case 1:
		a.base.Protocol = pick(m.Rand, []string{"HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3"})
	case 2: // the same body under another type
		if a.isForm {
			a.isForm, a.body = false, []byte(join(a.form, "&"))
			a.form = nil
		}
		if len(a.body) > 0 {
			a.setBody(pick(m.Rand, []string{
				"application/json", "application/xml", "text/xml; charset=utf-8", "text/plain", "multipart/form-data; boundary=x",
				"application/x-www-form-urlencoded; charset=utf-7", "application/JSON;charset=ibm037", "application/octet-stream",
			}))
		}
	case 3: // a header twice or none
		if len(a.headers) > 0 {
			i := m.IntN(len(a.headers))
			if m.IntN(2) == 0 {
				a.headers = append(a.headers, a.headers[i])
			} else {
				a.headers = append(a.headers[:i:i], a.headers[i+1:]...)
			}
		}
	case 4: // an argument twice
		if lists := a.arguments(); len(lists) > 0 {
			list := pick(m.Rand, lists)
			*list = append(*list, pick(m.Rand, *list))
		}
	case 5: // another order of headers
		m.Shuffle(len(a.headers), func(i, j int) { a.headers[i], a.headers[j] = a.headers[j], a.headers[i] })
	case 6: // as a file of a multipart form
		content := a.body
		if a.isForm {
			content = []byte(join(a.form, "&"))
		}
		a.isForm, a.form = false, nil
		a.body = fmt.Appendf(nil, "--b0\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%s\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n--b0--\r\n",
			pick(m.Rand, []string{"a.txt", "a.php", "../../a", "a\\\";b", "a%00.jsp"}), content)
		a.setBody("multipart/form-data; boundary=b0")
	}
}

// text changes a text by one of many ways to hide or to break what it says.
func (m *mutator) text(s string) string {
	switch m.IntN(18) {
	case 0: // a byte flipped
		if s == "" {
			return string([]byte{byte(m.Uint32())})
		}
		b := []byte(s)
		b[m.IntN(len(b))] ^= 1 << m.IntN(8)
		return string(b)
	case 1: // a byte inserted
		return m.insert(s, string([]byte{byte(m.Uint32())}))
	case 2: // some cut out
		i := m.IntN(len(s) + 1)
		return s[:i] + s[i+m.IntN(len(s)-i+1):]
	case 3: // cut off at the end
		return s[:m.IntN(len(s)+1)]
	case 4: // cut off at the beginning
		return s[m.IntN(len(s)+1):]
	case 5:
		return m.each(s, func(c byte) string { return "%" + hexByte(c) })
	case 6:
		return m.each(s, func(c byte) string { return "%25" + hexByte(c) })
	case 7:
		return m.each(s, func(c byte) string { return "%u00" + hexByte(c) })
	case 8:
		return m.each(s, func(c byte) string { return `\u00` + hexByte(c) })
	case 9:
		format := pick(m.Rand, []string{"&#%d;", "&#x%x;", "&#%d", "&#x0000%X;", `\x%02x`, `\%03o`})
		return m.each(s, func(c byte) string { return fmt.Sprintf(format, c) })
	case 10:
		return strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;", "&", "&amp;", "\t", "&Tab;", "\n", "&NewLine;", ":", "&colon;").Replace(s)
	case 11: // full-width forms, which some applications fold
		return m.each(s, func(c byte) string {
			if c > ' ' && c < 0x7f {
				return string(rune(c) + 0xfee0)
			}
			return string([]byte{c})
		})
	case 12: // overlong UTF-8
		return m.each(s, func(c byte) string { return string([]byte{0xc0 | c>>6, 0x80 | c&0x3f}) })
	case 13: // case
		switch m.IntN(3) {
		case 0:
			return strings.ToUpper(s)
		case 1:
			return strings.ToLower(s)
		}
		b := []byte(s)
		for i, c := range b {
			if (c|0x20) >= 'a' && (c|0x20) <= 'z' && m.IntN(2) == 0 {
				b[i] = c ^ 0x20
			}
		}
		return string(b)
	case 14: // other blanks
		return strings.ReplaceAll(s, " ", pick(m.Rand, []string{"/**/", "\t", "\n", "\r\n", "  ", "\v", "\f", "\u00a0", "+", "/*x*/", "\x00", "${IFS}"}))
	case 15: // something in between
		return m.insert(s, pick(m.Rand, []string{
			"/**/", "/*!50000", "*/", "--", "--+\n", "#", "\x00", "\\", "'", `"`, "`", ";", "|", "&", "$@", "''", "^", "<!--", "-->", "\u200b", "\ufeff", "../", "./", "//", "\xff", "é", "😀", " ", "\n", "%", "\\\n", "(", ")", "=",
		}))
	case 16:
		if utf8.RuneCountInString(s) > 2000 {
			return s
		}
		return base64.StdEncoding.EncodeToString([]byte(s))
	default: // again
		if len(s) > 4000 {
			return s
		}
		return s + pick(m.Rand, []string{"", " ", ",", "\n", ";"}) + s
	}
}

func (m *mutator) insert(s, what string) string {
	i := m.IntN(len(s) + 1)
	return s[:i] + what + s[i:]
}

// each replaces all bytes, or those that are neither letters nor digits, or some.
func (m *mutator) each(s string, by func(byte) string) string {
	if len(s) > 4000 {
		return s
	}
	mode := m.IntN(3)
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		alphanumeric := (c|0x20) >= 'a' && (c|0x20) <= 'z' || c >= '0' && c <= '9'
		if mode == 0 || mode == 1 && !alphanumeric || mode == 2 && m.IntN(4) == 0 {
			b.WriteString(by(c))
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
