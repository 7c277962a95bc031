package probe

import (
	"time"

	"gatehouse/harness"
)

// callouts are what the clusters "callout" and "grpc" answer, by :path.
var callouts = map[string]harness.Message{
	"/ok":       ok("x-answer: yes\ncontent-length: 5", "hello"),
	"/twice":    ok("x-answer: one\nx-answer: two\ncontent-length: 2", "ok"),
	"/empty":    message(":status: 204\nx-answer: nothing"),
	"/error":    message(":status: 500\ncontent-length: 4", "oops"),
	"/trailers": withTrailers(ok("transfer-encoding: chunked", "with trailers"), "x-trailer: last"),
	"/reset":    {Reset: true},
	"/slow":     {Headers: headers(":status: 200\ncontent-length: 4"), Body: [][]byte{[]byte("late")}, Delay: 300 * time.Millisecond},
	"/large":    ok("content-length: 5000", string(make([]byte, 5000))),
	"/probe.Echo/Unary": {
		Headers: headers(":status: 200\ncontent-type: application/grpc\nx-initial: i"), Body: [][]byte{frame("pong")},
		Trailers: headers("grpc-status: 0\ngrpc-message: fine\nx-trailing: t"),
	},
	"/probe.Echo/Denied": {
		Headers:  headers(":status: 200\ncontent-type: application/grpc"),
		Trailers: headers("grpc-status: 7\ngrpc-message: not you"),
	},
	"/probe.Echo/TrailersOnly": {
		Headers: headers(":status: 200\ncontent-type: application/grpc\ngrpc-status: 5\ngrpc-message: nothing here"),
	},
	"/probe.Echo/HTTPError": {Headers: headers(":status: 503\ncontent-type: text/plain"), Body: [][]byte{[]byte("busy")}},
	"/probe.Echo/Reset":     {Reset: true},
	"/probe.Echo/Slow": {
		Headers: headers(":status: 200\ncontent-type: application/grpc"), Body: [][]byte{frame("late")},
		Trailers: headers("grpc-status: 0"), Delay: 300 * time.Millisecond,
	},
	"/probe.Echo/Stream": {
		Headers: headers(":status: 200\ncontent-type: application/grpc"), Body: [][]byte{frame("one"), frame("two")},
		Trailers: headers("grpc-status: 0"),
	},
}

// frame is a gRPC message with its prefix.
func frame(text string) []byte {
	return append([]byte{0, 0, 0, 0, byte(len(text))}, text...)
}

func answerCallout(request harness.Message) harness.Message {
	for _, h := range request.Headers {
		if h.Name == ":path" {
			if m, ok := callouts[h.Value]; ok {
				return m
			}
		}
	}
	return message(":status: 404\ncontent-length: 0")
}

func answerGRPC(request harness.Message) harness.Message { return answerCallout(request) }
