package transform

import "strings"

// removeComments removes /* … */ and <!-- … -->, and all from -- or # on. Either
// end closes either comment, and the byte after the end is kept unread; at the
// end of s that byte is a NUL. A comment that is not closed becomes a space.
func removeComments(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := skip(s, 0, isComment); i < len(s); i = skip(s, i, isComment) {
		size := 0
		switch s[i] {
		case '/':
			if strings.HasPrefix(s[i:], "/*") {
				size = 2
			}
		case '<':
			if strings.HasPrefix(s[i:], "<!--") {
				size = 4
			}
		case '-':
			if strings.HasPrefix(s[i:], "--") {
				return append(dst, s[start:i]...), true
			}
		case '#':
			return append(dst, s[start:i]...), true
		}
		if size == 0 {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		end := commentEnd(s, i+size)
		switch {
		case end < 0:
			return append(dst, ' '), true
		case end == len(s):
			return append(dst, 0), true
		}
		start, i = end, end+1
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// commentEnd returns where the comment ends that s is in at i, or -1.
func commentEnd(s string, i int) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '*':
			if strings.HasPrefix(s[i:], "*/") {
				return i + 2
			}
		case '-':
			if strings.HasPrefix(s[i:], "-->") {
				return i + 3
			}
		}
	}
	return -1
}

// removeCommentsChar removes the delimiters /*, */, <!--, -->, -- and #.
func removeCommentsChar(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := skip(s, 0, isComment); i < len(s); i = skip(s, i, isComment) {
		size := 0
		switch s[i] {
		case '/':
			if strings.HasPrefix(s[i:], "/*") {
				size = 2
			}
		case '*':
			if strings.HasPrefix(s[i:], "*/") {
				size = 2
			}
		case '<':
			if strings.HasPrefix(s[i:], "<!--") {
				size = 4
			}
		case '-':
			if strings.HasPrefix(s[i:], "-->") {
				size = 3
			} else if strings.HasPrefix(s[i:], "--") {
				size = 2
			}
		case '#':
			size = 1
		}
		if size == 0 {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		i += size
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}

// replaceComments makes a space of each /* … */, closed or not.
func replaceComments(dst []byte, s string) ([]byte, bool) {
	start := 0 // s[start:i] is not yet in dst
	for i := 0; ; {
		star := strings.IndexByte(s[i:], '*')
		if star < 0 {
			break
		}
		i += star + 1
		if i-2 < start || s[i-2] != '/' {
			continue
		}
		dst = append(append(dst, s[start:i-2]...), ' ')
		size := strings.Index(s[i:], "*/")
		if size < 0 {
			return dst, true
		}
		i += size + 2
		start = i
	}
	if start == 0 {
		return dst, false
	}
	return append(dst, s[start:]...), true
}
