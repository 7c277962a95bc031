package sdk

import (
	_ "unsafe" // for go:linkname

	_ "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm" // what the names below link to
)

// Host is the SDK's internal.ProxyWasmHost. The named integers of the original
// are uint32 here: method sets are matched by the linker at run time, where a
// type and its underlying type have one representation.
type Host interface {
	ProxyLog(logLevel uint32, messageData *byte, messageSize int) uint32
	ProxySetProperty(pathData *byte, pathSize int, valueData *byte, valueSize int) uint32
	ProxyGetProperty(pathData *byte, pathSize int, returnValueData **byte, returnValueSize *int) uint32
	ProxySendLocalResponse(statusCode uint32, statusCodeDetailData *byte, statusCodeDetailsSize int, bodyData *byte, bodySize int, headersData *byte, headersSize int, grpcStatus int32) uint32
	ProxyGetSharedData(keyData *byte, keySize int, returnValueData **byte, returnValueSize *int, returnCas *uint32) uint32
	ProxySetSharedData(keyData *byte, keySize int, valueData *byte, valueSize int, cas uint32) uint32
	ProxyRegisterSharedQueue(nameData *byte, nameSize int, returnID *uint32) uint32
	ProxyResolveSharedQueue(vmIDData *byte, vmIDSize int, nameData *byte, nameSize int, returnID *uint32) uint32
	ProxyDequeueSharedQueue(queueID uint32, returnValueData **byte, returnValueSize *int) uint32
	ProxyEnqueueSharedQueue(queueID uint32, valueData *byte, valueSize int) uint32
	ProxyGetHeaderMapValue(mapType uint32, keyData *byte, keySize int, returnValueData **byte, returnValueSize *int) uint32
	ProxyAddHeaderMapValue(mapType uint32, keyData *byte, keySize int, valueData *byte, valueSize int) uint32
	ProxyReplaceHeaderMapValue(mapType uint32, keyData *byte, keySize int, valueData *byte, valueSize int) uint32
	ProxyContinueStream(streamType uint32) uint32
	ProxyCloseStream(streamType uint32) uint32
	ProxyRemoveHeaderMapValue(mapType uint32, keyData *byte, keySize int) uint32
	ProxyGetHeaderMapPairs(mapType uint32, returnValueData **byte, returnValueSize *int) uint32
	ProxySetHeaderMapPairs(mapType uint32, mapData *byte, mapSize int) uint32
	ProxyGetBufferBytes(bufferType uint32, start int, maxSize int, returnBufferData **byte, returnBufferSize *int) uint32
	ProxySetBufferBytes(bufferType uint32, start int, maxSize int, bufferData *byte, bufferSize int) uint32
	ProxyHttpCall(upstreamData *byte, upstreamSize int, headerData *byte, headerSize int, bodyData *byte, bodySize int, trailersData *byte, trailersSize int, timeout uint32, calloutIDPtr *uint32) uint32
	ProxyCallForeignFunction(funcNamePtr *byte, funcNameSize int, paramPtr *byte, paramSize int, returnData **byte, returnSize *int) uint32
	ProxySetTickPeriodMilliseconds(period uint32) uint32
	ProxySetEffectiveContext(contextID uint32) uint32
	ProxyDone() uint32
	ProxyDefineMetric(metricType uint32, metricNameData *byte, metricNameSize int, returnMetricIDPtr *uint32) uint32
	ProxyIncrementMetric(metricID uint32, offset int64) uint32
	ProxyRecordMetric(metricID uint32, value uint64) uint32
	ProxyGetMetric(metricID uint32, returnMetricValue *uint64) uint32
}

//go:linkname registerHost github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/internal.RegisterMockWasmHost
func registerHost(host Host) func()

// never is a variable so that the compiler cannot know it.
var never bool

// Register makes host the one that the SDK calls. It holds the SDK's lock for
// good: there is no second host.
func Register(host Host) { registerHost(keep(host, never)) }

// keep names every method of Host where the linker sees a call. The SDK calls
// them through an interface type of its own, with other types in the signatures,
// which the linker does not count as a use of these: it would leave the methods
// out, and the first call would end in a trap.
//
//go:noinline
func keep(h Host, use bool) Host {
	if use {
		h.ProxyLog(0, nil, 0)
		h.ProxySetProperty(nil, 0, nil, 0)
		h.ProxyGetProperty(nil, 0, nil, nil)
		h.ProxySendLocalResponse(0, nil, 0, nil, 0, nil, 0, 0)
		h.ProxyGetSharedData(nil, 0, nil, nil, nil)
		h.ProxySetSharedData(nil, 0, nil, 0, 0)
		h.ProxyRegisterSharedQueue(nil, 0, nil)
		h.ProxyResolveSharedQueue(nil, 0, nil, 0, nil)
		h.ProxyDequeueSharedQueue(0, nil, nil)
		h.ProxyEnqueueSharedQueue(0, nil, 0)
		h.ProxyGetHeaderMapValue(0, nil, 0, nil, nil)
		h.ProxyAddHeaderMapValue(0, nil, 0, nil, 0)
		h.ProxyReplaceHeaderMapValue(0, nil, 0, nil, 0)
		h.ProxyContinueStream(0)
		h.ProxyCloseStream(0)
		h.ProxyRemoveHeaderMapValue(0, nil, 0)
		h.ProxyGetHeaderMapPairs(0, nil, nil)
		h.ProxySetHeaderMapPairs(0, nil, 0)
		h.ProxyGetBufferBytes(0, 0, 0, nil, nil)
		h.ProxySetBufferBytes(0, 0, 0, nil, 0)
		h.ProxyHttpCall(nil, 0, nil, 0, nil, 0, nil, 0, 0, nil)
		h.ProxyCallForeignFunction(nil, 0, nil, 0, nil, nil)
		h.ProxySetTickPeriodMilliseconds(0)
		h.ProxySetEffectiveContext(0)
		h.ProxyDone()
		h.ProxyDefineMetric(0, nil, 0, nil)
		h.ProxyIncrementMetric(0, 0)
		h.ProxyRecordMetric(0, 0)
		h.ProxyGetMetric(0, nil)
	}
	return h
}
