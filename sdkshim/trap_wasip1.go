package sdkshim

import "unsafe"

// unreachable executes the Wasm instruction of that name: the call from the proxy
// ends there, and the VM is broken for good.
//
//go:noescape
func unreachable()

// overrideWrite is the runtime's own hook: when set, all that the runtime writes
// itself goes there. That is the output of print and println, and the last words
// of a dying program, which come before it exits. os.Stderr goes elsewhere.
//
//go:linkname overrideWrite runtime.overrideWrite
var overrideWrite func(fd uintptr, p unsafe.Pointer, n int32) int32

// line collects one line of the runtime's output, which comes in pieces.
var line struct {
	text [240]byte
	size int
}

// Line starts of the runtime. A panic's own text is logged only if the runtime
// made it, because any other may hold request data.
const (
	fatalPrefix        = "fatal error: "
	panicPrefix        = "panic: "
	runtimePanicPrefix = panicPrefix + "runtime error: "
	conversionPrefix   = panicPrefix + "interface conversion: "
	withheld           = "sdkshim: panic: value withheld"
	logCritical        = 5
	logError           = 4
)

// lastWords logs what the runtime writes, line by line, and ends the program at
// the line that announces its end. Without this the runtime would call proc_exit
// next, which in Envoy returns, and go on in a state that nothing is known of.
//
// It runs on a dying program's system stack: it must not allocate, grow the stack
// or panic.
//
//go:nosplit
func lastWords(_ uintptr, p unsafe.Pointer, n int32) int32 {
	for i := int32(0); i < n; i++ {
		c := *(*byte)(unsafe.Add(p, i))
		if c != '\n' {
			if line.size < len(line.text) {
				line.text[line.size] = c
				line.size++
			}
			continue
		}
		endLine()
	}
	return n
}

//go:nosplit
func endLine() {
	size := line.size
	line.size = 0
	switch {
	case size == 0:
	case lineStarts(fatalPrefix, size), lineStarts(runtimePanicPrefix, size), lineStarts(conversionPrefix, size):
		proxyLog(logCritical, unsafe.Pointer(&line.text), uint32(size))
		unreachable()
	case lineStarts(panicPrefix, size):
		proxyLog(logCritical, unsafe.Pointer(unsafe.StringData(withheld)), uint32(len(withheld)))
		unreachable()
	default:
		proxyLog(logError, unsafe.Pointer(&line.text), uint32(size))
	}
}

//go:nosplit
func lineStarts(prefix string, size int) bool {
	if size < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if line.text[i] != prefix[i] {
			return false
		}
	}
	return true
}
