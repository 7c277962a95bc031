package main

// A function is one host function as a script may call it. Each letter of
// params is one argument of the script:
//
//	i   a number of 32 bits
//	l   a number of 64 bits
//	s   bytes: address and size
//	t   a token or id that an earlier call returned, or a number
//	c   a context: self, root, sN or a number
//
// and, written only to pass a bad pointer ("!", or "!1", "!2" for one of two):
//
//	O   room for the address and size of bytes that the host returns
//	P   the same for a header map
//	W   room for a number of 32 bits
//	T   the same for the token of a call, M for the id of a metric, U for the
//	    token of a queue, K for what compare-and-swap wants
//	Q   room for a number of 64 bits
//	V   room for a number of 64 bits that differs from run to run
type function struct {
	params string
	call   func(a []uint64) uint32
}

func w(v uint64) uint32 { return uint32(v) }

var functions = map[string]function{
	"log":           {"is", func(a []uint64) uint32 { return hostLog(w(a[0]), w(a[1]), w(a[2])) }},
	"get_log_level": {"W", func(a []uint64) uint32 { return hostGetLogLevel(w(a[0])) }},
	"get_status":    {"WO", func(a []uint64) uint32 { return hostGetStatus(w(a[0]), w(a[1]), w(a[2])) }},
	"set_property":  {"ss", func(a []uint64) uint32 { return hostSetProperty(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"get_property":  {"sO", func(a []uint64) uint32 { return hostGetProperty(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"send_local_response": {"isssi", func(a []uint64) uint32 {
		return hostSendLocalResponse(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4]), w(a[5]), w(a[6]), w(a[7]))
	}},
	"get_shared_data":          {"sOK", func(a []uint64) uint32 { return hostGetSharedData(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"set_shared_data":          {"ssi", func(a []uint64) uint32 { return hostSetSharedData(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"register_shared_queue":    {"sU", func(a []uint64) uint32 { return hostRegisterSharedQueue(w(a[0]), w(a[1]), w(a[2])) }},
	"resolve_shared_queue":     {"ssU", func(a []uint64) uint32 { return hostResolveSharedQueue(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"dequeue_shared_queue":     {"tO", func(a []uint64) uint32 { return hostDequeueSharedQueue(w(a[0]), w(a[1]), w(a[2])) }},
	"enqueue_shared_queue":     {"ts", func(a []uint64) uint32 { return hostEnqueueSharedQueue(w(a[0]), w(a[1]), w(a[2])) }},
	"get_header_map_value":     {"isO", func(a []uint64) uint32 { return hostGetHeaderMapValue(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"add_header_map_value":     {"iss", func(a []uint64) uint32 { return hostAddHeaderMapValue(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"replace_header_map_value": {"iss", func(a []uint64) uint32 { return hostReplaceHeaderMapValue(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"remove_header_map_value":  {"is", func(a []uint64) uint32 { return hostRemoveHeaderMapValue(w(a[0]), w(a[1]), w(a[2])) }},
	"get_header_map_pairs":     {"iP", func(a []uint64) uint32 { return hostGetHeaderMapPairs(w(a[0]), w(a[1]), w(a[2])) }},
	"set_header_map_pairs":     {"is", func(a []uint64) uint32 { return hostSetHeaderMapPairs(w(a[0]), w(a[1]), w(a[2])) }},
	"get_header_map_size":      {"iW", func(a []uint64) uint32 { return hostGetHeaderMapSize(w(a[0]), w(a[1])) }},
	"get_buffer_status":        {"iWW", func(a []uint64) uint32 { return hostGetBufferStatus(w(a[0]), w(a[1]), w(a[2])) }},
	"get_buffer_bytes":         {"iiiO", func(a []uint64) uint32 { return hostGetBufferBytes(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"set_buffer_bytes":         {"iiis", func(a []uint64) uint32 { return hostSetBufferBytes(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"http_call": {"ssssiT", func(a []uint64) uint32 {
		return hostHTTPCall(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4]), w(a[5]), w(a[6]), w(a[7]), w(a[8]), w(a[9]))
	}},
	"grpc_call": {"sssssiT", func(a []uint64) uint32 {
		return hostGRPCCall(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4]), w(a[5]), w(a[6]), w(a[7]), w(a[8]), w(a[9]), w(a[10]), w(a[11]))
	}},
	"grpc_stream": {"ssssT", func(a []uint64) uint32 {
		return hostGRPCStream(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4]), w(a[5]), w(a[6]), w(a[7]), w(a[8]))
	}},
	"grpc_send":                    {"tsi", func(a []uint64) uint32 { return hostGRPCSend(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"grpc_close":                   {"t", func(a []uint64) uint32 { return hostGRPCClose(w(a[0])) }},
	"grpc_cancel":                  {"t", func(a []uint64) uint32 { return hostGRPCCancel(w(a[0])) }},
	"set_tick_period_milliseconds": {"i", func(a []uint64) uint32 { return hostSetTickPeriod(w(a[0])) }},
	"get_current_time_nanoseconds": {"V", func(a []uint64) uint32 { return hostGetCurrentTime(w(a[0])) }},
	"define_metric":                {"isM", func(a []uint64) uint32 { return hostDefineMetric(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"increment_metric":             {"tl", func(a []uint64) uint32 { return hostIncrementMetric(w(a[0]), int64(a[1])) }},
	"record_metric":                {"tl", func(a []uint64) uint32 { return hostRecordMetric(w(a[0]), a[1]) }},
	"get_metric":                   {"tQ", func(a []uint64) uint32 { return hostGetMetric(w(a[0]), w(a[1])) }},
	"set_effective_context":        {"c", func(a []uint64) uint32 { return hostSetEffectiveContext(w(a[0])) }},
	"done":                         {"", func([]uint64) uint32 { return hostDone() }},
	"call_foreign_function": {"ssO", func(a []uint64) uint32 {
		return hostCallForeignFunction(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4]), w(a[5]))
	}},
	"continue_stream": {"i", func(a []uint64) uint32 { return hostContinueStream(w(a[0])) }},
	"close_stream":    {"i", func(a []uint64) uint32 { return hostCloseStream(w(a[0])) }},

	"wasi.fd_write":        {"iiiW", func(a []uint64) uint32 { return wasiWrite(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"wasi.fd_read":         {"iiiW", func(a []uint64) uint32 { return wasiRead(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"wasi.fd_seek":         {"iliQ", func(a []uint64) uint32 { return wasiSeek(w(a[0]), int64(a[1]), w(a[2]), w(a[3])) }},
	"wasi.fd_close":        {"i", func(a []uint64) uint32 { return wasiClose(w(a[0])) }},
	"wasi.fd_fdstat_get":   {"iQ", func(a []uint64) uint32 { return wasiFdstatGet(w(a[0]), w(a[1])) }},
	"wasi.fd_prestat_get":  {"iQ", func(a []uint64) uint32 { return wasiPrestatGet(w(a[0]), w(a[1])) }},
	"wasi.fd_filestat_get": {"iQ", func(a []uint64) uint32 { return wasiFilestatGet(w(a[0]), w(a[1])) }},
	"wasi.fd_tell":         {"iQ", func(a []uint64) uint32 { return wasiTell(w(a[0]), w(a[1])) }},
	"wasi.fd_sync":         {"i", func(a []uint64) uint32 { return wasiSync(w(a[0])) }},
	"wasi.fd_advise":       {"illi", func(a []uint64) uint32 { return wasiAdvise(w(a[0]), a[1], a[2], w(a[3])) }},
	"wasi.fd_allocate":     {"ill", func(a []uint64) uint32 { return wasiAllocate(w(a[0]), a[1], a[2]) }},
	"wasi.fd_renumber":     {"ii", func(a []uint64) uint32 { return wasiRenumber(w(a[0]), w(a[1])) }},
	"wasi.fd_pread":        {"iiilW", func(a []uint64) uint32 { return wasiPread(w(a[0]), w(a[1]), w(a[2]), a[3], w(a[4])) }},
	"wasi.fd_readdir":      {"iiilW", func(a []uint64) uint32 { return wasiReaddir(w(a[0]), w(a[1]), w(a[2]), a[3], w(a[4])) }},
	"wasi.path_open": {"iisilliW", func(a []uint64) uint32 {
		return wasiPathOpen(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4]), a[5], a[6], w(a[7]), w(a[8]))
	}},
	"wasi.path_filestat_get": {"iisQ", func(a []uint64) uint32 { return wasiPathFilestatGet(w(a[0]), w(a[1]), w(a[2]), w(a[3]), w(a[4])) }},
	"wasi.path_unlink_file":  {"is", func(a []uint64) uint32 { return wasiPathUnlinkFile(w(a[0]), w(a[1]), w(a[2])) }},
	"wasi.environ_sizes_get": {"WW", func(a []uint64) uint32 { return wasiEnvironSizesGet(w(a[0]), w(a[1])) }},
	"wasi.args_sizes_get":    {"WW", func(a []uint64) uint32 { return wasiArgsSizesGet(w(a[0]), w(a[1])) }},
	"wasi.clock_time_get":    {"ilV", func(a []uint64) uint32 { return wasiClockTimeGet(w(a[0]), a[1], w(a[2])) }},
	"wasi.clock_res_get":     {"iQ", func(a []uint64) uint32 { return wasiClockResGet(w(a[0]), w(a[1])) }},
	"wasi.random_get":        {"ii", func(a []uint64) uint32 { return wasiRandomGet(w(a[0]), w(a[1])) }},
	"wasi.sched_yield":       {"", func([]uint64) uint32 { return wasiSchedYield() }},
	"wasi.poll_oneoff":       {"iiiW", func(a []uint64) uint32 { return wasiPollOneoff(w(a[0]), w(a[1]), w(a[2]), w(a[3])) }},
	"wasi.sock_shutdown":     {"ii", func(a []uint64) uint32 { return wasiSockShutdown(w(a[0]), w(a[1])) }},
	"wasi.sock_accept":       {"iiQ", func(a []uint64) uint32 { return wasiSockAccept(w(a[0]), w(a[1]), w(a[2])) }},
	"wasi.proc_exit":         {"i", func(a []uint64) uint32 { wasiProcExit(w(a[0])); return 0 }},

	// The rest are ways to break the VM.
	"trap.panic":   {"", func([]uint64) uint32 { panic("as the script says") }},
	"trap.stack":   {"", func([]uint64) uint32 { return recurse(1) }},
	"trap.address": {"", func([]uint64) uint32 { return outOfBounds() }},
	"trap.loop": {"", func([]uint64) uint32 {
		for endless {
		}
		return 0
	}},
	"trap.memory": {"", func([]uint64) uint32 {
		for endless {
			hoard = append(hoard, make([]byte, 64<<20))
		}
		return 0
	}},
}

var (
	endless = true
	hoard   [][]byte
)

func recurse(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	return recurse(n+1) + 1
}
