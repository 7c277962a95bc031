package pipeline

// call is one of a stage, by the ID that the stage gave it.
type call struct {
	stage int
	id    uint64
}

// calls gives the calls of all stages IDs that differ.
type calls struct {
	last uint64
	// open are the calls that are not answered, ids their IDs here.
	open map[uint64]call
	ids  map[call]uint64
}

// never is an ID that no call has.
const never = 1<<64 - 1

func newCalls() calls { return calls{open: make(map[uint64]call), ids: make(map[call]uint64)} }

func (c *calls) begin(of call) uint64 {
	c.last++
	c.open[c.last], c.ids[of] = of, c.last
	return c.last
}

func (c *calls) end(id uint64) (call, bool) {
	of, ok := c.open[id]
	delete(c.open, id)
	delete(c.ids, of)
	return of, ok
}

// waitFor is the ID to wait for in place of the stage's own: 0 is any, and what nobody
// calls is never answered.
func (c *calls) waitFor(of call) uint64 {
	if of.id == 0 {
		return 0
	}
	if id, ok := c.ids[of]; ok {
		return id
	}
	return never
}
