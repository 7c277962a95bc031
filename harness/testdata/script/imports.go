package main

import "unsafe"

// The functions of the host, as the ABI declares them.

//go:wasmimport env proxy_log
func hostLog(level uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_log_level
func hostGetLogLevel(p unsafe.Pointer) uint32

//go:wasmimport env proxy_get_status
func hostGetStatus(code, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_get_current_time_nanoseconds
func hostTime(p unsafe.Pointer) uint32

//go:wasmimport env proxy_set_tick_period_milliseconds
func hostTick(ms uint32) uint32

//go:wasmimport env proxy_set_effective_context
func hostSetEffective(id uint32) uint32

//go:wasmimport env proxy_done
func hostDone() uint32

//go:wasmimport env proxy_continue_stream
func hostContinue(kind uint32) uint32

//go:wasmimport env proxy_close_stream
func hostClose(kind uint32) uint32

//go:wasmimport env proxy_send_local_response
func hostReply(code uint32, d unsafe.Pointer, dn uint32, b unsafe.Pointer, bn uint32, h unsafe.Pointer, hn, grpc uint32) uint32

//go:wasmimport env proxy_get_header_map_size
func hostGetMapSize(kind uint32, p unsafe.Pointer) uint32

//go:wasmimport env proxy_get_header_map_pairs
func hostGetPairs(kind uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_set_header_map_pairs
func hostSetPairs(kind uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func hostGetValue(kind uint32, k unsafe.Pointer, kn uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_add_header_map_value
func hostAddValue(kind uint32, k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32) uint32

//go:wasmimport env proxy_replace_header_map_value
func hostReplaceValue(kind uint32, k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32) uint32

//go:wasmimport env proxy_remove_header_map_value
func hostRemoveValue(kind uint32, k unsafe.Pointer, kn uint32) uint32

//go:wasmimport env proxy_get_buffer_bytes
func hostGetBuffer(kind, start, length uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_get_buffer_status
func hostGetBufferStatus(kind uint32, n, flags unsafe.Pointer) uint32

//go:wasmimport env proxy_set_buffer_bytes
func hostSetBuffer(kind, start, length uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_get_property
func hostGetProperty(k unsafe.Pointer, kn uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_set_property
func hostSetProperty(k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn uint32) uint32

//go:wasmimport env proxy_get_shared_data
func hostGetShared(k unsafe.Pointer, kn uint32, p, n, cas unsafe.Pointer) uint32

//go:wasmimport env proxy_set_shared_data
func hostSetShared(k unsafe.Pointer, kn uint32, v unsafe.Pointer, vn, cas uint32) uint32

//go:wasmimport env proxy_register_shared_queue
func hostRegisterQueue(k unsafe.Pointer, kn uint32, token unsafe.Pointer) uint32

//go:wasmimport env proxy_resolve_shared_queue
func hostResolveQueue(v unsafe.Pointer, vn uint32, k unsafe.Pointer, kn uint32, token unsafe.Pointer) uint32

//go:wasmimport env proxy_enqueue_shared_queue
func hostEnqueue(token uint32, p unsafe.Pointer, n uint32) uint32

//go:wasmimport env proxy_dequeue_shared_queue
func hostDequeue(token uint32, p, n unsafe.Pointer) uint32

//go:wasmimport env proxy_define_metric
func hostDefineMetric(kind uint32, k unsafe.Pointer, kn uint32, id unsafe.Pointer) uint32

//go:wasmimport env proxy_increment_metric
func hostIncrement(id uint32, by int64) uint32

//go:wasmimport env proxy_record_metric
func hostRecord(id uint32, value uint64) uint32

//go:wasmimport env proxy_get_metric
func hostGetMetric(id uint32, p unsafe.Pointer) uint32

//go:wasmimport env proxy_http_call
func hostHTTPCall(u unsafe.Pointer, un uint32, h unsafe.Pointer, hn uint32, b unsafe.Pointer, bn uint32, t unsafe.Pointer, tn, timeout uint32, token unsafe.Pointer) uint32

//go:wasmimport env proxy_grpc_call
func hostGRPCCall(s unsafe.Pointer, sn uint32, v unsafe.Pointer, vn uint32, m unsafe.Pointer, mn uint32, i unsafe.Pointer, in uint32, b unsafe.Pointer, bn, timeout uint32, token unsafe.Pointer) uint32

//go:wasmimport env proxy_grpc_stream
func hostGRPCStream(s unsafe.Pointer, sn uint32, v unsafe.Pointer, vn uint32, m unsafe.Pointer, mn uint32, i unsafe.Pointer, in uint32, token unsafe.Pointer) uint32

//go:wasmimport env proxy_grpc_send
func hostGRPCSend(token uint32, p unsafe.Pointer, n, end uint32) uint32

//go:wasmimport env proxy_grpc_close
func hostGRPCClose(token uint32) uint32

//go:wasmimport env proxy_grpc_cancel
func hostGRPCCancel(token uint32) uint32

//go:wasmimport env proxy_call_foreign_function
func hostForeign(k unsafe.Pointer, kn uint32, a unsafe.Pointer, an uint32, p, n unsafe.Pointer) uint32

//go:wasmimport wasi_snapshot_preview1 random_get
func hostRandom(p unsafe.Pointer, n uint32) uint32
