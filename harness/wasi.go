package harness

import (
	"encoding/binary"
	"slices"
	"time"
)

// WASI as poor as Envoy's: a program may write to its standard output, which is
// the log, and ask for the time, the environment and random bytes. There are no
// files, no sockets and no waiting.
//
// See https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md

// Errors of WASI.
const (
	wasiSuccess    uint32 = 0
	wasiBadFile    uint32 = 8
	wasiFault      uint32 = 21
	wasiNotDir     uint32 = 20
	wasiInvalid    uint32 = 28
	wasiNoEntry    uint32 = 44
	wasiNoSystem   uint32 = 52
	wasiNotSupport uint32 = 58
)

// maxRandomBytes is the most bytes of one random_get.
const maxRandomBytes = 64 << 10

type wasiFunction struct {
	params string
	run    func(*hostCall) uint32
}

func wasiNames() []string {
	var names []string
	for name := range wasiFunctions() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func wasiFunctions() map[string]wasiFunction {
	answer := func(errno uint32) func(*hostCall) uint32 {
		return func(*hostCall) uint32 { return errno }
	}
	// onOutput answers for a function that makes sense for standard output and
	// standard error, and does nothing there.
	onOutput := func(h *hostCall) uint32 {
		if fd := h.u32(0); fd != 1 && fd != 2 {
			return wasiBadFile
		}
		return wasiSuccess
	}
	return map[string]wasiFunction{
		"args_get":                {"ii", answer(wasiSuccess)},
		"args_sizes_get":          {"ii", wasiArgsSizes},
		"clock_res_get":           {"ii", wasiClockResolution},
		"clock_time_get":          {"iIi", wasiClockTime},
		"environ_get":             {"ii", wasiEnviron},
		"environ_sizes_get":       {"ii", wasiEnvironSizes},
		"fd_advise":               {"iIIi", answer(wasiSuccess)},
		"fd_allocate":             {"iII", onOutput},
		"fd_close":                {"i", answer(wasiSuccess)},
		"fd_datasync":             {"i", onOutput},
		"fd_fdstat_get":           {"ii", wasiFdstat},
		"fd_fdstat_set_flags":     {"ii", answer(wasiNoSystem)},
		"fd_fdstat_set_rights":    {"iII", onOutput},
		"fd_filestat_get":         {"ii", answer(wasiBadFile)},
		"fd_filestat_set_size":    {"iI", onOutput},
		"fd_filestat_set_times":   {"iIIi", onOutput},
		"fd_pread":                {"iiiIi", answer(wasiNoSystem)},
		"fd_prestat_dir_name":     {"iii", answer(wasiNoSystem)},
		"fd_prestat_get":          {"ii", answer(wasiBadFile)},
		"fd_pwrite":               {"iiiIi", func(h *hostCall) uint32 { return wasiWrite(h, 4) }},
		"fd_read":                 {"iiii", answer(wasiNoSystem)},
		"fd_readdir":              {"iiiIi", answerZero(4, wasiNotDir)},
		"fd_renumber":             {"ii", wasiRenumber},
		"fd_seek":                 {"iIii", answer(wasiSuccess)},
		"fd_sync":                 {"i", onOutput},
		"fd_tell":                 {"ii", wasiTell},
		"fd_write":                {"iiii", func(h *hostCall) uint32 { return wasiWrite(h, 3) }},
		"path_create_directory":   {"iii", answer(wasiNotSupport)},
		"path_filestat_get":       {"iiiii", answer(wasiNotSupport)},
		"path_filestat_set_times": {"iiiiIIi", answer(wasiNotSupport)},
		// Envoy knows path_link with six parameters, not seven.
		"path_link":             {"iiiiii", answer(wasiNotSupport)},
		"path_open":             {"iiiiiIIii", answer(wasiNoEntry)},
		"path_readlink":         {"iiiiii", answerZero(5, wasiNotSupport)},
		"path_remove_directory": {"iii", answer(wasiNotSupport)},
		"path_rename":           {"iiiiii", answer(wasiNotSupport)},
		"path_symlink":          {"iiiii", answer(wasiNotSupport)},
		"path_unlink_file":      {"iii", answer(wasiNotSupport)},
		"poll_oneoff":           {"iiii", wasiPoll},
		// proc_exit returns to the program: a VM ends by trapping.
		"proc_exit":     {"i", answer(wasiSuccess)},
		"random_get":    {"ii", wasiRandom},
		"sched_yield":   {"", answer(wasiSuccess)},
		"sock_accept":   {"iii", answerLongZero(2)},
		"sock_recv":     {"iiiiii", answerLongZero(4)},
		"sock_send":     {"iiiii", answerLongZero(4)},
		"sock_shutdown": {"ii", answer(wasiNotSupport)},
	}
}

// answerZero writes 0 where an argument points and answers an error.
func answerZero(arg int, errno uint32) func(*hostCall) uint32 {
	return func(h *hostCall) uint32 {
		if !h.vm.writeU32(h.u32(arg), 0) {
			return wasiFault
		}
		return errno
	}
}

// answerLongZero is a socket function: it writes 8 bytes of 0, as Envoy does
// though WASI has 4 there.
func answerLongZero(arg int) func(*hostCall) uint32 {
	return func(h *hostCall) uint32 {
		if !h.vm.writeU64(h.u32(arg), 0) {
			return wasiFault
		}
		return wasiNotSupport
	}
}

func wasiArgsSizes(h *hostCall) uint32 {
	if !h.vm.writeU32(h.u32(0), 0) || !h.vm.writeU32(h.u32(1), 0) {
		return wasiFault
	}
	return wasiSuccess
}

// wasiClockTime reads the virtual clock: 0 is the wall clock, 1 the monotonic
// one, and there is no other.
func wasiClockTime(h *hostCall) uint32 {
	var now uint64
	switch h.u32(0) {
	case 0:
		now = h.vm.realtime()
	case 1:
		now = h.vm.monotonic()
	default:
		return wasiNotSupport
	}
	if !h.vm.writeU64(h.u32(2), now) {
		return wasiFault
	}
	return wasiSuccess
}

func wasiClockResolution(h *hostCall) uint32 {
	if h.u32(0) > 1 {
		return wasiNotSupport
	}
	if !h.vm.writeU64(h.u32(1), 1) {
		return wasiFault
	}
	return wasiSuccess
}

// environment is the VM's environment in a fixed order.
func (v *vm) environment() []string {
	var list []string
	for name, value := range v.plugin.Environment {
		list = append(list, name+"="+value+"\x00")
	}
	slices.Sort(list)
	return list
}

func wasiEnviron(h *hostCall) uint32 {
	pointer, buf := h.u32(0), h.u32(1)
	for _, entry := range h.vm.environment() {
		if !h.vm.writeU32(pointer, buf) || !h.vm.memory.WriteString(buf, entry) {
			return wasiFault
		}
		pointer += 4
		buf += uint32(len(entry))
	}
	return wasiSuccess
}

func wasiEnvironSizes(h *hostCall) uint32 {
	list, size := h.vm.environment(), 0
	for _, entry := range list {
		size += len(entry)
	}
	if !h.vm.writeU32(h.u32(0), uint32(len(list))) || !h.vm.writeU32(h.u32(1), uint32(size)) {
		return wasiFault
	}
	return wasiSuccess
}

// wasiFdstat knows standard output and standard error, which may be written.
func wasiFdstat(h *hostCall) uint32 {
	if fd := h.u32(0); fd != 1 && fd != 2 {
		return wasiBadFile
	}
	stat := make([]byte, 24)
	stat[8] = 64
	h.vm.memory.Write(h.u32(1), stat)
	return wasiSuccess
}

func wasiRenumber(h *hostCall) uint32 {
	for i := range 2 {
		if fd := h.u32(i); fd != 1 && fd != 2 {
			return wasiBadFile
		}
	}
	return wasiNotSupport
}

func wasiTell(h *hostCall) uint32 {
	if fd := h.u32(0); fd != 1 && fd != 2 {
		return wasiBadFile
	}
	if !h.vm.writeU64(h.u32(1), 0) {
		return wasiFault
	}
	return wasiSuccess
}

// wasiWrite logs what is written to standard output as info, to standard error
// as error, without its last newline.
func wasiWrite(h *hostCall, written int) uint32 {
	level := LogInfo
	switch h.u32(0) {
	case 1:
	case 2:
		level = LogError
	default:
		return wasiBadFile
	}
	var text []byte
	for i := range h.u32(2) {
		iovec, ok := h.vm.read(h.u32(1)+8*i, 8)
		if !ok {
			return wasiFault
		}
		piece, ok := h.vm.read(binary.LittleEndian.Uint32(iovec), binary.LittleEndian.Uint32(iovec[4:]))
		if !ok {
			return wasiFault
		}
		text = append(text, piece...)
	}
	size := len(text)
	if size > 0 {
		if text[size-1] == '\n' {
			text = text[:size-1]
		}
		h.c.writeLog(level, string(text))
	}
	if !h.vm.writeU32(h.u32(written), uint32(size)) {
		return wasiFault
	}
	return wasiSuccess
}

// wasiRandom fills a buffer from the VM's own generator, which always starts
// the same.
func wasiRandom(h *hostCall) uint32 {
	if h.u32(1) > maxRandomBytes {
		return wasiInvalid
	}
	buf, ok := h.bytes(0)
	if !ok {
		return wasiFault
	}
	h.vm.random.Read(buf)
	return wasiSuccess
}

// wasiPoll returns at once with no events, as in Envoy. A program that waits
// for a clock then asks again and again until the time has come: so the VM's
// monotonic clock moves on by what it waits for.
func wasiPoll(h *hostCall) uint32 {
	const subscription, clockTag, absolute = 48, 0, 1
	for i := range h.u32(2) {
		b, ok := h.vm.read(h.u32(0)+subscription*i, subscription)
		if !ok || b[8] != clockTag {
			continue
		}
		wait := binary.LittleEndian.Uint64(b[24:])
		if binary.LittleEndian.Uint16(b[40:])&absolute != 0 {
			wait -= min(wait, h.vm.monotonic())
		}
		h.vm.slept += time.Duration(min(wait, uint64(time.Hour)))
		break
	}
	if !h.vm.writeU32(h.u32(3), 0) {
		return wasiFault
	}
	return wasiSuccess
}
