package traffic

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Property reads an attribute of a stream as people write it and returns its
// path and its bytes as Envoy hands them to a plugin. The type stands behind the
// path: "source.port:int" is 8 bytes, little endian; "connection.mtls:bool" one
// byte; "request.time:time" (RFC 3339) and "request.duration:duration"
// nanoseconds, as an int. Without a type it is text.
func Property(key, value string) (path string, encoded []byte, err error) {
	path, kind, _ := strings.Cut(key, ":")
	if path == "" || strings.HasPrefix(path, ".") || strings.HasSuffix(path, ".") || strings.Contains(path, "..") {
		return "", nil, fmt.Errorf("property %s, want a path such as source.address", quote(key))
	}
	var number int64
	switch kind {
	case "", "text":
		return path, []byte(value), nil
	case "bool":
		switch value {
		case "true":
			return path, []byte{1}, nil
		case "false":
			return path, []byte{0}, nil
		}
		return "", nil, fmt.Errorf("property %s: %s, want true or false", path, quote(value))
	case "int":
		if number, err = strconv.ParseInt(value, 10, 64); err != nil {
			return "", nil, fmt.Errorf("property %s: %s, want a whole number", path, quote(value))
		}
	case "time":
		at, err := time.Parse(time.RFC3339Nano, value)
		if err != nil {
			return "", nil, fmt.Errorf("property %s: %s, want a time like 2026-03-01T12:00:00Z", path, quote(value))
		}
		number = at.UnixNano()
	case "duration":
		d, err := time.ParseDuration(value)
		if err != nil {
			return "", nil, fmt.Errorf("property %s: %s, want a duration like 1.5s", path, quote(value))
		}
		number = d.Nanoseconds()
	default:
		return "", nil, fmt.Errorf("property %s: type %s, want text, int, bool, time or duration", path, quote(kind))
	}
	return path, binary.LittleEndian.AppendUint64(nil, uint64(number)), nil
}
