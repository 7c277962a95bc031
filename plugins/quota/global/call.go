package global

import "gatehouse/plugins/internal/policy"

// call is one that a thread has made, until nobody waits for what came of it.
type call struct {
	id uint64
	// key is that of the lease.
	key string
	// message is the request but for its hits.
	message  []byte
	override Override
	// hits are what was asked for, debt the part that was used already, and first
	// says that nobody else was asking.
	hits, debt int64
	first      bool
	// asked is when it was made, and deadline when it counts as never answered.
	asked, deadline int64
	// waiters are the requests that wait for it, and waiting the hits they need.
	waiters int
	waiting int64

	// done says that it is answered: with outcome, Wait if the requests may ask
	// again, and reserved hits for those that waited.
	done     bool
	outcome  Outcome
	reserved int64
	// window is when the window of the answer ends, and remaining what it had left.
	window    int64
	remaining int64
}

const (
	// maxCalls bounds the memory of calls whose answers are due.
	maxCalls = 8192
	// service and method are what is called.
	service = "envoy.service.ratelimit.v3.RateLimitService"
	method  = "ShouldRateLimit"
)

// work is what has to be done to make the call.
func (c *call) work(config *Config) policy.Call {
	message := appendHits(append([]byte(nil), c.message...), c.hits)
	return policy.Call{ID: c.id, Cluster: config.Cluster, Service: service, Method: method, Body: message, Timeout: config.Timeout}
}

// add adds work to work.
func add(to *policy.Work, w policy.Work) {
	to.Calls = append(to.Calls, w.Calls...)
	to.Messages = append(to.Messages, w.Messages...)
	to.Count = append(to.Count, w.Count...)
}
