package main

// Every parameter is a plain number here, so that a script can pass any.

//go:wasmimport env proxy_log
func hostLog(level, data, size uint32) uint32

//go:wasmimport env proxy_get_log_level
func hostGetLogLevel(out uint32) uint32

//go:wasmimport env proxy_get_status
func hostGetStatus(code, out, size uint32) uint32

//go:wasmimport env proxy_set_property
func hostSetProperty(path, pathSize, value, valueSize uint32) uint32

//go:wasmimport env proxy_get_property
func hostGetProperty(path, pathSize, out, size uint32) uint32

//go:wasmimport env proxy_send_local_response
func hostSendLocalResponse(status, details, detailsSize, body, bodySize, headers, headersSize, grpc uint32) uint32

//go:wasmimport env proxy_get_shared_data
func hostGetSharedData(key, keySize, out, size, cas uint32) uint32

//go:wasmimport env proxy_set_shared_data
func hostSetSharedData(key, keySize, value, valueSize, cas uint32) uint32

//go:wasmimport env proxy_register_shared_queue
func hostRegisterSharedQueue(name, nameSize, token uint32) uint32

//go:wasmimport env proxy_resolve_shared_queue
func hostResolveSharedQueue(vm, vmSize, name, nameSize, token uint32) uint32

//go:wasmimport env proxy_dequeue_shared_queue
func hostDequeueSharedQueue(token, out, size uint32) uint32

//go:wasmimport env proxy_enqueue_shared_queue
func hostEnqueueSharedQueue(token, data, dataSize uint32) uint32

//go:wasmimport env proxy_get_header_map_value
func hostGetHeaderMapValue(kind, key, keySize, out, size uint32) uint32

//go:wasmimport env proxy_add_header_map_value
func hostAddHeaderMapValue(kind, key, keySize, value, valueSize uint32) uint32

//go:wasmimport env proxy_replace_header_map_value
func hostReplaceHeaderMapValue(kind, key, keySize, value, valueSize uint32) uint32

//go:wasmimport env proxy_remove_header_map_value
func hostRemoveHeaderMapValue(kind, key, keySize uint32) uint32

//go:wasmimport env proxy_get_header_map_pairs
func hostGetHeaderMapPairs(kind, out, size uint32) uint32

//go:wasmimport env proxy_set_header_map_pairs
func hostSetHeaderMapPairs(kind, data, dataSize uint32) uint32

//go:wasmimport env proxy_get_header_map_size
func hostGetHeaderMapSize(kind, out uint32) uint32

//go:wasmimport env proxy_get_buffer_status
func hostGetBufferStatus(kind, size, flags uint32) uint32

//go:wasmimport env proxy_get_buffer_bytes
func hostGetBufferBytes(kind, start, length, out, size uint32) uint32

//go:wasmimport env proxy_set_buffer_bytes
func hostSetBufferBytes(kind, start, length, data, dataSize uint32) uint32

//go:wasmimport env proxy_http_call
func hostHTTPCall(cluster, clusterSize, headers, headersSize, body, bodySize, trailers, trailersSize, timeout, token uint32) uint32

//go:wasmimport env proxy_grpc_call
func hostGRPCCall(service, serviceSize, name, nameSize, method, methodSize, metadata, metadataSize, message, messageSize, timeout, token uint32) uint32

//go:wasmimport env proxy_grpc_stream
func hostGRPCStream(service, serviceSize, name, nameSize, method, methodSize, metadata, metadataSize, token uint32) uint32

//go:wasmimport env proxy_grpc_send
func hostGRPCSend(token, message, messageSize, end uint32) uint32

//go:wasmimport env proxy_grpc_close
func hostGRPCClose(token uint32) uint32

//go:wasmimport env proxy_grpc_cancel
func hostGRPCCancel(token uint32) uint32

//go:wasmimport env proxy_set_tick_period_milliseconds
func hostSetTickPeriod(period uint32) uint32

//go:wasmimport env proxy_get_current_time_nanoseconds
func hostGetCurrentTime(out uint32) uint32

//go:wasmimport env proxy_define_metric
func hostDefineMetric(kind, name, nameSize, id uint32) uint32

//go:wasmimport env proxy_increment_metric
func hostIncrementMetric(id uint32, offset int64) uint32

//go:wasmimport env proxy_record_metric
func hostRecordMetric(id uint32, value uint64) uint32

//go:wasmimport env proxy_get_metric
func hostGetMetric(id, out uint32) uint32

//go:wasmimport env proxy_set_effective_context
func hostSetEffectiveContext(id uint32) uint32

//go:wasmimport env proxy_done
func hostDone() uint32

//go:wasmimport env proxy_call_foreign_function
func hostCallForeignFunction(name, nameSize, argument, argumentSize, out, size uint32) uint32

//go:wasmimport env proxy_continue_stream
func hostContinueStream(kind uint32) uint32

//go:wasmimport env proxy_close_stream
func hostCloseStream(kind uint32) uint32
