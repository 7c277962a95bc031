package harness

import (
	"slices"
	"time"
)

// storeFunctions are those of shared data, queues and metrics.
var storeFunctions = map[string]abiFunction{
	"proxy_get_shared_data":       {"iiiii", hostGetSharedData},
	"proxy_set_shared_data":       {"iiiii", hostSetSharedData},
	"proxy_register_shared_queue": {"iii", hostRegisterSharedQueue},
	"proxy_resolve_shared_queue":  {"iiiii", hostResolveSharedQueue},
	"proxy_enqueue_shared_queue":  {"iii", hostEnqueueSharedQueue},
	"proxy_dequeue_shared_queue":  {"iii", hostDequeueSharedQueue},
	"proxy_define_metric":         {"iiii", hostDefineMetric},
	"proxy_increment_metric":      {"iI", hostIncrementMetric},
	"proxy_record_metric":         {"iI", hostRecordMetric},
	"proxy_get_metric":            {"ii", hostGetMetric},
}

func milliseconds(ms uint32) time.Duration { return time.Duration(ms) * time.Millisecond }

// hostGetSharedData answers the value and the cas of a key. NOT_FOUND: no such
// key in the VM id's table.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_shared_data
func hostGetSharedData(h *hostCall) status {
	key, ok := h.string(0)
	if !ok {
		return statusInvalidMemoryAccess
	}
	value, s := h.vm.proxy.shared.get(h.vm.plugin.VMID, key)
	if s != statusOK {
		return s
	}
	if s := h.give(value.data, 2); s != statusOK {
		return s
	}
	return h.giveU32(value.cas, 4)
}

// hostSetSharedData sets a key (key, value, cas or 0). CAS_MISMATCH: the key has
// another cas.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_shared_data
func hostSetSharedData(h *hostCall) status {
	key, ok1 := h.string(0)
	value, ok2 := h.bytes(2)
	if !ok1 || !ok2 {
		return statusInvalidMemoryAccess
	}
	return h.vm.proxy.shared.set(h.vm.plugin.VMID, key, slices.Clone(value), h.u32(4))
}

// hostRegisterSharedQueue makes a queue, or takes it over: from now on this VM
// is told of its items. Answers its token.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_register_shared_queue
func hostRegisterSharedQueue(h *hostCall) status {
	name, ok := h.string(0)
	if !ok {
		return statusInvalidMemoryAccess
	}
	v, root := h.vm, h.c.root
	token := v.proxy.queues.register(v.plugin.VMID, name, func(token uint32) {
		v.proxy.clock.post(func() { root.callback("proxy_on_queue_ready", uint64(root.id), uint64(token)) })
	})
	return h.giveU32(token, 2)
}

// hostResolveSharedQueue answers the token of a queue of a VM id, "" for the
// own. NOT_FOUND: nobody registered it.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_resolve_shared_queue
func hostResolveSharedQueue(h *hostCall) status {
	vmID, ok1 := h.string(0)
	name, ok2 := h.string(2)
	if !ok1 || !ok2 {
		return statusInvalidMemoryAccess
	}
	if vmID == "" {
		vmID = h.vm.plugin.VMID
	}
	token, ok := h.vm.proxy.queues.resolve(vmID, name)
	if !ok {
		return statusNotFound
	}
	return h.giveU32(token, 4)
}

// hostEnqueueSharedQueue puts an item into a queue. NOT_FOUND: no such queue.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_enqueue_shared_queue
func hostEnqueueSharedQueue(h *hostCall) status {
	item, ok := h.bytes(1)
	if !ok {
		return statusInvalidMemoryAccess
	}
	return h.vm.proxy.queues.enqueue(h.u32(0), slices.Clone(item))
}

// hostDequeueSharedQueue takes an item out of a queue. NOT_FOUND: no such queue;
// EMPTY: no item.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_dequeue_shared_queue
func hostDequeueSharedQueue(h *hostCall) status {
	item, s := h.vm.proxy.queues.dequeue(h.u32(0))
	if s != statusOK {
		return s
	}
	return h.give(item, 1)
}

// hostDefineMetric makes a metric (0 counter, 1 gauge, 2 histogram) and answers
// its id. BAD_ARGUMENT: another kind.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_define_metric
func hostDefineMetric(h *hostCall) status {
	name, ok := h.string(1)
	if !ok {
		return statusInvalidMemoryAccess
	}
	id, s := h.vm.metrics.define(h.u32(0), name)
	if s != statusOK {
		return s
	}
	return h.giveU32(id, 3)
}

// hostIncrementMetric adds to a counter or gauge. BAD_ARGUMENT: a counter by 0
// or less, or a histogram; NOT_FOUND: no such metric.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_increment_metric
func hostIncrementMetric(h *hostCall) status {
	return h.vm.metrics.increment(h.u32(0), int64(h.args[1]))
}

// hostRecordMetric sets a gauge, adds to a counter, samples a histogram.
// NOT_FOUND: no such metric.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_record_metric
func hostRecordMetric(h *hostCall) status {
	return h.vm.metrics.record(h.u32(0), h.args[1])
}

// hostGetMetric answers the value of a counter or gauge. BAD_ARGUMENT: a
// histogram; NOT_FOUND: no such metric.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_metric
func hostGetMetric(h *hostCall) status {
	value, s := h.vm.metrics.get(h.u32(0))
	if s != statusOK {
		return s
	}
	if !h.vm.writeU64(h.u32(1), value) {
		return statusInvalidMemoryAccess
	}
	return statusOK
}
