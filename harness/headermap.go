package harness

import (
	"slices"
	"strings"
)

// headerMap is Envoy's header map: pseudo-header fields first, then fields in
// the order they came, duplicates kept, except that the fields Envoy knows
// exist once and a second value is appended to the first.
type headerMap struct {
	fields []Header
	single map[string]bool
}

// mapKind says which fields a header map joins.
type mapKind uint8

const (
	requestMap mapKind = iota
	responseMap
	requestTrailerMap
	responseTrailerMap
)

// The fields that Envoy 1.40 joins, as it lists them in its log at start
// ("HTTP header map info"). Any other field may appear several times.
var singleFields = map[mapKind]map[string]bool{
	requestMap: nameSet(":authority,:method,:path,:protocol,:scheme,accept,accept-encoding," +
		"access-control-request-headers,access-control-request-method,access-control-request-private-network," +
		"authentication,authorization,cache-control,cdn-loop,connection,content-encoding,content-length," +
		"content-type,expect,grpc-accept-encoding,grpc-timeout,if-match,if-modified-since,if-none-match,if-range," +
		"if-unmodified-since,keep-alive,origin,pragma,proxy-connection,proxy-status,referer,te,transfer-encoding," +
		"upgrade,user-agent,via,x-client-trace-id,x-envoy-attempt-count,x-envoy-decorator-operation," +
		"x-envoy-downstream-service-cluster,x-envoy-downstream-service-node,x-envoy-expected-rq-timeout-ms," +
		"x-envoy-external-address,x-envoy-force-trace,x-envoy-hedge-on-per-try-timeout,x-envoy-internal," +
		"x-envoy-ip-tags,x-envoy-is-timeout-retry,x-envoy-max-retries,x-envoy-original-host,x-envoy-original-path," +
		"x-envoy-original-url,x-envoy-retriable-header-names,x-envoy-retriable-status-codes,x-envoy-retry-grpc-on," +
		"x-envoy-retry-on,x-envoy-upstream-alt-stat-name,x-envoy-upstream-rq-per-try-timeout-ms," +
		"x-envoy-upstream-rq-timeout-alt-response,x-envoy-upstream-rq-timeout-ms,x-envoy-upstream-stream-duration-ms," +
		"x-forwarded-client-cert,x-forwarded-for,x-forwarded-host,x-forwarded-port,x-forwarded-proto,x-request-id"),
	responseMap: nameSet(":status,access-control-allow-credentials,access-control-allow-headers," +
		"access-control-allow-methods,access-control-allow-origin,access-control-allow-private-network," +
		"access-control-expose-headers,access-control-max-age,age,cache-control,connection,content-encoding," +
		"content-length,content-type,date,etag,expires,grpc-message,grpc-status,keep-alive,last-modified,location," +
		"proxy-connection,proxy-status,server,transfer-encoding,upgrade,vary,via,x-envoy-attempt-count," +
		"x-envoy-decorator-operation,x-envoy-degraded,x-envoy-immediate-health-check-fail,x-envoy-ratelimited," +
		"x-envoy-upstream-canary,x-envoy-upstream-healthchecked-cluster,x-envoy-upstream-service-time,x-request-id"),
	requestTrailerMap:  {},
	responseTrailerMap: nameSet("grpc-message,grpc-status"),
}

func nameSet(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		set[name] = true
	}
	return set
}

// newHeaderMap makes a map of fields in the order given.
func newHeaderMap(kind mapKind, fields []Header) *headerMap {
	m := &headerMap{single: singleFields[kind]}
	for _, f := range fields {
		m.add(f.Name, f.Value)
	}
	return m
}

// key returns the name under which the map keeps a field: in lower case, and
// "host" of a request as ":authority".
func (m *headerMap) key(name string) string {
	name = lowerASCII(name)
	if name == "host" && m.single[":authority"] {
		return ":authority"
	}
	return name
}

func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// add adds a value to a field.
func (m *headerMap) add(name, value string) {
	name = m.key(name)
	if m.single[name] {
		for i := range m.fields {
			f := &m.fields[i]
			if f.Name != name {
				continue
			}
			if f.Value != "" && value != "" {
				f.Value += ","
			}
			f.Value += value
			return
		}
	}
	if strings.HasPrefix(name, ":") {
		at := 0
		for at < len(m.fields) && strings.HasPrefix(m.fields[at].Name, ":") {
			at++
		}
		m.fields = slices.Insert(m.fields, at, Header{name, value})
		return
	}
	m.fields = append(m.fields, Header{name, value})
}

// get returns the first value of a field.
func (m *headerMap) get(name string) (string, bool) {
	if m == nil {
		return "", false
	}
	name = m.key(name)
	for i := range m.fields {
		if m.fields[i].Name == name {
			return m.fields[i].Value, true
		}
	}
	return "", false
}

// has reports whether a field is there.
func (m *headerMap) has(name string) bool {
	_, ok := m.get(name)
	return ok
}

// joined returns all values of a field joined with ",".
func (m *headerMap) joined(name string) (string, bool) {
	if m == nil {
		return "", false
	}
	name = m.key(name)
	var values []string
	for i := range m.fields {
		if m.fields[i].Name == name {
			values = append(values, m.fields[i].Value)
		}
	}
	return strings.Join(values, ","), values != nil
}

// remove removes all values of a field.
func (m *headerMap) remove(name string) {
	name = m.key(name)
	m.fields = slices.DeleteFunc(m.fields, func(f Header) bool { return f.Name == name })
}

// set replaces a field: it is removed and added at the end.
func (m *headerMap) set(name, value string) {
	m.remove(name)
	m.add(name, value)
}

// overwrite sets the value of a field where it stands, or adds it.
func (m *headerMap) overwrite(name, value string) {
	name = m.key(name)
	for i := range m.fields {
		if m.fields[i].Name == name {
			m.fields[i].Value = value
			return
		}
	}
	m.add(name, value)
}

// replaceAll removes every field and adds pairs.
func (m *headerMap) replaceAll(pairs []Header) {
	m.fields = nil
	for _, p := range pairs {
		m.add(p.Name, p.Value)
	}
}

// byteSize is the sum of the sizes of names and values.
func (m *headerMap) byteSize() int {
	if m == nil {
		return 0
	}
	n := 0
	for _, f := range m.fields {
		n += len(f.Name) + len(f.Value)
	}
	return n
}

// count is the number of fields, 0 for a map that does not exist.
func (m *headerMap) count() int {
	if m == nil {
		return 0
	}
	return len(m.fields)
}

// copyFields returns the fields as they are now.
func (m *headerMap) copyFields() []Header {
	if m == nil {
		return nil
	}
	return slices.Clone(m.fields)
}
