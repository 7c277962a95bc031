package sdkshim

import "unsafe"

// The calls that the SDK has no place for. They stand outside the host's methods,
// so that a module imports only those that its plugin reaches. What they answer
// is documented on the exported functions.

//go:wasmimport env proxy_grpc_call
func proxyGRPCCall(service unsafe.Pointer, serviceSize uint32, name unsafe.Pointer, nameSize uint32, method unsafe.Pointer, methodSize uint32, metadata unsafe.Pointer, metadataSize uint32, message unsafe.Pointer, messageSize, timeout uint32, token unsafe.Pointer) uint32

func hostGRPCCall(grpcService []byte, service, method string, metadata, message []byte, milliseconds uint32) (GRPCToken, error) {
	status := proxyGRPCCall(start(grpcService), uint32(len(grpcService)), startString(service), uint32(len(service)),
		startString(method), uint32(len(method)), start(metadata), uint32(len(metadata)),
		start(message), uint32(len(message)), milliseconds, unsafe.Pointer(&grpcToken))
	return GRPCToken(grpcToken), errorOf(Status(status))
}

// grpcToken is a place of its own, because a callback may come before the host
// function returns and use the others.
var grpcToken uint32

//go:wasmimport env proxy_grpc_stream
func proxyGRPCStream(service unsafe.Pointer, serviceSize uint32, name unsafe.Pointer, nameSize uint32, method unsafe.Pointer, methodSize uint32, metadata unsafe.Pointer, metadataSize uint32, token unsafe.Pointer) uint32

func hostGRPCStream(grpcService []byte, service, method string, metadata []byte) (GRPCToken, error) {
	status := proxyGRPCStream(start(grpcService), uint32(len(grpcService)), startString(service), uint32(len(service)),
		startString(method), uint32(len(method)), start(metadata), uint32(len(metadata)), unsafe.Pointer(&grpcToken))
	return GRPCToken(grpcToken), errorOf(Status(status))
}

//go:wasmimport env proxy_grpc_send
func proxyGRPCSend(token uint32, message unsafe.Pointer, messageSize, endStream uint32) uint32

func hostGRPCSend(t GRPCToken, message []byte, end bool) error {
	endStream := uint32(0)
	if end {
		endStream = 1
	}
	return errorOf(Status(proxyGRPCSend(uint32(t), start(message), uint32(len(message)), endStream)))
}

//go:wasmimport env proxy_grpc_close
func proxyGRPCClose(token uint32) uint32

func hostGRPCClose(t GRPCToken) error { return errorOf(Status(proxyGRPCClose(uint32(t)))) }

//go:wasmimport env proxy_grpc_cancel
func proxyGRPCCancel(token uint32) uint32

func hostGRPCCancel(t GRPCToken) error { return errorOf(Status(proxyGRPCCancel(uint32(t)))) }

func hostBuffer(t BufferType) ([]byte, error) {
	return takeBytes(proxyGetBufferBytes(uint32(t), 0, 1<<32-1, addressAt, sizeAt))
}

func hostReadBuffer(dst []byte, t BufferType, start, size int) ([]byte, error) {
	room = dst
	data, err := takeBytes(proxyGetBufferBytes(uint32(t), uint32(start), uint32(size), addressAt, sizeAt))
	room = nil
	if len(data) <= cap(dst) {
		// The same memory, with all its room.
		data = dst[:len(data)]
	}
	return data, err
}

func hostPairs(t MapType) ([][2]string, error) {
	b, err := takeBytes(proxyGetHeaderMapPairs(uint32(t), addressAt, sizeAt))
	if err != nil {
		return nil, err
	}
	return deserialize(b)
}

func hostCallForeign(name string, argument []byte) ([]byte, error) {
	return takeBytes(callForeign(startString(name), uint32(len(name)), start(argument), uint32(len(argument))))
}

//go:wasmimport env proxy_get_current_time_nanoseconds
func proxyGetCurrentTimeNanoseconds(result unsafe.Pointer) uint32

func hostNow() (uint64, error) {
	status := proxyGetCurrentTimeNanoseconds(unsafe.Pointer(&result64))
	return result64, errorOf(Status(status))
}

//go:wasmimport env proxy_get_log_level
func proxyGetLogLevel(result unsafe.Pointer) uint32

func hostLogLevel() (uint32, error) {
	status := proxyGetLogLevel(unsafe.Pointer(&result32))
	return result32, errorOf(Status(status))
}

//go:wasmimport env proxy_get_status
func proxyGetStatus(code, data, size unsafe.Pointer) uint32

func hostStatus() (uint32, string, error) {
	message, err := takeBytes(proxyGetStatus(unsafe.Pointer(&result32), addressAt, sizeAt))
	return result32, string(message), err
}

//go:wasmimport env proxy_get_header_map_size
func proxyGetHeaderMapSize(mapType uint32, result unsafe.Pointer) uint32

func hostHeaderMapSize(t MapType) (int, error) {
	status := proxyGetHeaderMapSize(uint32(t), unsafe.Pointer(&result32))
	return int(result32), errorOf(Status(status))
}

//go:wasmimport env proxy_get_buffer_status
func proxyGetBufferStatus(bufferType uint32, size, flags unsafe.Pointer) uint32

func hostBufferSize(t BufferType) (int, error) {
	status := proxyGetBufferStatus(uint32(t), sizeAt, unsafe.Pointer(&result32))
	return int(pointers.size), errorOf(Status(status))
}

func hostSetEffectiveContext(contextID uint32) error {
	return errorOf(Status(proxySetEffectiveContext(contextID)))
}

// A status of -1 has the proxy derive grpc-status itself.
func hostSendLocalResponse(r LocalResponse, headers []byte) error {
	return errorOf(Status(proxySendLocalResponse(uint32(r.Status), startString(r.Details), uint32(len(r.Details)),
		start(r.Body), uint32(len(r.Body)), start(headers), uint32(len(headers)), -1)))
}
