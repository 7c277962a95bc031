package global

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	rls "github.com/envoyproxy/go-control-plane/envoy/service/ratelimit/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"gatehouse/plugins/internal/policy"
)

// memory is a Store as Envoy's shared data is: versions are counted up over all
// keys, and a version other than 0 creates a key that is missing.
type memory struct {
	values  map[string]entry
	version uint32
	random  *rand.Rand
	// conflicts is how many of 1000 Sets find that another thread was faster.
	conflicts int
}

type entry struct {
	value   []byte
	version uint32
}

func (m *memory) Get(key string) ([]byte, uint32, bool) {
	e, ok := m.values[key]
	return e.value, e.version, ok
}

func (m *memory) Set(key string, value []byte, version uint32) bool {
	e, ok := m.values[key]
	if ok && (version != 0 && version != e.version || m.conflicts > 0 && m.random.IntN(1000) < m.conflicts) {
		return false
	}
	if m.values == nil {
		m.values = map[string]entry{}
	}
	m.version++
	m.values[key] = entry{append(e.value[:0], value...), m.version}
	return true
}

func (m *memory) Random() uint64 { return m.random.Uint64() }

func (m *memory) VerifySignature(string, []byte, []byte, []byte) (valid, answered bool) {
	return false, false
}

func (m *memory) Now() time.Time { return time.Time{} }

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// event is something that happens at a time of the world.
type event struct {
	at    time.Duration
	order int
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// world is gateways that ask one service.
type world struct {
	t      testing.TB
	random *rand.Rand
	now    time.Duration
	queue  events
	order  int

	service  *model
	gateways []*gateway
	config   Config
	// latency is how long a message takes one way, at random.
	latency func() time.Duration
	// lossy is how many of 1000 messages get lost.
	lossy int
	// patience is how long a request waits.
	patience time.Duration

	// admitted counts hits by key and window of the service.
	admitted map[string]int64
	outcomes [4]int64
	calls    []time.Duration
	waited   int64
	arrived  int64
	messages []string
	// mostWaiting is how many requests waited at a gateway at most.
	mostWaiting int64
	// burnt is what the service counted of batches that it refused, within the limit.
	burnt int64
	// hostile changes answers.
	hostile func(b []byte) []byte
}

type gateway struct {
	*world
	store   *memory
	skew    time.Duration
	workers []*worker
	waiting int64
}

type worker struct {
	*gateway
	client  *Client
	waiting map[uint64][]*pending
	gone    bool
}

// pending is a request that waits.
type pending struct {
	request Request
	key     int
	begun   time.Duration
	done    bool
}

// newWorldRandom is what a world is made up from.
func newWorldRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 8)) }

func newWorld(t testing.TB, seed uint64, gateways, workers int, config Config, service *model) *world {
	t.Helper()
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 7)), service: service, config: config, patience: 250 * time.Millisecond, admitted: map[string]int64{}}
	w.config.Cluster, w.config.Domain = "ratelimit", "gatehouse"
	w.latency = func() time.Duration { return 200*time.Microsecond + time.Duration(w.random.ExpFloat64()*3e5) }
	service.world = w
	for range gateways {
		g := &gateway{world: w, store: &memory{random: w.random}}
		w.gateways = append(w.gateways, g)
		for range workers {
			g.add()
		}
	}
	return w
}

func (g *gateway) add() {
	g.t.Helper()
	c, err := New(g.store, "test", g.config)
	if err != nil {
		g.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		g.t.Fatal(err)
	}
	k := &worker{gateway: g, client: c, waiting: map[uint64][]*pending{}}
	g.workers = append(g.workers, k)
	g.in(time.Duration(g.random.Int64N(int64(time.Second))), k.tick)
}

// restart loses all that a gateway knows.
func (g *gateway) restart() {
	n := len(g.workers)
	for _, k := range g.workers {
		k.gone = true
	}
	g.store, g.workers, g.waiting = &memory{random: g.random, conflicts: g.store.conflicts}, nil, 0
	for range n {
		g.add()
	}
}

func (w *world) in(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.queue, event{w.now + d, w.order, do})
}

// run lets time pass.
func (w *world) run(until time.Duration) {
	for len(w.queue) > 0 && w.queue[0].at <= until {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	w.now = until
}

func (g *gateway) clock() time.Time { return start.Add(g.now + g.skew) }

func (k *worker) tick() {
	if !k.gone {
		k.do(k.client.Tick(k.clock()))
		k.in(policy.TickPeriod, k.tick)
	}
}

// request is what asks for hits of a key.
func (w *world) request(key int, hits int64) Request {
	return Request{Key: fmt.Appendf(nil, "key %d", key), Entries: []Entry{{"limit", "a"}, {"client", fmt.Sprint(key)}}, Override: w.service.override, Hits: hits}
}

// arrive lets a request for a key arrive at a worker.
func (k *worker) arrive(key int, hits int64) {
	k.world.arrived++
	k.take(&pending{request: k.world.request(key, hits), key: key, begun: k.now})
}

func (k *worker) take(p *pending) {
	if p.done || k.gone {
		return
	}
	first := p.request.Ticket == 0
	v := k.client.Take(k.clock(), &p.request)
	k.do(v.Work)
	if v.Outcome == Wait {
		if first {
			k.waited++
			k.gateway.waiting++
			k.mostWaiting = max(k.mostWaiting, k.gateway.waiting)
			k.in(k.patience, func() {
				if !p.done {
					p.request.Overdue = true
					k.take(p)
				}
			})
		}
		if p.request.Overdue {
			k.t.Fatal("an overdue request is told to wait")
		}
		if v.Ticket != p.request.Ticket {
			p.request.Ticket = v.Ticket
			k.waiting[v.Ticket] = append(k.waiting[v.Ticket], p)
		}
		return
	}
	p.done = true
	k.outcomes[v.Outcome]++
	if !first {
		k.gateway.waiting--
	}
	if v.Outcome == Allowed {
		k.admitted[k.service.window(p.key)] += p.request.Hits
	}
	if v.Outcome == Denied && v.RetryAfter <= 0 || v.Remaining < 0 || v.Reset < 0 {
		k.t.Fatalf("verdict %+v", v)
	}
}

func (k *worker) do(w policy.Work) {
	k.messages = append(k.messages, w.Messages...)
	for _, c := range w.Calls {
		k.calls = append(k.calls, k.now)
		answered := false
		answer := func(a *policy.Answer) {
			if answered || k.gone {
				return
			}
			answered = true
			a.ID = c.ID
			k.do(k.client.Answer(k.clock(), a))
			waiting := k.waiting[c.ID]
			delete(k.waiting, c.ID)
			for _, p := range waiting {
				k.take(p)
			}
		}
		k.in(c.Timeout, func() { answer(&policy.Answer{Failed: true}) })
		if k.random.IntN(1000) < k.lossy {
			continue
		}
		k.in(k.latency(), func() {
			b, ok := k.service.serve(c)
			if k.service.paused || k.random.IntN(1000) < k.lossy {
				return
			}
			k.in(k.latency(), func() { answer(&policy.Answer{Failed: !ok, Body: b, Size: len(b)}) })
		})
	}
}

// model is the service of github.com/envoyproxy/ratelimit with a Redis: the counter of
// a descriptor and a window is raised by the hits, whatever comes of it, and what is
// over the limit by then is refused.
type model struct {
	*world
	skew     time.Duration
	limit    uint32
	unit     Unit
	override Override
	// counters are those of Redis.
	counters map[string]uint64
	// down answers nobody, and paused counts and answers nobody.
	down, paused bool
	// strict counts nothing that it refuses, and sends no statuses, as limitador does.
	strict bool
	shadow bool
}

func newModel(limit uint32, unit Unit) *model {
	return &model{limit: limit, unit: unit, override: Override{limit, unit}, counters: map[string]uint64{}}
}

func (m *model) unix() int64 { return start.Add(m.now + m.skew).Unix() }

func (m *model) name(client string) string {
	length := m.unit.length() / second
	return fmt.Sprint(client, "_", m.unix()/length*length)
}

// window names the window of a key that the service is in.
func (m *model) window(key int) string { return m.name(fmt.Sprint(key)) }

func (m *model) serve(c policy.Call) ([]byte, bool) {
	if m.down || m.paused {
		return nil, false
	}
	if c.Service != service || c.Method != method || c.Cluster != "ratelimit" {
		m.t.Fatalf("call %+v", c)
	}
	var request rls.RateLimitRequest
	if err := proto.Unmarshal(c.Body, &request); err != nil || request.Domain != "gatehouse" || len(request.Descriptors) != 1 {
		m.t.Fatalf("request %v: %v", &request, err)
	}
	hits := max(uint64(request.HitsAddend), 1)
	if d := request.Descriptors[0]; d.HitsAddend != nil {
		hits = d.HitsAddend.Value
	}
	name := m.name(request.Descriptors[0].Entries[1].Value)
	code := rls.RateLimitResponse_OK
	if m.counters[name]+hits > uint64(m.limit) {
		code = rls.RateLimitResponse_OVER_LIMIT
		m.burnt += int64(uint64(m.limit) - min(m.counters[name], uint64(m.limit)))
	}
	if code == rls.RateLimitResponse_OK || !m.strict {
		m.counters[name] += hits
	}
	response := &rls.RateLimitResponse{OverallCode: code}
	if !m.strict {
		length := m.unit.length() / second
		status := &rls.RateLimitResponse_DescriptorStatus{
			Code:               code,
			CurrentLimit:       &rls.RateLimitResponse_RateLimit{RequestsPerUnit: m.limit, Unit: rls.RateLimitResponse_RateLimit_Unit(m.unit)},
			DurationUntilReset: &durationpb.Duration{Seconds: length - m.unix()%length},
		}
		if code == rls.RateLimitResponse_OK {
			status.LimitRemaining = uint32(uint64(m.limit) - m.counters[name])
		} else if m.shadow {
			status.Code, response.OverallCode = rls.RateLimitResponse_OK, rls.RateLimitResponse_OK
		}
		response.Statuses = append(response.Statuses, status)
	}
	b, err := proto.Marshal(response)
	if err != nil {
		m.t.Fatal(err)
	}
	if m.hostile != nil {
		b = m.hostile(b)
	}
	return b, true
}

// load lets requests for random keys arrive at random workers, so many a second,
// from now until a time.
func (w *world) load(keys int, perSecond float64, until time.Duration) {
	var next func()
	next = func() {
		if w.now >= until {
			return
		}
		g := w.gateways[w.random.IntN(len(w.gateways))]
		g.workers[w.random.IntN(len(g.workers))].arrive(w.random.IntN(keys), 1)
		w.in(time.Duration(w.random.ExpFloat64()/perSecond*1e9), next)
	}
	w.in(0, next)
}
