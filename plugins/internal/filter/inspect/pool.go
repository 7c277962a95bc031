package inspect

import "gatehouse/plugins/internal/policy"

// maxIdle is how many contexts and inspections are kept for streams to come. More
// are made when more streams are open at a time, and left to the collector.
const maxIdle = 256

// pool keeps what a stream needs, so that a stream allocates none of it.
type pool struct {
	streams     []*stream
	inspections []policy.Inspection
}

// stream returns a context that knows nothing.
func (p *pool) stream() *stream {
	if s, ok := last(&p.streams); ok {
		return s
	}
	return new(stream)
}

// inspection returns one that knows of no stream.
func (p *pool) inspection(inspector policy.Inspector) policy.Inspection {
	if i, ok := last(&p.inspections); ok {
		return i
	}
	return inspector.Inspect()
}

// last takes the last element out of a list.
func last[T any](list *[]T) (value T, ok bool) {
	n := len(*list)
	if n == 0 {
		return value, false
	}
	value = (*list)[n-1]
	clear((*list)[n-1:])
	*list = (*list)[:n-1]
	return value, true
}

// keep adds an element unless there are enough.
func keep[T any](list *[]T, value T) {
	if len(*list) < maxIdle {
		*list = append(*list, value)
	}
}
