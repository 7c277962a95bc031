package regex

import "slices"

// Cache holds what DFAs build while they run, for any number of programs, within
// one budget. When the budget is used up, states are dropped, first those of a
// program that takes more than its share, then all.
//
// Besides the budget there is scratch memory that is used over and over: some
// dozen bytes for each instruction of the largest program that has run.
//
// A Cache and its DFAs serve one value at a time.
type Cache struct {
	budget int // bytes
	share  int // of one program
	used   int
	dfas   []*DFA // those that have states

	step    stepper
	state   []byte
	find    finder
	loaded  loaded // the program that was last run without states
	flushes int
}

// NewCache returns a cache with a budget in bytes. Any budget works; below some
// 20 kB a program is run without states.
func NewCache(budget int) *Cache {
	return &Cache{budget: budget, share: budget / 4}
}

// Size is how many bytes of the budget are in use.
func (c *Cache) Size() int { return c.used }

// Flushes is how many times states had to be dropped.
func (c *Cache) Flushes() int { return c.flushes }

// flush drops the states of all programs but one.
func (c *Cache) flush(keep *DFA) {
	for _, d := range c.dfas {
		if d != keep {
			d.drop()
		}
	}
	c.dfas = c.dfas[:0]
	if keep != nil && keep.built {
		c.dfas = append(c.dfas, keep)
	}
}

// reserve asks for n more bytes, at the expense of other programs.
func (c *Cache) reserve(d *DFA, n int) bool {
	if c.used+n > c.budget && d.size+n <= c.budget {
		c.flushes++
		c.flush(d)
	}
	if c.used+n > c.budget {
		return false
	}
	c.used += n
	d.size += n
	return true
}

// forget drops the states of one program.
func (c *Cache) forget(d *DFA) {
	d.drop()
	c.dfas = slices.DeleteFunc(c.dfas, func(other *DFA) bool { return other == d })
}

// load decodes a program that has no states.
func (c *Cache) load(p *Program) *loaded {
	if c.loaded.prog != p {
		p.load(&c.loaded)
	}
	return &c.loaded
}
