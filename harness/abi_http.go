package harness

// httpFunctions are those of header maps and buffers.
var httpFunctions = map[string]abiFunction{
	"proxy_get_header_map_size":      {"ii", hostGetHeaderMapSize},
	"proxy_get_header_map_pairs":     {"iii", hostGetHeaderMapPairs},
	"proxy_set_header_map_pairs":     {"iii", hostSetHeaderMapPairs},
	"proxy_get_header_map_value":     {"iiiii", hostGetHeaderMapValue},
	"proxy_add_header_map_value":     {"iiiii", hostAddHeaderMapValue},
	"proxy_replace_header_map_value": {"iiiii", hostReplaceHeaderMapValue},
	"proxy_remove_header_map_value":  {"iii", hostRemoveHeaderMapValue},
	"proxy_get_buffer_bytes":         {"iiiii", hostGetBufferBytes},
	"proxy_get_buffer_status":        {"iii", hostGetBufferStatus},
	"proxy_set_buffer_bytes":         {"iiiii", hostSetBufferBytes},
}

// hostGetHeaderMapSize answers the bytes of names and values of a map.
// BAD_ARGUMENT: no such map now, nor in proxy_on_log.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_header_map_size
func hostGetHeaderMapSize(h *hostCall) status {
	if h.u32(0) >= mapKinds {
		return statusBadArgument
	}
	m := h.c.writableMap(h.u32(0))
	if m == nil {
		return statusBadArgument
	}
	return h.giveU32(uint32(m.byteSize()), 1)
}

// hostGetHeaderMapPairs answers all fields of a map in order. A map that does
// not exist now is an empty one.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_header_map_pairs
func hostGetHeaderMapPairs(h *hostCall) status {
	if h.u32(0) >= mapKinds {
		return statusBadArgument
	}
	m := h.c.readableMap(h.u32(0))
	if m.count() == 0 {
		return h.give(nil, 1)
	}
	return h.give(encodePairs(m.fields), 1)
}

// hostSetHeaderMapPairs replaces all fields of a map. A list of pairs that is
// too large or malformed is an empty one. BAD_ARGUMENT: no such map now.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_header_map_pairs
func hostSetHeaderMapPairs(h *hostCall) status {
	if h.u32(0) >= mapKinds {
		return statusBadArgument
	}
	pairs, ok := h.bytes(1)
	if !ok {
		return statusInvalidMemoryAccess
	}
	m := h.c.writableMap(h.u32(0))
	if m == nil {
		return statusBadArgument
	}
	m.replaceAll(decodePairs(pairs))
	return statusOK
}

// hostGetHeaderMapValue answers the first value of a field. NOT_FOUND: no such
// field, or in proxy_on_log no such map; BAD_ARGUMENT: no such map now.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_header_map_value
func hostGetHeaderMapValue(h *hostCall) status {
	if h.u32(0) >= mapKinds {
		return statusBadArgument
	}
	name, ok := h.string(1)
	if !ok {
		return statusInvalidMemoryAccess
	}
	m := h.c.readableMap(h.u32(0))
	if m == nil {
		if h.c.logging {
			return statusNotFound
		}
		return statusBadArgument
	}
	value, ok := m.get(name)
	if !ok {
		return statusNotFound
	}
	return h.give([]byte(value), 3)
}

// changeMap runs a change of one field of a map (map, name, perhaps value).
func changeMap(h *hostCall, withValue bool, change func(m *headerMap, name, value string)) status {
	if h.u32(0) >= mapKinds {
		return statusBadArgument
	}
	name, ok := h.string(1)
	value := ""
	if ok && withValue {
		value, ok = h.string(3)
	}
	if !ok {
		return statusInvalidMemoryAccess
	}
	m := h.c.writableMap(h.u32(0))
	if m == nil {
		return statusBadArgument
	}
	change(m, name, value)
	return statusOK
}

// hostAddHeaderMapValue adds a value to a field. BAD_ARGUMENT: no such map now.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_add_header_map_value
func hostAddHeaderMapValue(h *hostCall) status {
	return changeMap(h, true, (*headerMap).add)
}

// hostReplaceHeaderMapValue removes a field and adds it with one value.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_replace_header_map_value
func hostReplaceHeaderMapValue(h *hostCall) status {
	return changeMap(h, true, (*headerMap).set)
}

// hostRemoveHeaderMapValue removes a field, if it is there.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_remove_header_map_value
func hostRemoveHeaderMapValue(h *hostCall) status {
	return changeMap(h, false, func(m *headerMap, name, _ string) { m.remove(name) })
}

// hostGetBufferBytes answers a part of a buffer (buffer, start, length). What
// lies past its end is not there: OK with fewer bytes or none. NOT_FOUND: no
// such buffer now.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_buffer_bytes
func hostGetBufferBytes(h *hostCall) status {
	if h.u32(0) >= bufferKinds {
		return statusBadArgument
	}
	b := h.c.buffer(h.u32(0))
	if b == nil {
		return statusNotFound
	}
	data := b.bytes()
	start := min(uint64(h.u32(1)), uint64(len(data)))
	end := min(start+uint64(h.u32(2)), uint64(len(data)))
	return h.give(data[start:end], 3)
}

// hostGetBufferStatus answers the size of a buffer, and flags that are always
// 0.
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_get_buffer_status
func hostGetBufferStatus(h *hostCall) status {
	if h.u32(0) >= bufferKinds {
		return statusBadArgument
	}
	b := h.c.buffer(h.u32(0))
	if b == nil {
		return statusNotFound
	}
	if s := h.giveU32(uint32(b.size()), 1); s != statusOK {
		return s
	}
	return h.giveU32(0, 2)
}

// hostSetBufferBytes changes a buffer (buffer, start, length, data): see
// [bufferView.write].
//
// See https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_set_buffer_bytes
func hostSetBufferBytes(h *hostCall) status {
	if h.u32(0) >= bufferKinds {
		return statusBadArgument
	}
	b := h.c.buffer(h.u32(0))
	if b == nil {
		return statusNotFound
	}
	data, ok := h.bytes(3)
	if !ok {
		return statusInvalidMemoryAccess
	}
	return b.write(h.u32(1), h.u32(2), data)
}
