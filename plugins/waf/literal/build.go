package literal

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
)

// Build returns the Set in which group g is found if any of the strings of
// groups[g] occurs. A group without strings is never found, and one with an empty
// string always.
func Build(groups [][]string) (*Set, error) {
	if len(groups) > 1<<16-1 {
		return nil, errors.New("literal: more than 65535 groups")
	}
	var b builder
	b.collect(groups)
	b.drop()
	if err := b.layout(); err != nil {
		return nil, err
	}
	data, err := b.encode(len(groups))
	if err != nil {
		return nil, err
	}
	s, _, err := Read(data)
	return s, err
}

// literal is a string in lower case and the sorted groups that it is in.
type literal struct {
	text   string
	groups []uint16
}

// node is a state of the automaton while it is built. Node 0 is the root.
type node struct {
	child, sibling int32 // 0 for none; siblings are in order of their bytes
	fail           int32
	depth          int32
	groups         int32 // place in builder.lists, 0 for none
	offset         int32 // of the record
	b              byte
	single         bool // has exactly one child
	stop           bool // has a record
}

// builder keeps its memory small, as a plugin that compiles rules never gives it
// back.
type builder struct {
	literals []literal // sorted by text
	nodes    []node
	lists    []groupList // the first one is empty
	listOf   map[string]int32
	unions   map[[2]int32]int32
	order    []int32 // nodes with records, by depth
	trie     []byte
	found    []byte
	// scratch memory of record
	edges   []byte
	targets []int32
}

// groupList is a sorted list of groups that several nodes share.
type groupList struct {
	groups []uint16
	offset int // in found, -1 until it is written
}

// list returns the place in lists of a sorted list of groups.
func (b *builder) list(groups []uint16) int32 {
	if b.listOf == nil {
		b.listOf = map[string]int32{"": 0}
		b.lists = []groupList{{offset: -1}}
	}
	key := make([]byte, 0, 64)
	for _, g := range groups {
		key = append(key, byte(g), byte(g>>8))
	}
	i, ok := b.listOf[string(key)]
	if !ok {
		i = int32(len(b.lists))
		b.lists = append(b.lists, groupList{groups: groups, offset: -1})
		b.listOf[string(key)] = i
	}
	return i
}

// union returns the place in lists of all groups of two lists.
func (b *builder) union(x, y int32) int32 {
	if x == y || y == 0 {
		return x
	}
	if x == 0 {
		return y
	}
	z, ok := b.unions[[2]int32{x, y}]
	if !ok {
		all := slices.Concat(b.lists[x].groups, b.lists[y].groups)
		slices.Sort(all)
		z = b.list(slices.Compact(all))
		if b.unions == nil {
			b.unions = make(map[[2]int32]int32)
		}
		b.unions[[2]int32{x, y}] = z
	}
	return z
}

// place returns where a list is in found, where it is written if it is not there
// yet.
func (b *builder) place(list int32) int {
	l := &b.lists[list]
	if l.offset < 0 {
		l.offset = len(b.found)
		b.found = binary.LittleEndian.AppendUint16(b.found, uint16(len(l.groups)))
		for _, g := range l.groups {
			b.found = binary.LittleEndian.AppendUint16(b.found, g)
		}
	}
	return l.offset
}

func fold(s string) string {
	for i := 0; i < len(s); i++ {
		if lower(s[i]) != s[i] {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lower(b[i])
			}
			return string(b)
		}
	}
	return s
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// collect sorts the literals and joins equal ones.
func (b *builder) collect(groups [][]string) {
	type member struct {
		text  string
		group uint16
	}
	n := 0
	for _, texts := range groups {
		n += len(texts)
	}
	members := make([]member, 0, n)
	for g, texts := range groups {
		for _, text := range texts {
			members = append(members, member{fold(text), uint16(g)})
		}
	}
	slices.SortFunc(members, func(x, y member) int {
		return cmp.Or(cmp.Compare(x.text, y.text), cmp.Compare(x.group, y.group))
	})
	for i, m := range slices.Compact(members) {
		if last := len(b.literals) - 1; i > 0 && b.literals[last].text == m.text {
			b.literals[last].groups = append(b.literals[last].groups, m.group)
		} else {
			b.literals = append(b.literals, literal{m.text, []uint16{m.group}})
		}
	}
}

// drop removes a literal from the groups of other literals that it contains: it
// cannot occur without them. So no position of a text ends two literals of one
// group, and lists of groups stay short.
func (b *builder) drop() {
	b.plant(0)
	for i := range b.literals {
		l := &b.literals[i]
		own := l.groups
		var rest []uint16
		for start := 0; start <= len(l.text); start++ {
			at := int32(0)
			for end := start; ; end++ {
				if list := b.nodes[at].groups; list != 0 && end-start < len(l.text) {
					g := b.lists[list].groups
					if rest == nil {
						rest = slices.Clone(own)
					}
					rest = slices.DeleteFunc(rest, func(x uint16) bool { _, in := slices.BinarySearch(g, x); return in })
				}
				if end == len(l.text) {
					break
				}
				if at = b.next(at, l.text[end]); at == 0 {
					break
				}
			}
		}
		if rest != nil {
			// the nodes share the list as it was: containment is transitive, so
			// comparing with dropped literals removes nothing more
			l.groups = rest
		}
	}
	b.literals = slices.DeleteFunc(b.literals, func(l literal) bool { return len(l.groups) == 0 })
}

// plant makes the trie of all literals of at least min bytes.
func (b *builder) plant(min int) {
	n, before := 1, ""
	for _, l := range b.literals {
		if len(l.text) >= min {
			n += len(l.text) - common(before, l.text)
			before = l.text
		}
	}
	b.nodes = append(slices.Grow(b.nodes[:0], n), node{})
	path := []int32{0} // the nodes of the literal before
	before = ""
	for _, l := range b.literals {
		if len(l.text) < min {
			continue
		}
		same := common(before, l.text)
		last := int32(0) // child of the node where the two part
		if same+1 < len(path) {
			last = path[same+1]
		}
		path = path[:same+1]
		for i := same; i < len(l.text); i++ {
			at := int32(len(b.nodes))
			parent := path[i]
			b.nodes = append(b.nodes, node{b: l.text[i], depth: int32(i + 1)})
			if last != 0 {
				b.nodes[last].sibling = at
				b.nodes[parent].single = false
				last = 0
			} else {
				b.nodes[parent].child = at
				b.nodes[parent].single = true
			}
			path = append(path, at)
		}
		b.nodes[path[len(l.text)]].groups = b.list(l.groups)
		before = l.text
	}
}

// common returns how many bytes two strings begin with alike.
func common(s, t string) int {
	n := 0
	for n < len(s) && n < len(t) && s[n] == t[n] {
		n++
	}
	return n
}

// next returns the child of a node by c, or 0.
func (b *builder) next(at int32, c byte) int32 {
	for at = b.nodes[at].child; at != 0 && b.nodes[at].b != c; {
		at = b.nodes[at].sibling
	}
	return at
}

// link computes failure links, as Aho and Corasick do, and adds to the groups of
// each node those of the literals that end with it.
func (b *builder) link() {
	queue := append(make([]int32, 0, len(b.nodes)), 0)
	for head := 0; head < len(queue); head++ {
		at := queue[head]
		for c := b.nodes[at].child; c != 0; c = b.nodes[c].sibling {
			queue = append(queue, c)
			if at == 0 {
				continue
			}
			f := b.nodes[at].fail
			for {
				to := b.next(f, b.nodes[c].b)
				if to != 0 {
					b.nodes[c].fail = to
					break
				}
				if f == 0 {
					break
				}
				f = b.nodes[f].fail
			}
			b.nodes[c].groups = b.union(b.nodes[c].groups, b.nodes[b.nodes[c].fail].groups)
		}
	}
	// Shallow nodes first, so that links are cut short once. A link to a node that
	// goes on with no byte of its own is skipped, and one into the levels that the
	// filter stands for is dropped.
	for _, at := range queue[1:] {
		f := b.nodes[at].fail
		for b.nodes[f].depth >= prefix && b.covers(at, f) {
			f = b.nodes[f].fail
		}
		if b.nodes[f].depth < prefix {
			f = 0
		}
		b.nodes[at].fail = f
	}
}

// covers tells whether x goes on with every byte that f goes on with.
func (b *builder) covers(x, f int32) bool {
	x = b.nodes[x].child
	for f = b.nodes[f].child; f != 0; f = b.nodes[f].sibling {
		for x != 0 && b.nodes[x].b < b.nodes[f].b {
			x = b.nodes[x].sibling
		}
		if x == 0 || b.nodes[x].b != b.nodes[f].b {
			return false
		}
	}
	return true
}

// layout makes the records of the trie.
func (b *builder) layout() error {
	b.plant(prefix)
	b.link()
	for i := range b.nodes {
		n := &b.nodes[i]
		if n.depth < prefix {
			continue
		}
		n.stop = n.stop || n.depth == prefix || !n.single || n.groups != 0 || n.fail != 0
		if !n.single {
			for c := n.child; c != 0; c = b.nodes[c].sibling {
				b.nodes[c].stop = true
			}
		}
		if n.fail != 0 {
			b.nodes[n.fail].stop = true
		}
	}
	for i := range b.nodes {
		if b.nodes[i].stop {
			// a run too long for a header ends at a record of its own
			length := 0
			for c := int32(i); b.nodes[c].single; {
				c = b.nodes[c].child
				if length++; b.nodes[c].stop {
					break
				}
				if length == maxRun {
					b.nodes[c].stop = true
					length = 0
				}
			}
		}
	}
	for i := range b.nodes {
		if b.nodes[i].stop {
			b.order = append(b.order, int32(i))
		}
	}
	slices.SortStableFunc(b.order, func(x, y int32) int { return cmp.Compare(b.nodes[x].depth, b.nodes[y].depth) })
	for range 2 { // offsets first, as edges point forward
		b.trie = b.trie[:0]
		for _, at := range b.order {
			b.nodes[at].offset = int32(len(b.trie))
			b.record(at)
		}
	}
	if len(b.trie) >= none || len(b.found) >= none {
		return errors.New("literal: too many literals: want a trie of less than 16 MiB")
	}
	return nil
}

// record appends the record of a node.
func (b *builder) record(at int32) {
	n := &b.nodes[at]
	header := len(b.trie)
	b.trie = append(b.trie, 0)
	if n.groups != 0 {
		b.trie[header] |= hasGroups
		b.trie = append24(b.trie, b.place(n.groups))
	}
	if n.fail != 0 {
		b.trie[header] |= hasFail
		b.trie = append24(b.trie, int(b.nodes[n.fail].offset))
	}
	edges, targets := b.edges[:0], b.targets[:0]
	if n.single {
		c := n.child
		for ; !b.nodes[c].stop; c = b.nodes[c].child {
			edges = append(edges, b.nodes[c].b)
		}
		edges = append(edges, b.nodes[c].b)
		targets = append(targets, b.nodes[c].offset)
	} else {
		for c := n.child; c != 0; c = b.nodes[c].sibling {
			edges = append(edges, b.nodes[c].b)
			targets = append(targets, b.nodes[c].offset)
		}
	}
	b.edges, b.targets = edges, targets
	switch {
	case len(edges) == 0:
	case len(targets) == 1:
		b.trie[header] |= byte(len(edges))
		b.trie = append(b.trie, edges...)
	case len(targets) <= maxFew:
		b.trie[header] |= byte(maxRun + len(edges))
		b.trie = append(b.trie, edges...)
	default:
		b.trie[header] |= wide
		var m [32]byte
		for _, c := range edges {
			m[c/8] |= 1 << (c % 8)
		}
		b.trie = append(b.trie, m[:]...)
	}
	for _, o := range targets {
		b.trie = append24(b.trie, int(o))
	}
}

func append24(b []byte, x int) []byte { return append(b, byte(x), byte(x>>8), byte(x>>16)) }
