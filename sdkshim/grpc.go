package sdkshim

import (
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// GRPCToken names a gRPC call or stream. It is valid until its last callback.
type GRPCToken uint32

// GRPCRequest is one unary call.
type GRPCRequest struct {
	// Cluster is the name of the proxy's cluster that is called. Required.
	Cluster string
	// Service is the full name of the gRPC service, such as
	// "envoy.service.auth.v3.Authorization". Required.
	Service string
	// Method is the name of its method, such as "Check". Required.
	Method string
	// Metadata is the initial metadata, in order. Optional.
	Metadata [][2]string
	// Message is the serialized request message. Empty is a message too.
	Message []byte
	// Timeout ends the call. Envoy counts whole milliseconds. Required, because a
	// call to a cluster without endpoints is answered by nothing else.
	Timeout time.Duration
}

// GRPCEvents are the callbacks of a call or stream. They run in the plugin
// context, also if a stream of the proxy made the call: to act on that stream,
// SetEffectiveContext first, which fails if the stream is gone. A nil function is
// not called.
type GRPCEvents struct {
	// InitialMetadata and TrailingMetadata tell that n fields of metadata came:
	// GRPCInitialMetadata and GRPCTrailingMetadata read them until the callback
	// returns.
	InitialMetadata  func(n int)
	TrailingMetadata func(n int)
	// Message tells that a message of size bytes came: GRPCMessage reads it until
	// the callback returns. For a call it is the last callback and means success.
	Message func(size int)
	// Closed tells the gRPC status with which the call failed or the stream ended:
	// GRPCStatus has its text. It is the last callback.
	Closed func(code uint32)
}

// gRPC callouts that have not come to their last callback. A callback for any
// other token is not ours and does nothing.
var callouts = map[GRPCToken]callout{}

type callout struct {
	events GRPCEvents
	stream bool
}

// starting is set while the host starts a callout, which may already call back
// before the token is known here.
var starting struct {
	now     bool
	closed  bool
	token   GRPCToken
	closure uint32
}

// GRPCCall makes a unary call. Its end is events.Message or events.Closed; the
// plugin imports gatehouse/sdkshim/callback/grpccall to hear of it. An unknown
// cluster is StatusInternalFailure at once in Envoy.
//
// Envoy parses the cluster's name as a serialized GrpcService first, and some
// names parse; what is sent is therefore always that message, with the name in
// it.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_call
func GRPCCall(r GRPCRequest, events GRPCEvents) (GRPCToken, error) {
	if err := checkGRPC(r.Cluster, r.Service, r.Method); err != nil {
		return 0, err
	}
	milliseconds := r.Timeout.Milliseconds()
	if milliseconds <= 0 || milliseconds > 1<<31-1 {
		return 0, errors.New("grpc call: timeout: " + r.Timeout.String() + ", want 1ms to 596h")
	}
	return startGRPC(callout{events: events}, func() (GRPCToken, error) {
		return hostGRPCCall(grpcService(r.Cluster), r.Service, r.Method, serialize(r.Metadata), r.Message, uint32(milliseconds))
	})
}

// GRPCOpen opens a stream. Its end is events.Closed. What GRPCCall says of the
// import and of clusters holds here too. It has no timeout: a deadline is the
// caller's to keep, on the tick. A stream whose sending side is never closed, by
// Send or Close, stays in Envoy's books when the upstream has ended it.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_stream
func GRPCOpen(cluster, service, method string, metadata [][2]string, events GRPCEvents) (GRPCToken, error) {
	if err := checkGRPC(cluster, service, method); err != nil {
		return 0, err
	}
	return startGRPC(callout{events: events, stream: true}, func() (GRPCToken, error) {
		return hostGRPCStream(grpcService(cluster), service, method, serialize(metadata))
	})
}

func checkGRPC(cluster, service, method string) error {
	switch {
	case cluster == "":
		return errors.New("grpc: cluster: none, want a name")
	case service == "" || strings.Contains(service, "/"):
		return errors.New("grpc: service: " + service + ", want a name without /")
	case method == "" || strings.Contains(method, "/"):
		return errors.New("grpc: method: " + method + ", want a name without /")
	}
	return nil
}

func startGRPC(c callout, start func() (GRPCToken, error)) (GRPCToken, error) {
	starting.now, starting.closed = true, false
	token, err := start()
	starting.now = false
	if err != nil {
		return 0, err
	}
	callouts[token] = c
	if starting.closed && starting.token == token {
		GRPCClosed(token, starting.closure)
	}
	return token, nil
}

// Send sends a serialized message on a stream; end closes the sending side after
// it. The error is StatusNotFound if the stream is over, and StatusBadArgument
// for a call.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_send
func (t GRPCToken) Send(message []byte, end bool) error { return hostGRPCSend(t, message, end) }

// Close closes the sending side of a stream. Its callbacks still come. The error
// is StatusNotFound if it is over.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_close
func (t GRPCToken) Close() error { return hostGRPCClose(t) }

// Cancel ends a call or stream: no callback of it comes any more. The error is
// StatusNotFound if it was over.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_grpc_cancel
func (t GRPCToken) Cancel() error {
	delete(callouts, t)
	return hostGRPCCancel(t)
}

// GRPCMessage reads the message that a GRPCEvents.Message callback told of. The
// error is StatusNotFound outside of it.
func GRPCMessage() ([]byte, error) { return hostBuffer(bufferGRPCReceive) }

// GRPCInitialMetadata reads the fields that a GRPCEvents.InitialMetadata callback
// told of. The error is StatusBadArgument or StatusNotFound outside of it, as the
// host has it.
func GRPCInitialMetadata() ([][2]string, error) { return hostPairs(MapGRPCInitialMetadata) }

// GRPCTrailingMetadata reads the fields that a GRPCEvents.TrailingMetadata
// callback told of; errors are those of GRPCInitialMetadata.
func GRPCTrailingMetadata() ([][2]string, error) { return hostPairs(MapGRPCTrailingMetadata) }

// GRPCReceived is what callback/grpccall calls when a message came.
func GRPCReceived(t GRPCToken, size int) {
	c, ok := callouts[t]
	if !ok {
		return
	}
	if !c.stream {
		delete(callouts, t)
	}
	if c.events.Message != nil {
		c.events.Message(size)
	}
}

// GRPCClosed is what callback/grpccall calls when a call failed or a stream
// ended.
func GRPCClosed(t GRPCToken, code uint32) {
	c, ok := callouts[t]
	if !ok {
		if starting.now {
			starting.closed, starting.token, starting.closure = true, t, code
		}
		return
	}
	delete(callouts, t)
	if c.events.Closed != nil {
		c.events.Closed(code)
	}
}

// GRPCInitialMetadataReceived is what callback/grpccall calls when a stream
// began.
func GRPCInitialMetadataReceived(t GRPCToken, n int) {
	if c, ok := callouts[t]; ok && c.events.InitialMetadata != nil {
		c.events.InitialMetadata(n)
	}
}

// GRPCTrailingMetadataReceived is what callback/grpccall calls before a stream
// ends.
func GRPCTrailingMetadataReceived(t GRPCToken, n int) {
	if c, ok := callouts[t]; ok && c.events.TrailingMetadata != nil {
		c.events.TrailingMetadata(n)
	}
}

// grpcService serializes an envoy.config.core.v3.GrpcService that names a
// cluster: its field 1, envoy_grpc, with that one's field 1, cluster_name.
func grpcService(cluster string) []byte {
	inner := appendField(nil, 1, cluster)
	return appendField(nil, 1, string(inner))
}

// appendField appends a length-delimited field of a protobuf message.
func appendField[T string | []byte](b []byte, number int, value T) []byte {
	b = binary.AppendUvarint(b, uint64(number)<<3|2)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// serialize writes a map as the spec lays it out: the number of pairs, the sizes
// of all names and values, then these, each with a NUL after it.
func serialize(pairs [][2]string) []byte {
	size := 4
	for _, pair := range pairs {
		size += 10 + len(pair[0]) + len(pair[1])
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, size), uint32(len(pairs)))
	for _, pair := range pairs {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(pair[0])))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(pair[1])))
	}
	for _, pair := range pairs {
		b = append(append(b, pair[0]...), 0)
		b = append(append(b, pair[1]...), 0)
	}
	return b
}

// deserialize reads what serialize writes. The error is StatusSerializationFailure
// for bytes that hold less than they announce.
func deserialize(b []byte) ([][2]string, error) {
	if len(b) == 0 {
		return nil, nil
	}
	if len(b) < 4 {
		return nil, StatusSerializationFailure
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	sizes := b[4:]
	if n*8 > uint64(len(sizes)) {
		return nil, StatusSerializationFailure
	}
	data := string(sizes[n*8:])
	pairs := make([][2]string, n)
	for i := range pairs {
		for part := range 2 {
			size := uint64(binary.LittleEndian.Uint32(sizes[8*i+4*part:]))
			if size+1 > uint64(len(data)) {
				return nil, StatusSerializationFailure
			}
			pairs[i][part], data = data[:size], data[size+1:]
		}
	}
	return pairs, nil
}
