//go:build !wasip1

package sdkshim

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

// Host stands for the proxy where there is none, which is everywhere but in Wasm:
// tests of code that uses this package give one to SetHost. Its methods answer
// what the functions of this package return.
type Host interface {
	// GRPCCall starts a call; grpcService and metadata are serialized as the proxy
	// gets them, timeout is in milliseconds.
	GRPCCall(grpcService []byte, service, method string, metadata, message []byte, timeout uint32) (GRPCToken, error)
	// GRPCStream opens a stream.
	GRPCStream(grpcService []byte, service, method string, metadata []byte) (GRPCToken, error)
	// GRPCSend, GRPCClose and GRPCCancel act on one.
	GRPCSend(t GRPCToken, message []byte, end bool) error
	GRPCClose(t GRPCToken) error
	GRPCCancel(t GRPCToken) error
	// Buffer, BufferSize, Pairs and HeaderMapSize read what the callback is about;
	// pairs are serialized as the proxy gives them.
	Buffer(t BufferType) ([]byte, error)
	BufferSize(t BufferType) (int, error)
	Pairs(t MapType) ([]byte, error)
	HeaderMapSize(t MapType) (int, error)
	// CallForeign calls a foreign function.
	CallForeign(name string, argument []byte) ([]byte, error)
	// Now is the wall clock in nanoseconds since 1970.
	Now() (uint64, error)
	// LogLevel, Status and SetEffectiveContext are as in the spec.
	LogLevel() (uint32, error)
	Status() (uint32, string, error)
	SetEffectiveContext(contextID uint32) error
	// SendLocalResponse takes a local response.
	SendLocalResponse(r LocalResponse) error
}

// Unimplemented is a Host that answers everything with StatusUnimplemented. It is
// the one in force until SetHost; a test's own host embeds it.
type Unimplemented struct{}

var current Host = Unimplemented{}

// SetHost puts a host in force and returns what brings the one before back. It
// also forgets all callouts. Outside of Wasm only.
func SetHost(h Host) (restore func()) {
	before := current
	current = h
	clear(callouts)
	return func() { SetHost(before) }
}

// GRPCCall implements Host.
func (Unimplemented) GRPCCall([]byte, string, string, []byte, []byte, uint32) (GRPCToken, error) {
	return 0, StatusUnimplemented
}

// GRPCStream implements Host.
func (Unimplemented) GRPCStream([]byte, string, string, []byte) (GRPCToken, error) {
	return 0, StatusUnimplemented
}

// GRPCSend implements Host.
func (Unimplemented) GRPCSend(GRPCToken, []byte, bool) error { return StatusUnimplemented }

// GRPCClose implements Host.
func (Unimplemented) GRPCClose(GRPCToken) error { return StatusUnimplemented }

// GRPCCancel implements Host.
func (Unimplemented) GRPCCancel(GRPCToken) error { return StatusUnimplemented }

// Buffer implements Host.
func (Unimplemented) Buffer(BufferType) ([]byte, error) { return nil, StatusUnimplemented }

// BufferSize implements Host.
func (Unimplemented) BufferSize(BufferType) (int, error) { return 0, StatusUnimplemented }

// Pairs implements Host.
func (Unimplemented) Pairs(MapType) ([]byte, error) { return nil, StatusUnimplemented }

// HeaderMapSize implements Host.
func (Unimplemented) HeaderMapSize(MapType) (int, error) { return 0, StatusUnimplemented }

// CallForeign implements Host.
func (Unimplemented) CallForeign(string, []byte) ([]byte, error) { return nil, StatusUnimplemented }

// Now implements Host.
func (Unimplemented) Now() (uint64, error) { return 0, StatusUnimplemented }

// LogLevel implements Host.
func (Unimplemented) LogLevel() (uint32, error) { return 0, StatusUnimplemented }

// Status implements Host.
func (Unimplemented) Status() (uint32, string, error) { return 0, "", StatusUnimplemented }

// SetEffectiveContext implements Host.
func (Unimplemented) SetEffectiveContext(uint32) error { return StatusUnimplemented }

// SendLocalResponse implements Host.
func (Unimplemented) SendLocalResponse(LocalResponse) error { return StatusUnimplemented }

func hostSendLocalResponse(r LocalResponse, _ []byte) error { return current.SendLocalResponse(r) }

func hostGRPCCall(grpcService []byte, service, method string, metadata, message []byte, timeout uint32) (GRPCToken, error) {
	return current.GRPCCall(grpcService, service, method, metadata, message, timeout)
}

func hostGRPCStream(grpcService []byte, service, method string, metadata []byte) (GRPCToken, error) {
	return current.GRPCStream(grpcService, service, method, metadata)
}

func hostGRPCSend(t GRPCToken, message []byte, end bool) error {
	return current.GRPCSend(t, message, end)
}

func hostGRPCClose(t GRPCToken) error                { return current.GRPCClose(t) }
func hostGRPCCancel(t GRPCToken) error               { return current.GRPCCancel(t) }
func hostBuffer(t BufferType) ([]byte, error)        { return current.Buffer(t) }
func hostBufferSize(t BufferType) (int, error)       { return current.BufferSize(t) }
func hostHeaderMapSize(t MapType) (int, error)       { return current.HeaderMapSize(t) }
func hostNow() (uint64, error)                       { return current.Now() }
func hostLogLevel() (uint32, error)                  { return current.LogLevel() }
func hostStatus() (uint32, string, error)            { return current.Status() }
func hostSetEffectiveContext(contextID uint32) error { return current.SetEffectiveContext(contextID) }

func hostPairs(t MapType) ([][2]string, error) {
	b, err := current.Pairs(t)
	if err != nil {
		return nil, err
	}
	return deserialize(b)
}

func hostCallForeign(name string, argument []byte) ([]byte, error) {
	return current.CallForeign(name, argument)
}

// The SDK's emulator has the bodies of streams.
func hostReadBuffer(dst []byte, t BufferType, start, size int) ([]byte, error) {
	read := proxywasm.GetHttpRequestBody
	switch t {
	case BufferRequestBody:
	case BufferResponseBody:
		read = proxywasm.GetHttpResponseBody
	default:
		return nil, StatusBadArgument
	}
	data, err := read(start, size)
	return append(dst, data...), err
}

// The SDK's emulator knows no calls of a plugin's in a stream's callback.
func hostHTTPCall(_ uint32, cluster string, headers [][2]string, body []byte, timeout uint32, done func(numHeaders, bodySize, numTrailers int)) error {
	_, err := proxywasm.DispatchHttpCall(cluster, headers, body, nil, timeout, done)
	return err
}
