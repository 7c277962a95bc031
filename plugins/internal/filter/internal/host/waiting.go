package host

import "time"

// Stream is a request that waits. It and Held are interfaces, and stand here, so that
// a module whose requests do not wait links nothing of package work.
type Stream interface {
	// Resume is called once, with the request's context in effect, when the answer
	// has come that it waits for or when it is overdue.
	Resume(now time.Time, overdue bool)
}

// Held is the waiting of a stream, until Resume.
type Held interface {
	// Release ends it, because the stream has ended.
	Release()
}
