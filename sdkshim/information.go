package sdkshim

import "time"

// MapType numbers a header map, as the spec's proxy_header_map_type_t does.
type MapType uint32

// The maps of the spec.
const (
	MapRequestHeaders       MapType = 0
	MapRequestTrailers      MapType = 1
	MapResponseHeaders      MapType = 2
	MapResponseTrailers     MapType = 3
	MapGRPCInitialMetadata  MapType = 4
	MapGRPCTrailingMetadata MapType = 5
	MapHTTPCallHeaders      MapType = 6
	MapHTTPCallTrailers     MapType = 7
)

// BufferType numbers a buffer, as the spec's proxy_buffer_type_t does.
type BufferType uint32

// The buffers of the spec.
const (
	BufferRequestBody         BufferType = 0
	BufferResponseBody        BufferType = 1
	BufferDownstreamData      BufferType = 2
	BufferUpstreamData        BufferType = 3
	BufferHTTPCallBody        BufferType = 4
	bufferGRPCReceive         BufferType = 5
	BufferVMConfiguration     BufferType = 6
	BufferPluginConfiguration BufferType = 7
)

// Log levels of the spec, for LogLevel.
const (
	LevelTrace    uint32 = 0
	LevelDebug    uint32 = 1
	LevelInfo     uint32 = 2
	LevelWarn     uint32 = 3
	LevelError    uint32 = 4
	LevelCritical uint32 = 5
)

// Now returns the proxy's wall clock. It costs one call of the host, where
// time.Now makes two, one for the wall clock and one for the monotonic clock; the
// result has no monotonic part. The time is the zero time if the host has no
// clock, which Envoy always has.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_current_time_nanoseconds
func Now() time.Time {
	nanoseconds, err := hostNow()
	if err != nil {
		return time.Time{}
	}
	return time.Unix(0, int64(nanoseconds))
}

// LogLevel returns the least level that the proxy logs, so that messages below it
// need not be made. Errors: StatusUnimplemented where there is no host.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_log_level
func LogLevel() (uint32, error) { return hostLogLevel() }

// GRPCStatus returns the status of the gRPC callout that ended last, with its
// message, to which Envoy may add where it is from: it is for the Closed callback.
// After a failed HTTP callout Envoy answers the number of StatusBrokenConnection
// and "reset".
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_status
func GRPCStatus() (code uint32, message string, err error) { return hostStatus() }

// HeaderMapSize returns the bytes of all names and values of a map. Errors:
// StatusBadArgument or StatusNotFound for a map that is not there now.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_header_map_size
func HeaderMapSize(t MapType) (int, error) { return hostHeaderMapSize(t) }

// BufferSize returns the bytes that a buffer holds; a body that has not come yet
// holds 0 in Envoy. Errors: StatusNotFound for a buffer that is not there now,
// StatusBadArgument for an unknown one.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_buffer_status
func BufferSize(t BufferType) (int, error) { return hostBufferSize(t) }

// ReadBuffer reads size bytes of a buffer from start into the room of dst, or into
// new memory if it is too small, and returns them: fewer where the buffer ends. The
// SDK's functions for this make new memory each time. Errors: StatusNotFound for a
// buffer that is not there now, StatusBadArgument for an unknown one.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_buffer_bytes
func ReadBuffer(dst []byte, t BufferType, start, size int) ([]byte, error) {
	if cap(dst) < size {
		dst = make([]byte, 0, size)
	}
	return hostReadBuffer(dst[:0], t, start, size)
}

// SetEffectiveContext makes what follows in this callback act on another context.
// The error is StatusBadArgument if that one is gone.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_effective_context
func SetEffectiveContext(contextID uint32) error { return hostSetEffectiveContext(contextID) }
