package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

const (
	bufferVMConfiguration     = 6
	bufferPluginConfiguration = 7
)

func ptr[T any](v *T) unsafe.Pointer { return unsafe.Pointer(v) }
func data(s string) unsafe.Pointer   { return unsafe.Pointer(unsafe.StringData(s)) }
func size(s string) uint32           { return uint32(len(s)) }

// text copies what the host gave.
func text(p, n uint32) string {
	if n == 0 {
		return ""
	}
	return strings.Clone(unsafe.String((*byte)(unsafe.Pointer(uintptr(p))), n))
}

func bytesOf(kind uint32) string {
	var p, n uint32
	if hostGetBuffer(kind, 0, 1<<20, ptr(&p), ptr(&n)) != 0 {
		return ""
	}
	return text(p, n)
}

func logLine(level uint32, line string) { hostLog(level, data(line), size(line)) }

var names = [...]string{"OK", "NOT_FOUND", "BAD_ARGUMENT", "SERIALIZATION_FAILURE", "PARSE_FAILURE",
	"BAD_EXPRESSION", "INVALID_MEMORY_ACCESS", "EMPTY", "CAS_MISMATCH", "RESULT_MISMATCH",
	"INTERNAL_FAILURE", "BROKEN_CONNECTION", "UNIMPLEMENTED"}

// pairs lays out "name=value name=value" as the ABI wants it.
func pairs(words []string) string {
	var sizes, body []byte
	u32 := func(b []byte, n int) []byte { return append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24)) }
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		sizes = u32(u32(sizes, len(name)), len(value))
		body = append(append(append(append(body, name...), 0), value...), 0)
	}
	return string(append(append(u32(nil, len(words)), sizes...), body...))
}

func unpairs(s string) []string {
	if len(s) < 4 {
		return nil
	}
	at := func(i int) int { return int(s[i]) | int(s[i+1])<<8 | int(s[i+2])<<16 | int(s[i+3])<<24 }
	count, pos := at(0), 4+8*at(0)
	var list []string
	for i := range count {
		n, v := at(4+8*i), at(8+8*i)
		list = append(list, s[pos:pos+n]+"="+s[pos+n+1:pos+n+1+v])
		pos += n + v + 2
	}
	return list
}

// do runs one operation and logs what came of it.
func (r *run) do(line string) {
	words := strings.Fields(line)
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	num := func(i int) uint32 {
		n, _ := strconv.ParseInt(arg(i), 0, 64)
		return uint32(n)
	}
	rest := func(i int) string {
		if i < len(words) {
			return strings.Join(words[i:], " ")
		}
		return ""
	}
	var p, n uint32
	var big uint64
	say := func(status uint32, value string) {
		if value != "" {
			value = " " + value
		}
		logLine(2, fmt.Sprintf("%s: %s -> %s%s", r.callback, line, names[status], value))
	}
	switch words[0] {
	case "say":
		logLine(2, fmt.Sprintf("%s: %s %v", r.callback, rest(1), r.args))
	case "me":
		logLine(2, fmt.Sprintf("%s: context %d", r.callback, r.context))
	case "log":
		status := hostLog(num(1), data(rest(2)), size(rest(2)))
		if status != 0 {
			say(status, "")
		}
	case "print":
		fmt.Println(rest(1))
	case "return":
		r.answer = num(1)
	case "pairs":
		status := hostGetPairs(num(1), ptr(&p), ptr(&n))
		say(status, strings.Join(unpairs(text(p, n)), " "))
	case "setpairs":
		encoded := pairs(words[2:])
		say(hostSetPairs(num(1), data(encoded), size(encoded)), "")
	case "manypairs":
		list := make([]string, num(2))
		for i := range list {
			list[i] = fmt.Sprintf("n%d=v", i)
		}
		encoded := pairs(list)
		say(hostSetPairs(num(1), data(encoded), size(encoded)), "")
	case "mapsize":
		say(hostGetMapSize(num(1), ptr(&n)), "")
		logLine(2, fmt.Sprint("size ", n))
	case "get":
		status := hostGetValue(num(1), data(arg(2)), size(arg(2)), ptr(&p), ptr(&n))
		say(status, text(p, n))
	case "add":
		say(hostAddValue(num(1), data(arg(2)), size(arg(2)), data(rest(3)), size(rest(3))), "")
	case "set":
		say(hostReplaceValue(num(1), data(arg(2)), size(arg(2)), data(rest(3)), size(rest(3))), "")
	case "remove":
		say(hostRemoveValue(num(1), data(arg(2)), size(arg(2))), "")
	case "body":
		status := hostGetBuffer(num(1), num(2), num(3), ptr(&p), ptr(&n))
		say(status, fmt.Sprintf("%d %q", n, text(p, n)))
	case "bodysize":
		status := hostGetBufferStatus(num(1), ptr(&n), ptr(&p))
		say(status, fmt.Sprint(n))
	case "setbody":
		say(hostSetBuffer(num(1), num(2), num(3), data(rest(4)), size(rest(4))), "")
	case "prop":
		path := strings.ReplaceAll(arg(1), "/", "\x00")
		status := hostGetProperty(data(path), size(path), ptr(&p), ptr(&n))
		say(status, strings.Trim(fmt.Sprintf("%q", text(p, n)), `"`))
	case "setprop":
		say(hostSetProperty(data(arg(1)), size(arg(1)), data(rest(2)), size(rest(2))), "")
	case "reply":
		headers := pairs(words[min(4, len(words)):])
		say(hostReply(num(1), data(arg(2)), size(arg(2)), data(arg(3)), size(arg(3)), data(headers), size(headers), ^uint32(0)), "")
	case "replygrpc":
		headers := pairs(nil)
		say(hostReply(num(1), data(arg(2)), size(arg(2)), data(arg(3)), size(arg(3)), data(headers), size(headers), num(4)), "")
	case "continue":
		say(hostContinue(num(1)), "")
	case "close":
		say(hostClose(num(1)), "")
	case "effective":
		say(hostSetEffective(num(1)), "")
	case "done":
		say(hostDone(), "")
	case "tick":
		say(hostTick(num(1)), "")
	case "status":
		status := hostGetStatus(ptr(&big), ptr(&p), ptr(&n))
		say(status, fmt.Sprintf("%d %q", uint32(big), text(p, n)))
	case "time":
		status := hostTime(ptr(&big))
		say(status, fmt.Sprint(big))
	case "clock":
		logLine(2, "clock "+time.Now().UTC().Format(time.RFC3339))
	case "sleep":
		start := time.Now()
		time.Sleep(time.Duration(num(1)) * time.Millisecond)
		logLine(2, fmt.Sprint("slept ", time.Since(start) >= time.Duration(num(1))*time.Millisecond))
	case "environ":
		logLine(2, "environ "+strings.Join(os.Environ(), " ")+" args "+strings.Join(os.Args, " "))
	case "file":
		_, err := os.Open("/etc/hosts")
		logLine(2, fmt.Sprint("file ", err != nil))
	case "random":
		b := make([]byte, num(1))
		logLine(2, fmt.Sprintf("random %d %x", hostRandom(unsafe.Pointer(unsafe.SliceData(b)), num(1)), b[:min(4, len(b))]))
	case "sharedget":
		status := hostGetShared(data(arg(1)), size(arg(1)), ptr(&p), ptr(&n), ptr(&big))
		say(status, fmt.Sprintf("%q cas %d", text(p, n), uint32(big)))
	case "sharedset":
		say(hostSetShared(data(arg(1)), size(arg(1)), data(arg(2)), size(arg(2)), num(3)), "")
	case "register":
		status := hostRegisterQueue(data(arg(1)), size(arg(1)), ptr(&n))
		say(status, fmt.Sprint(n))
	case "resolve":
		vm := strings.Trim(arg(1), `"`)
		status := hostResolveQueue(data(vm), size(vm), data(arg(2)), size(arg(2)), ptr(&n))
		say(status, fmt.Sprint(n))
	case "enqueue":
		say(hostEnqueue(num(1), data(rest(2)), size(rest(2))), "")
	case "dequeue":
		status := hostDequeue(num(1), ptr(&p), ptr(&n))
		say(status, text(p, n))
	case "metric":
		status := hostDefineMetric(num(1), data(arg(2)), size(arg(2)), ptr(&n))
		say(status, fmt.Sprint(n))
	case "increment":
		by, _ := strconv.ParseInt(arg(2), 10, 64)
		say(hostIncrement(num(1), by), "")
	case "record":
		say(hostRecord(num(1), uint64(num(2))), "")
	case "metricvalue":
		status := hostGetMetric(num(1), ptr(&big))
		say(status, fmt.Sprint(int64(big)))
	case "httpcall":
		headers := pairs(words[3:])
		status := hostHTTPCall(data(arg(1)), size(arg(1)), data(headers), size(headers), data(""), 0,
			data(pairs(nil)), size(pairs(nil)), num(2), ptr(&n))
		say(status, fmt.Sprint("token ", n))
	case "grpccall", "grpcraw", "grpcstream":
		service := arg(1)
		if words[0] != "grpcraw" {
			service = "\x0a" + string(rune(len(service)+2)) + "\x0a" + string(rune(len(service))) + service
		}
		metadata := pairs(nil)
		var status uint32
		if words[0] == "grpcstream" {
			status = hostGRPCStream(data(service), size(service), data(arg(3)), size(arg(3)), data(arg(4)), size(arg(4)),
				data(metadata), size(metadata), ptr(&n))
		} else {
			status = hostGRPCCall(data(service), size(service), data(arg(3)), size(arg(3)), data(arg(4)), size(arg(4)),
				data(metadata), size(metadata), data("hi"), 2, num(2), ptr(&n))
		}
		say(status, fmt.Sprint("token ", n))
	case "grpcsend":
		say(hostGRPCSend(num(1), data(arg(2)), size(arg(2)), num(3)), "")
	case "grpcclose":
		say(hostGRPCClose(num(1)), "")
	case "grpccancel":
		say(hostGRPCCancel(num(1)), "")
	case "foreign":
		argument, _ := base64.StdEncoding.DecodeString(arg(2))
		in := string(argument)
		status := hostForeign(data(arg(1)), size(arg(1)), data(in), size(in), ptr(&p), ptr(&n))
		say(status, fmt.Sprintf("%d %s", n, base64.StdEncoding.EncodeToString([]byte(text(p, n)))))
	case "loglevel":
		status := hostGetLogLevel(ptr(&n))
		say(status, fmt.Sprint(n))
	case "outside":
		say(hostLog(2, unsafe.Pointer(uintptr(0xfffffff0)), 100), "")
	case "panic":
		panic("script")
	case "exit":
		os.Exit(3)
	case "loop":
		for {
		}
	default:
		logLine(4, "unknown operation "+line)
	}
}
