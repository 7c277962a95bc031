package libinjection

import "strings"

// maxSearched is how many bytes are searched for where something stands for the
// first time, before it is found without a search. Hostile values, of nothing but
// quotes behind backslashes, would take time that grows with the square of their
// length, so they get an array; no other value does.
const maxSearched = 1 << 16

// first returns where what is from p to the end of the value stands for the first
// time, from at on.
func (l *lexer) first(at, p int) int {
	s := l.s
	if l.repeats == nil && l.searched <= maxSearched {
		l.searched += p - at
		i := strings.Index(s[at:len(s)-1], s[p:])
		if i < 0 {
			return p
		}
		l.searched += len(s) - p
		return at + i
	}
	if l.repeats == nil {
		l.repeats = repeatsOf(s)
	}
	return p - farthest(l.repeats, p-at, uint32(len(s)-p))
}

// repeatsOf returns a tree of maxima over how many bytes at the end of a value are
// the same as those that end d bytes earlier, for all d: the leaves are the
// Z-function of the value read backward, and the parent of i is i/2.
func repeatsOf(s string) []uint32 {
	leaves := 1
	for leaves < len(s) {
		leaves *= 2
	}
	tree := make([]uint32, 2*leaves)
	z := tree[leaves:]
	from, to := 0, 0 // the stretch of the end that reaches back farthest
	for d := 1; d < len(s); d++ {
		n := 0
		if d < to {
			n = min(to-d, int(z[d-from]))
		}
		for d+n < len(s) && s[len(s)-1-n] == s[len(s)-1-d-n] {
			n++
		}
		if d+n > to {
			from, to = d, d+n
		}
		z[d] = uint32(n)
	}
	for i := leaves - 1; i > 0; i-- {
		tree[i] = max(tree[2*i], tree[2*i+1])
	}
	return tree
}

// farthest returns the largest index up to d of a leaf of at least n, or 0.
func farthest(tree []uint32, d int, n uint32) int {
	leaves := len(tree) / 2
	for i := leaves + d; ; i-- {
		if tree[i] >= n {
			for i < leaves {
				if i = 2*i + 1; tree[i] < n {
					i--
				}
			}
			return i - leaves
		}
		for i&1 == 0 {
			i /= 2
		}
		if i == 1 {
			return 0
		}
	}
}
