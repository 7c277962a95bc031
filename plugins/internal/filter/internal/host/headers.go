package host

import (
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"

	"gatehouse/plugins/internal/policy"
)

// Headers puts pairs of the SDK into dst, which it empties first. The strings are
// those of pairs.
func Headers(dst policy.Headers, pairs [][2]string) policy.Headers {
	dst = dst[:0]
	for _, pair := range pairs {
		dst = append(dst, policy.Header{Name: pair[0], Value: pair[1]})
	}
	return dst
}

// ChangeRequest changes the headers of the request as a decision says, and
// ChangeResponse those of the response. What they return says why they could not,
// "" if they could.
func ChangeRequest(d *policy.Decision) (fault string) {
	return change(d, proxywasm.RemoveHttpRequestHeader, proxywasm.ReplaceHttpRequestHeader, proxywasm.AddHttpRequestHeader)
}

// ChangeResponse is ChangeRequest for the response.
func ChangeResponse(d *policy.Decision) (fault string) {
	return change(d, proxywasm.RemoveHttpResponseHeader, proxywasm.ReplaceHttpResponseHeader, proxywasm.AddHttpResponseHeader)
}

// ChangeRequestTrailers is ChangeRequest for trailers.
func ChangeRequestTrailers(d *policy.Decision) (fault string) {
	return change(d, proxywasm.RemoveHttpRequestTrailer, proxywasm.ReplaceHttpRequestTrailer, proxywasm.AddHttpRequestTrailer)
}

// ChangeResponseTrailers is ChangeRequestTrailers for the response.
func ChangeResponseTrailers(d *policy.Decision) (fault string) {
	return change(d, proxywasm.RemoveHttpResponseTrailer, proxywasm.ReplaceHttpResponseTrailer, proxywasm.AddHttpResponseTrailer)
}

func change(d *policy.Decision, remove func(name string) error, replace, add func(name, value string) error) (fault string) {
	for _, name := range d.RemoveHeaders {
		if err := remove(name); err != nil {
			return "remove header " + name + ": " + err.Error()
		}
	}
	for i, h := range d.SetHeaders {
		set := replace
		if i > 0 && d.SetHeaders[i-1].Name == h.Name {
			set = add
		}
		if err := set(h.Name, h.Value); err != nil {
			return "set header " + h.Name + ": " + err.Error()
		}
	}
	return ""
}
