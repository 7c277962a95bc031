package sdkshim

import "unsafe"

//go:wasmimport env proxy_define_metric
func proxyDefineMetric(metricType uint32, name unsafe.Pointer, nameSize uint32, id unsafe.Pointer) uint32

// ProxyDefineMetric makes a counter (0), gauge (1) or histogram (2), or finds the one
// of that name. It answers OK, or BadArgument for another type.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_define_metric
func (host) ProxyDefineMetric(metricType uint32, name *byte, nameSize int, id *uint32) uint32 {
	status := proxyDefineMetric(metricType, unsafe.Pointer(name), uint32(nameSize), unsafe.Pointer(&result32))
	*id = result32
	return status
}

//go:wasmimport env proxy_increment_metric
func proxyIncrementMetric(id uint32, offset int64) uint32

// ProxyIncrementMetric adds to a counter, which takes only positive offsets, or a
// gauge. It answers OK, NotFound for an unknown metric, or BadArgument.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_increment_metric
func (host) ProxyIncrementMetric(id uint32, offset int64) uint32 {
	return proxyIncrementMetric(id, offset)
}

//go:wasmimport env proxy_record_metric
func proxyRecordMetric(id uint32, value uint64) uint32

// ProxyRecordMetric sets a gauge or counter or adds a value to a histogram. It answers
// OK, NotFound for an unknown metric, or BadArgument.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_record_metric
func (host) ProxyRecordMetric(id uint32, value uint64) uint32 { return proxyRecordMetric(id, value) }

//go:wasmimport env proxy_get_metric
func proxyGetMetric(id uint32, value unsafe.Pointer) uint32

// ProxyGetMetric reads a counter or gauge. It answers OK, NotFound for an unknown
// metric, or BadArgument for a histogram.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_metric
func (host) ProxyGetMetric(id uint32, value *uint64) uint32 {
	status := proxyGetMetric(id, unsafe.Pointer(&result64))
	*value = result64
	return status
}
