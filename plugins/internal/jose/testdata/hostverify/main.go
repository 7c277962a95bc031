// Command hostverify answers a request with what HostVerify says of the signature
// in its headers, and with how often the proxy was asked for that.
package main

import (
	"encoding/base64"
	"strconv"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"gatehouse/plugins/internal/jose"
	"gatehouse/plugins/internal/policy"
	"gatehouse/sdkshim"
	_ "gatehouse/sdkshim/callback/requestheaders"
)

type (
	vmContext     struct{ types.DefaultVMContext }
	pluginContext struct {
		types.DefaultPluginContext
		host   envoy
		verify jose.VerifyFunc
		// text is that of keys, the last ones.
		text string
		keys *jose.KeySet
	}
	httpContext struct {
		types.DefaultHttpContext
		plugin *pluginContext
	}
)

// envoy is the proxy's cryptography.
type envoy struct {
	policy.Host
	asked int
}

func (e *envoy) VerifySignature(hash string, key, signature, text []byte) (valid, answered bool) {
	e.asked++
	valid, err := sdkshim.VerifySignature(hash, key, signature, text)
	return valid, err == nil
}

func (*vmContext) NewPluginContext(uint32) types.PluginContext { return &pluginContext{} }

func (p *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	p.verify = jose.HostVerify(&p.host)
	return types.OnPluginStartStatusOK
}

func (p *pluginContext) NewHttpContext(uint32) types.HttpContext { return &httpContext{plugin: p} }

func (c *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	valid, problem := c.judge()
	c.answer([][2]string{
		{"x-valid", strconv.FormatBool(valid)},
		{"x-asked", strconv.Itoa(c.plugin.host.asked)},
		{"x-problem", problem},
	})
	return types.ActionPause
}

func (c *httpContext) answer(headers [][2]string) {
	if err := proxywasm.SendHttpResponse(200, headers, nil, -1); err != nil {
		proxywasm.LogCritical(err.Error())
	}
}

// judge verifies the signature that the headers hold: a key set of one key, an
// algorithm, an input and a signature.
func (c *httpContext) judge() (valid bool, problem string) {
	header := func(name string) string {
		value, err := proxywasm.GetHttpRequestHeader(name)
		if err != nil {
			problem = name + ": " + err.Error()
		}
		return value
	}
	if text := header("x-keys"); text != c.plugin.text {
		set, err := jose.ParseKeySet(text)
		if err != nil {
			return false, err.Error()
		}
		c.plugin.text, c.plugin.keys = text, set
	}
	algorithm, ok := jose.ParseAlgorithm(header("x-algorithm"))
	if !ok {
		return false, "no such algorithm"
	}
	input, err := base64.RawURLEncoding.DecodeString(header("x-input"))
	if err != nil {
		return false, err.Error()
	}
	signature, err := base64.RawURLEncoding.DecodeString(header("x-signature"))
	if err != nil {
		return false, err.Error()
	}
	return c.plugin.verify(algorithm, c.plugin.keys.Keys()[0], input, signature), problem
}

func init() { proxywasm.SetVMContext(&vmContext{}) }

func main() {}
