package main

import (
	"net"
	"strconv"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	corazatypes "github.com/corazawaf/coraza/v3/types"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	_ "gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/log"
	_ "gatehouse/sdkshim/callback/requestbody"
	_ "gatehouse/sdkshim/callback/requestheaders"
	_ "gatehouse/sdkshim/callback/responsebody"
	_ "gatehouse/sdkshim/callback/responseheaders"
)

func init() { proxywasm.SetVMContext(&vmContext{}) }

type vmContext struct{ types.DefaultVMContext }

func (*vmContext) NewPluginContext(uint32) types.PluginContext { return &pluginContext{} }

type pluginContext struct {
	types.DefaultPluginContext
	waf coraza.WAF
}

func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	directives, err := proxywasm.GetPluginConfiguration()
	if err == nil {
		p.waf, err = coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(string(directives)))
	}
	if err != nil {
		proxywasm.LogCritical(err.Error())
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *pluginContext) NewHttpContext(uint32) types.HttpContext { return &stream{waf: p.waf} }

// stream is one transaction.
type stream struct {
	types.DefaultHttpContext
	waf      coraza.WAF
	tx       corazatypes.Transaction
	answered bool
	// seen: phase 2 has been, without or with a body.
	seen bool
}

// after carries out what a phase came to.
func (s *stream) after(stop *corazatypes.Interruption, err error) types.Action {
	status := 403
	switch {
	case err != nil:
		status = 500
	case stop == nil:
		return types.ActionContinue
	case stop.Status != 0:
		status = stop.Status
	}
	s.answered = true
	if err := proxywasm.SendHttpResponse(uint32(status), nil, nil, -1); err != nil {
		proxywasm.LogCritical(err.Error())
	}
	return types.ActionPause
}

// property reads an address, "ip:port".
func property(name string) (ip string, port int) {
	value, err := proxywasm.GetProperty([]string{name, "address"})
	if err != nil {
		return "", 0
	}
	ip, text, err := net.SplitHostPort(string(value))
	if err != nil {
		return "", 0
	}
	port, _ = strconv.Atoi(text)
	return ip, port
}

func (s *stream) OnHttpRequestHeaders(_ int, end bool) types.Action {
	headers, err := proxywasm.GetHttpRequestHeaders()
	if err != nil {
		return s.after(nil, err)
	}
	protocol, err := proxywasm.GetProperty([]string{"request", "protocol"})
	if err != nil {
		return s.after(nil, err)
	}
	pseudo := map[string]string{}
	for _, h := range headers {
		if h[0] != "" && h[0][0] == ':' {
			pseudo[h[0]] = h[1]
		}
	}
	s.tx = s.waf.NewTransaction()
	client, clientPort := property("source")
	server, serverPort := property("destination")
	s.tx.ProcessConnection(client, clientPort, server, serverPort)
	s.tx.ProcessURI(pseudo[":path"], pseudo[":method"], string(protocol))
	s.tx.AddRequestHeader("host", pseudo[":authority"])
	s.tx.SetServerName(pseudo[":authority"])
	for _, h := range headers {
		if h[0] != "" && h[0][0] != ':' {
			s.tx.AddRequestHeader(h[0], h[1])
		}
	}
	if stop := s.tx.ProcessRequestHeaders(); stop != nil {
		return s.after(stop, nil)
	}
	if err := proxywasm.RemoveHttpRequestHeader("accept-encoding"); err != nil {
		return s.after(nil, err)
	}
	if end {
		s.seen = true
		return s.after(s.tx.ProcessRequestBody())
	}
	return types.ActionContinue
}

func (s *stream) OnHttpRequestBody(size int, end bool) types.Action {
	switch {
	case s.answered || s.seen:
		return types.ActionContinue
	case !end:
		return types.ActionPause // the proxy gathers it
	}
	s.seen = true
	if size > 0 {
		body, err := proxywasm.GetHttpRequestBody(0, size)
		if err != nil {
			return s.after(nil, err)
		}
		if stop, _, err := s.tx.WriteRequestBody(body); stop != nil || err != nil {
			return s.after(stop, err)
		}
	}
	return s.after(s.tx.ProcessRequestBody())
}

func (s *stream) OnHttpResponseHeaders(_ int, end bool) types.Action {
	if s.answered || s.tx == nil {
		return types.ActionContinue
	}
	headers, err := proxywasm.GetHttpResponseHeaders()
	if err != nil {
		return s.after(nil, err)
	}
	status := 0
	for _, h := range headers {
		if h[0] == ":status" {
			status, _ = strconv.Atoi(h[1])
		} else {
			s.tx.AddResponseHeader(h[0], h[1])
		}
	}
	if stop := s.tx.ProcessResponseHeaders(status, "HTTP/1.1"); stop != nil {
		return s.after(stop, nil)
	}
	if end || !s.holds() {
		return s.after(s.tx.ProcessResponseBody())
	}
	return types.ActionContinue
}

// holds tells whether the body of the response is inspected.
func (s *stream) holds() bool {
	return s.tx.IsResponseBodyAccessible() && s.tx.IsResponseBodyProcessable()
}

func (s *stream) OnHttpResponseBody(size int, end bool) types.Action {
	switch {
	case s.answered || s.tx == nil || !s.holds():
		return types.ActionContinue
	case !end:
		return types.ActionPause
	}
	if size > 0 {
		body, err := proxywasm.GetHttpResponseBody(0, size)
		if err != nil {
			return s.after(nil, err)
		}
		if stop, _, err := s.tx.WriteResponseBody(body); stop != nil || err != nil {
			return s.after(stop, err)
		}
	}
	return s.after(s.tx.ProcessResponseBody())
}

func (s *stream) OnHttpStreamDone() {
	if s.tx == nil {
		return
	}
	s.tx.ProcessLogging()
	if err := s.tx.Close(); err != nil {
		proxywasm.LogCritical(err.Error())
	}
}
