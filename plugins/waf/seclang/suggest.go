package seclang

import (
	"strconv"
	"unicode/utf8"
)

// unknown describes a name that is not one of those that exist.
func unknown(what, name string, known func(func(string) bool)) string {
	best, distance := "", 1+min(3, (len(name)+1)/3)
	for candidate := range known {
		if d := edits(name, candidate, distance); d < distance {
			best, distance = candidate, d
		}
	}
	problem := "unknown " + what + " " + quote(name)
	if best != "" {
		problem += ", did you mean " + best + "?"
	}
	return problem
}

// quote is strconv.Quote for the first bytes of what a user wrote.
func quote(s string) string {
	const enough = 60
	if len(s) <= enough {
		return strconv.Quote(s)
	}
	end := enough
	for end > enough-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "…"
}

// edits returns how many bytes must be changed, dropped or added to make a into
// b, in any case of letters; at least limit if there are that many.
func edits(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	var store [64]int
	if len(b) >= len(store) {
		return limit
	}
	row := store[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if lower(a[i]) != lower(b[j]) {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// sameName compares names without regard to the case of ASCII letters.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}
