package sdkshim

// LocalResponse answers a request in the upstream's place.
type LocalResponse struct {
	// Status is the HTTP status.
	Status int
	// Details go where the proxy keeps why a response is what it is: in Envoy
	// %RESPONSE_CODE_DETAILS% of the access log. The SDK has no way to set them.
	// Envoy turns white space in them into "_".
	Details string
	// Headers are sent besides those the proxy adds itself.
	Headers [][2]string
	// Body is sent as it is.
	Body []byte
}

// SendLocalResponse answers the request, whatever the callback returns. For a
// gRPC request Envoy derives grpc-status from the HTTP status. Errors:
// StatusBadArgument for headers that the proxy cannot read.
//
// https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1#proxy_send_local_response
func SendLocalResponse(r LocalResponse) error {
	return hostSendLocalResponse(r, serialize(r.Headers))
}
