package policy

import "time"

// Store is memory that all worker threads of the proxy share. It may forget:
// with the process it is gone.
type Store interface {
	// Get returns the value of a key and the number of its version, which Set can
	// be told; ok is false if there is none.
	Get(key string) (value []byte, version uint32, ok bool)
	// Set replaces a value if its version is still the one given, and tells whether
	// it was. Version 0 replaces whatever is there, and Absent creates a value where
	// there is none, and only there.
	Set(key string, value []byte, version uint32) bool
}

// Absent is a version that no value has: versions are counted up from 1.
const Absent = 1<<32 - 1

// Host is what the proxy lends an engine.
type Host interface {
	Store
	// VerifySignature verifies a signature with the proxy's cryptography. Hash is
	// "sha256", "sha384" or "sha512", key a SubjectPublicKeyInfo (RFC 5280, Section
	// 4.1) in DER, and signature is what PKCS #1 v1.5 or ECDSA in ASN.1 made of
	// text. Answered is false if the proxy cannot tell.
	VerifySignature(hash string, key, signature, text []byte) (valid, answered bool)
	// Random returns a number that nobody can guess.
	Random() uint64
	// Now is the time, for calls that are not told it: of pieces of a body, and Done.
	// It is the zero time where the proxy does not say.
	Now() time.Time
}

// Hosted is an engine that uses what the proxy lends it.
type Hosted interface {
	// UseHost is called once, before any other call.
	UseHost(Host)
}

// Configured is an engine whose configuration names environment variables.
type Configured interface {
	// UseEnvironment is called once, before any other call, with a function that
	// looks a variable of the VM up. Its error keeps the plugin from starting, as one of
	// the configuration does.
	UseEnvironment(lookup func(name string) (value string, ok bool)) error
}

// Call is an HTTP request or a unary gRPC call that an engine has the proxy make.
type Call struct {
	// ID is the engine's own name for it, which the Answer repeats. It is not 0.
	ID uint64
	// Cluster is the name of the proxy's cluster that it goes to.
	Cluster string
	// Service and Method name a method of gRPC, such as
	// "envoy.service.ratelimit.v3.RateLimitService" and "ShouldRateLimit". Both are
	// empty for an HTTP request.
	Service, Method string
	// Headers hold ":method", ":path" and ":authority" at least; of gRPC they are
	// the initial metadata.
	Headers Headers
	// Body is sent as it is; nil for none. Of gRPC it is the message.
	Body []byte
	// Timeout is how long the answer may take. It is kept by the adapter too: an
	// answer that the proxy never gives has failed.
	Timeout time.Duration
}

// Answer is what came of a Call. Its memory is the adapter's once the engine
// returns.
type Answer struct {
	// ID is that of the Call.
	ID uint64
	// Failed says that there is no response: the cluster is unknown, nobody
	// answered in time, or the connection broke. Of gRPC it is any status but OK.
	Failed bool
	// Headers hold ":status" besides the response's own; none of gRPC.
	Headers Headers
	// Body is the response's, or its first MaxAnswer bytes. Of gRPC it is the
	// message.
	Body []byte
	// Size is how long the body is.
	Size int
}

// MaxAnswer is how many bytes of a response an engine is given.
const MaxAnswer = 1 << 20

// Background is an engine that does work between requests: it fetches keys and
// lists. Its calls are never made during another one.
type Background interface {
	// Tick is called about every TickPeriod on every worker thread.
	Tick(now time.Time) Work
	// Answer gives the engine what came of a call.
	Answer(now time.Time, a *Answer) Work
}

// Work is what an engine wants done that is no request's.
type Work struct {
	// Calls are made now.
	Calls []Call
	// Messages are for the proxy's log, as warnings: what an operator should know
	// that happened to no request. They hold no secrets and nothing of a request.
	Messages []string
	// Count are indexes into what Counters returns, as in a Decision.
	Count []int
}

// TickPeriod is the time between two calls of Tick.
const TickPeriod = time.Second
