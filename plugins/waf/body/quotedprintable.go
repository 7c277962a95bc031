package body

import "strings"

// decodeQuotedPrintable decodes content (RFC 2045, Section 6.7) as leniently as
// Go does: "=" that begins no escape stands for itself, lines may end in LF.
// whole tells, and is told, whether the content ends where its part does.
func decodeQuotedPrintable(r *Result, s string, whole bool) (decoded string, complete, ok bool) {
	out := r.text.reserve(len(s))
	for s != "" {
		l, long := line(s)
		if long {
			l = l[:maxLine]
		}
		s = s[len(l):]
		text := strings.TrimRight(l, "\n\r \t")
		end, bad := "", long
		if strings.HasSuffix(text, "=") {
			// A soft line break, or the end of the content.
			rest := strings.TrimLeft(l[len(text):], " \t")
			text = text[:len(text)-1]
			atEnd := rest == "" && text != "" && s == "" && whole && !long
			if rest != "\n" && rest != "\r\n" && !atEnd {
				bad = true
			}
		} else if strings.HasSuffix(l, "\r\n") {
			end = "\r\n"
		} else if strings.HasSuffix(l, "\n") {
			end = "\n"
		}
		for i := 0; i < len(text); i++ {
			c := text[i]
			switch {
			case c == '=' && i+2 < len(text) && unhex(text[i+1])|unhex(text[i+2]) < 16:
				c = unhex(text[i+1])<<4 | unhex(text[i+2])
				i += 2
			case c == '=' && len(text)-i+len(end) <= 2 && (i+1 == len(text) || text[i+1] == '\r'):
				return r.text.commit(out), false, true
			case c == '=' && i+1 < len(text) && text[i+1] == '\r':
				return "", false, false
			case c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f:
				return "", false, false
			}
			out = append(out, c)
		}
		out = append(out, end...)
		if bad {
			return "", false, false
		}
	}
	return r.text.commit(out), whole, true
}
