package seclang

import "strings"

// checkMacros tells whether all "%{VARIABLE}" and "%{VARIABLE.key}" of a text are
// well-formed and name variables that exist.
func checkMacros(f *faults, p passage) bool {
	for {
		i := strings.Index(p.s, "%{")
		if i < 0 {
			return true
		}
		p = p.after(i)
		end := 2
		for end < len(p.s) && macroByte(p.s[end]) {
			end++
		}
		if end == len(p.s) {
			f.add(p.pos(), `no "}" ends this macro`)
			return false
		}
		if p.s[end] != '}' {
			f.add(p.posAt(end), "a macro cannot hold "+quote(p.s[end:end+1]))
			return false
		}
		name, key, dotted := strings.Cut(p.s[2:end], ".")
		if _, _, problem := variable(name); problem != "" {
			f.add(p.posAt(2), problem)
			return false
		}
		if dotted && (key == "" || strings.HasSuffix(key, ".")) {
			f.add(p.posAt(end), "want a name after the dot")
			return false
		}
		p = p.after(end + 1)
	}
}

func macroByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("[]._-", c) >= 0
}
