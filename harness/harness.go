// Package harness is a Proxy-Wasm host on wazero that behaves as Envoy does: it
// loads plugins, configures them, and runs recorded exchanges through a chain of
// them on a laptop, with no cluster. It knows bytes, headers, logs and metrics,
// never a plugin's name.
//
// A [Proxy] is one listener with a chain of plugins, its worker threads and a
// clock of its own. Nothing in it depends on the machine's clock or on chance:
// the same plugins, options and exchanges give the same results.
//
// What it decides: what each host function answers, when each callback comes,
// what the client and the upstream see. What it does not: routing, load
// balancing, and what Envoy's connection manager writes around the filter chain
// (x-request-id, x-forwarded-*, date, server). See RATIONALE.md.
package harness

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"
)

// FailurePolicy says what becomes of requests when a plugin's VM has failed.
type FailurePolicy uint8

const (
	// FailClosed answers every request 503. The default, as in Envoy.
	FailClosed FailurePolicy = iota
	// FailOpen lets requests pass by the plugin once its VM has failed. The one
	// that broke it is answered 503. Envoy's failure_policy FAIL_OPEN.
	FailOpen
	// FailReload makes a new VM for the next request, at most once in
	// Plugin.ReloadBackoff, and answers 503 in between.
	FailReload
	// FailOpenAlways lets also the request that breaks the VM pass by. Envoy's
	// deprecated fail_open.
	FailOpenAlways
)

// Plugin is one filter of the chain.
type Plugin struct {
	// Name identifies the plugin in logs and results, and to itself as
	// "plugin_name". May be empty.
	Name string
	// RootID selects a root context of the module.
	RootID string
	// VMID names the VM, and the namespace of its shared data and queues.
	VMID string
	// Wasm is the module. Required.
	Wasm []byte
	// Configuration is what proxy_on_configure reads.
	Configuration []byte
	// VMConfiguration is what proxy_on_vm_start reads.
	VMConfiguration []byte
	// Environment are the environment variables of the VM.
	Environment map[string]string
	// FailurePolicy applies when the VM traps. FailClosed by default.
	FailurePolicy FailurePolicy
	// ReloadBackoff is the least time between two reloads under FailReload. 1
	// second by default.
	ReloadBackoff time.Duration
	// AllowOnHeadersStopIteration is the field of Envoy's plugin configuration:
	// a pause in a headers callback then lets body callbacks come. False by
	// default, as in Envoy, and always false under Istio.
	AllowOnHeadersStopIteration bool
	// digest is that of Wasm, once it was asked for. A proxy has its own copy.
	digest *[sha256.Size]byte
}

// Options are the proxy around the chain. The zero value is one worker with the
// limits of an Envoy without configuration.
type Options struct {
	// Workers is the number of worker threads, each with VMs of its own; shared
	// data and queues are common to them. 1 by default.
	Workers int
	// Now is where the virtual clock starts. 2026-01-01T00:00:00Z by default.
	Now time.Time
	// CacheDir is where compiled modules are kept between runs. By default a
	// folder "gatehouse" in the user's cache folder; "off" keeps none.
	CacheDir string
	// BufferLimit is the most bytes of a body that may be buffered for a paused
	// filter when the client speaks HTTP/1. 1 MiB by default. Over it a request
	// is answered 413; a response breaks off, or turns into 500 if its headers
	// were held back too.
	BufferLimit int
	// HTTP2BufferLimit is the same for HTTP/2, where it is the stream's window. 16
	// MiB by default.
	HTTP2BufferLimit int
	// HeaderLimit is the most bytes of request headers, names and values. 60 KiB
	// by default. Over it the answer is 431, and of the plugins only
	// proxy_on_log is called; over HTTP/2 the stream is reset and no plugin sees
	// it.
	HeaderLimit int
	// HeaderCountLimit is the most request headers, with the same consequences.
	// 100 by default.
	HeaderCountLimit int
	// Upgrades are the protocols that a request may ask to change to, such as
	// "websocket": Envoy's upgrade_configs, which Istio sets for websocket. None by
	// default: such a request is answered 403. What follows the answer 101 is not
	// simulated.
	Upgrades []string
	// AcceptHTTP10 is Envoy's accept_http_10. Without it HTTP/1.0 is answered 426.
	AcceptHTTP10 bool
	// Deadline is how long a callback may run, of the machine's time. By default 5
	// seconds, and 60 for the callbacks that start a plugin. Negative for none, as
	// in Envoy, where the worker would hang: not even ctx then ends a callback, but
	// code runs faster, tight loops by far, because none looks whether time is up.
	Deadline time.Duration
	// IdleTimeout is how long, on the virtual clock, a stream may go without
	// progress: then it is answered 408 or 504. 5 minutes by default.
	IdleTimeout time.Duration
	// RouteTimeout is how long the upstream may take to answer a complete
	// request. 15 seconds by default, negative for no timeout.
	RouteTimeout time.Duration
	// HTTPCallouts answer proxy_http_call.
	HTTPCallouts []HTTPCallout
	// GRPCCallouts answer proxy_grpc_call and proxy_grpc_stream.
	GRPCCallouts []GRPCCallout
	// Clusters are names of clusters that exist beside those of the callouts. A
	// call to one with no callout for it finds no healthy upstream.
	Clusters []string
	// Properties are attributes common to all exchanges, by path joined with
	// ".", in the encoding of the host. They override the harness's own.
	Properties map[string][]byte
	// LogLevel is the least level that is kept, and what proxy_get_log_level
	// answers. LogTrace, the zero value, keeps all.
	LogLevel LogLevel
	// Log, if set, sees every log line as it is written.
	Log func(LogEntry)
}

// HTTPCallout is the declared answer to calls of proxy_http_call. The first
// callout of Options that matches answers.
type HTTPCallout struct {
	// Cluster is the name the plugin calls. Required.
	Cluster string
	// Method, Path and Authority restrict the callout to requests that have
	// them; empty matches all.
	Method, Path, Authority string
	// Times is how many calls this callout answers before the next one that
	// matches does; 0 is any number.
	Times int
	// Response is the answer; its Delay passes on the virtual clock first. With
	// Reset the call fails after the headers: the plugin's callback comes with
	// no headers, no body and no trailers.
	Response Message
	// Unreachable answers as Envoy does when no connection can be made: 503.
	Unreachable bool
	// Silent never answers: the call runs into its timeout (504), or waits for
	// ever where it has none.
	Silent bool
}

// GRPCCallout is the declared answer to proxy_grpc_call and proxy_grpc_stream.
// The first callout of Options that matches answers.
type GRPCCallout struct {
	// Cluster is the name in the GrpcService message the plugin sends. Required.
	Cluster string
	// Service and Method restrict the callout; empty matches all.
	Service, Method string
	// Times is how many calls this callout answers; 0 is any number.
	Times int
	// Delay passes on the virtual clock before the answer.
	Delay time.Duration
	// InitialMetadata and TrailingMetadata surround the messages of a stream.
	InitialMetadata, TrailingMetadata []Header
	// Messages are the answer: the first of them for a call, all for a stream.
	Messages [][]byte
	// Status is the gRPC status code, StatusMessage its text. Other than 0 a
	// call is answered by proxy_on_grpc_close alone.
	Status        int
	StatusMessage string
	// Unreachable fails as Envoy does when no connection can be made: status 14.
	Unreachable bool
	// Silent never answers: a call runs into its timeout (status 14).
	Silent bool
}

// LogLevel is a level of proxy_log.
type LogLevel uint32

// The levels, as the ABI numbers them.
const (
	LogTrace LogLevel = iota
	LogDebug
	LogInfo
	LogWarn
	LogError
	LogCritical
)

// String returns the level's name in lower case.
func (l LogLevel) String() string {
	names := [...]string{"trace", "debug", "info", "warn", "error", "critical"}
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("level %d", uint32(l))
}

// Worker numbers of VMs that see no traffic.
const (
	// CanaryWorker is the VM that tries a configuration and is thrown away.
	CanaryWorker = -1
	// MainWorker is the VM of Envoy's main thread. It is configured and ticks
	// like that of a worker.
	MainWorker = -2
)

// LogEntry is one line a plugin wrote, or one the host wrote about it.
type LogEntry struct {
	// At is the virtual time.
	At time.Time
	// Level is the line's level. Lines on stdout are LogInfo, on stderr LogError.
	Level LogLevel
	// Plugin is the name of the plugin, or its root id where it has no name.
	Plugin string
	// Worker is the worker thread, CanaryWorker or MainWorker.
	Worker int
	// Host says that the host wrote the line, not the plugin.
	Host bool
	// Message is the text.
	Message string
}

// Upstream is what the upstream saw of an exchange.
type Upstream struct {
	// Reached says whether the request's headers came to the upstream.
	Reached bool
	// Requests is how many requests arrived: 1, or 2 where a plugin continued a
	// stream that was not paused.
	Requests int
	// Request is the request as it arrived, the last one if there are two. Reset says that it broke off.
	Request Message
	// Complete says whether the request's end arrived.
	Complete bool
}

// Failure is a plugin's VM breaking: a trap, a callback past its deadline, or
// memory past its limit.
type Failure struct {
	// Plugin is the name of the plugin whose callback broke the VM.
	Plugin string
	// Worker is the worker thread, CanaryWorker or MainWorker.
	Worker int
	// Callback is the exported function, such as "proxy_on_request_headers".
	Callback string
	// Reason is the trap, in one line: "unreachable", "deadline of 5s exceeded".
	Reason string
	// Deadline says that the callback was stopped by Options.Deadline; Envoy
	// would have hung.
	Deadline bool
}

// Error returns the failure in one line.
func (f Failure) Error() string {
	return fmt.Sprintf("plugin %s: %s: %s", quoteName(f.Plugin), f.Callback, f.Reason)
}

// Result is what became of an exchange.
type Result struct {
	// Response is what the client sees. Its Headers are empty if the stream was
	// reset before any answer. The Bodies are as they were sent, chunk by chunk.
	Response Message
	// Code is the status as access logs have it: also where the stream was reset
	// before or after headers; 0 if there never was one.
	Code int
	// Details are Envoy's response code details, "via_upstream" for an answer of
	// the upstream.
	Details string
	// Flags are Envoy's response flags, joined with ",", such as "UT"; empty for
	// none.
	Flags string
	// Upstream is what the upstream saw.
	Upstream Upstream
	// Logs are the lines written while the exchange ran, on all workers.
	Logs []LogEntry
	// FilterState is the stream's filter state as access logs see it, before
	// proxy_on_log, such as "wasm.gatehouse.identity".
	FilterState map[string][]byte
	// Failures are the VMs that broke while the exchange ran.
	Failures []Failure
	// Started and Ended are virtual times.
	Started, Ended time.Time
}

// Status returns the response's status, "" where there is none.
func (r *Result) Status() string {
	for _, h := range r.Response.Headers {
		if h.Name == ":status" {
			return h.Value
		}
	}
	return ""
}

// ConfigurationError says that a plugin did not start with its configuration.
type ConfigurationError struct {
	// Plugin is the plugin's name.
	Plugin string
	// Callback is what answered false or broke: "proxy_on_vm_start",
	// "proxy_on_configure", "_initialize".
	Callback string
	// Logs are the lines the plugin wrote until then.
	Logs []LogEntry
	// Failure is set where the plugin did not refuse but broke.
	Failure *Failure
}

// Error returns one line that ends with the plugin's own words, all of them.
func (e *ConfigurationError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "plugin %s: %s", quoteName(e.Plugin), e.Callback)
	if e.Failure != nil {
		fmt.Fprintf(&b, ": %s", e.Failure.Reason)
	} else {
		b.WriteString(" refused the configuration")
	}
	if words := e.Messages(); len(words) > 0 {
		fmt.Fprintf(&b, ": %s", strings.Join(words, "; "))
	}
	return b.String()
}

// maxMessages is how many lines of a plugin an error repeats.
const maxMessages = 20

// Messages returns the plugin's own words, a line for each thing that it found
// wrong: its lines of level error or above, at most 20; where it wrote none, its
// last line of any level.
func (e *ConfigurationError) Messages() []string {
	var faults, last []string
	for _, entry := range e.Logs {
		switch {
		case entry.Host:
		case entry.Level >= LogError && len(faults) < maxMessages:
			faults = append(faults, entry.Message)
		default:
			last = []string{entry.Message}
		}
	}
	if faults != nil {
		return faults
	}
	return last
}

// ModuleError says that bytes are not a module, or not one of a plugin.
type ModuleError struct {
	// Plugin is the plugin's name.
	Plugin string
	// Reason says what is wrong, such as "not a WebAssembly module".
	Reason string
	// NotWasm says that the bytes are not WebAssembly at all.
	NotWasm bool
}

// Error returns the error in one line.
func (e *ModuleError) Error() string {
	return fmt.Sprintf("plugin %s: %s", quoteName(e.Plugin), e.Reason)
}

func quoteName(name string) string {
	if name == "" {
		return `""`
	}
	return name
}
