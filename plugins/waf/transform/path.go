package transform

import "bytes"

// normalisePath resolves "//", "." and ".." as path.Clean does, then puts back a
// slash at the end. So "/" becomes "//", as in Coraza, and what resolves to the
// current directory is empty.
func normalisePath(dst []byte, s string) ([]byte, bool) {
	if plainPath(s) {
		return dst, false
	}
	base := len(dst)
	dst = appendClean(dst, s, '/')
	return settle(dst, base, s)
}

// normalisePathWin is normalisePath for Windows: backslashes are slashes, an
// alternate data stream is cut off the last component (from its first colon,
// but for that of a drive), dots and spaces off the end of each.
func normalisePathWin(dst []byte, s string) ([]byte, bool) {
	if plainWindowsPath(s) {
		return dst, false
	}
	base := len(dst)
	dst = appendClean(dst, s, '\\')
	dst = dst[:base+cutStream(dst[base:])]
	dst = dst[:base+trimComponents(dst[base:])]
	return settle(dst, base, s)
}

// settle returns dst, whose end from base on is the result for s, or without it
// if it equals s.
func settle(dst []byte, base int, s string) ([]byte, bool) {
	if string(dst[base:]) == s {
		return dst[:base], false
	}
	return dst, true
}

// plainPath tells whether s is known to be normal: no component is empty or ends
// with a dot. Only "/" has neither and is not.
func plainPath(s string) bool {
	last := byte(0)
	for i := range len(s) {
		c := s[i]
		if c == '/' && (last == '/' || last == '.') {
			return false
		}
		last = c
	}
	return last != '.' && s != "/"
}

// plainWindowsPath is plainPath for normalisePathWin.
func plainWindowsPath(s string) bool {
	last := byte(0)
	for i := range len(s) {
		c := s[i]
		switch c {
		case '/':
			if last == '/' || last == '.' || last == ' ' {
				return false
			}
		case '\\', ':':
			return false
		}
		last = c
	}
	return last != '.' && last != ' ' && s != "/"
}

// appendClean appends the path s, not empty, normalised. Its components are
// separated by slashes and by sep.
func appendClean(dst []byte, s string, sep byte) []byte {
	base := len(dst)
	rooted := s[0] == '/' || s[0] == sep
	if rooted {
		dst = append(dst, '/')
	}
	first := len(dst) // where the first component is
	floor := first    // how far ".." can go back
	for i := 0; i < len(s); i++ {
		from := i
		for i < len(s) && s[i] != '/' && s[i] != sep {
			i++
		}
		switch component := s[from:i]; component {
		case "", ".":
		case "..":
			if len(dst) > floor {
				end := len(dst) - 1
				for end > floor && dst[end] != '/' {
					end--
				}
				dst = dst[:end]
			} else if !rooted {
				if len(dst) > first {
					dst = append(dst, '/')
				}
				dst = append(dst, ".."...)
				floor = len(dst)
			}
		default:
			if len(dst) > first {
				dst = append(dst, '/')
			}
			dst = append(dst, component...)
		}
	}
	if last := s[len(s)-1]; len(dst) > base && (last == '/' || last == sep) {
		dst = append(dst, '/')
	}
	return dst
}

// cutStream cuts an alternate data stream off the last component of path, in
// place, and returns what remains of its length.
func cutStream(path []byte) int {
	end := len(path)
	trailing := false
	drive := 0
	if len(path) >= 2 && path[1] == ':' && path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z' {
		drive = 2
	}
	if end > drive && path[end-1] == '/' {
		trailing = true
		end--
	}
	from := drive + bytes.LastIndexByte(path[drive:end], '/') + 1
	if colon := bytes.IndexByte(path[from:end], ':'); colon >= 0 {
		end = from + colon
	}
	if trailing {
		path[end] = '/'
		end++
	}
	return end
}

// trimComponents cuts dots and spaces off the end of each component of path, in
// place, and returns what remains of its length. Components of dots only stay,
// others of which nothing is left go.
func trimComponents(path []byte) int {
	n := 0
	wrote := false
	for i := 0; i <= len(path); i++ {
		from := i
		for i < len(path) && path[i] != '/' {
			i++
		}
		end := i
		for end > from && (path[end-1] == '.' || path[end-1] == ' ') {
			end--
		}
		if end == from && bytes.IndexByte(path[from:i], ' ') < 0 {
			end = i
		} else if end == from {
			continue
		}
		if wrote {
			path[n] = '/'
			n++
		}
		n += copy(path[n:], path[from:end])
		wrote = true
	}
	return n
}
